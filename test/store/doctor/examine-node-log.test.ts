import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { Closers } from '../../../lib/kit/closers.ts';
import { openDataDirectory } from '../../../lib/store/directory/data-directory.ts';
import { readOnlyDisk, realDisk } from '../../../lib/store/disk/disk-real.ts';
import { examineNodeLog } from '../../../lib/store/doctor/examine-node-log.ts';
import { surveyLog } from '../../../lib/store/log/examine.ts';
import { closeAll } from '../../../lib/store/log/scan.ts';
import { ownerCheck, segmentName } from '../../../lib/store/log/segment.ts';
import type { Disk } from '../../../lib/store/ports.ts';
import { OPTIONS } from '../damage.ts';
import { openLog } from '../log-world.ts';
import { LAST, leftBy, NODE } from './node-directory.ts';

test('what a node that starts while its log is read does to it is not taken for damage', async (t) => {
  const root = await leftBy(t, 'killed');
  const directory = await openDataDirectory(root, NODE);
  await directory.close();
  const owner = { ...NODE, incarnation: directory.incarnation };
  const path = join(root, 'wal');
  // as one that was made in advance: a start removes it
  writeFileSync(join(path, segmentName(4)), '');
  const running = new Closers();
  t.teardown(() => running.close());
  const disk = readOnlyDisk(path);
  const seen: Disk = {
    ...disk,
    open: async (name) => {
      if (name === segmentName(4)) {
        running.add(await openDataDirectory(root, NODE));
        running.add((await openLog(realDisk(path), { ...OPTIONS, owner })).store);
      }
      return disk.open(name);
    },
  };
  const found = await examineNodeLog(
    root,
    seen,
    ownerCheck(owner),
    await surveyLog(disk),
    owner.cluster,
  );
  await closeAll(found.scan?.segments ?? []);
  t.deepEqual([found.fault, found.holder], [null, `${process.pid}`]);
  t.is(found.scan?.positions.last.index, LAST);
});
