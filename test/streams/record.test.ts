import test from 'ava';
import type { Input } from '../../lib/core/input.ts';
import { votersOnly } from '../../lib/core/quorum.ts';
import { begin } from '../../lib/core/state.ts';
import { step } from '../../lib/core/step.ts';
import { SILENT } from '../../lib/kit/logger.ts';
import { MemoryDisk } from '../../lib/store/disk/disk-memory.ts';
import { readSegment } from '../../lib/store/flight/read-recording.ts';
import { FlightRecorder } from '../../lib/store/flight/recorder.ts';
import { Ring } from '../../lib/store/flight/ring.ts';
import { segmentName } from '../../lib/store/flight/segment.ts';
import { recording } from '../../streams/record.ts';
import { SETTINGS } from '../core/servers.ts';
import { manualClock } from './manual-clock.ts';

const fold: Parameters<typeof recording>[0] = ({ state }, turn) => step(state, turn);
const tick: Input = { kind: 'Tick' };

test('without a recorder the fold is the fold', (t) => {
  t.is(recording(fold, undefined), fold);
});

test('a recorded fold gives what the fold gives, and a turn that kills it is written down', async (t) => {
  const disk = new MemoryDisk();
  const owner = { cluster: 'test', node: 1, incarnation: 1 };
  const options = { owner, version: '0', clock: manualClock(), logger: SILENT };
  const recorder = new FlightRecorder(await Ring.open(disk, 1 << 20), options);
  const configurations = [{ index: 0, configuration: votersOnly([1, 2, 3]) }];
  const boot = begin({ id: 1, configurations, settings: SETTINGS, seed: 1 });
  const recorded = recording(fold, recorder);

  const first = recorded({ state: boot }, { now: 1, inputs: [tick] });
  t.is(first.state, boot);
  const reason = new Error('a bug');
  const broken = recording(() => {
    throw reason;
  }, recorder);
  t.is(
    t.throws(() => broken(first, { now: 2, inputs: [tick, tick] })),
    reason,
  );
  await recorder.close();

  const file = await disk.open(segmentName(1));
  const { turns } = readSegment(await file.read(0, await file.size()), 'it');
  t.deepEqual(
    turns.map(({ turn }) => turn),
    [
      { now: 1, inputs: [tick] },
      { now: 2, inputs: [tick, tick] },
    ],
  );
  t.not(turns[0]?.digest, null);
  t.is(turns[1]?.digest, null);
});
