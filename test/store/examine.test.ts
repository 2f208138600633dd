import test from 'ava';
import { MemoryDisk } from '../../lib/store/disk/disk-memory.ts';
import {
  type ExaminedLog,
  examineLog,
  examineMovingLog,
  surveyLog,
} from '../../lib/store/log/examine.ts';
import { closeAll } from '../../lib/store/log/scan.ts';
import { ownerCheck } from '../../lib/store/log/segment.ts';
import type { Disk, DiskFile } from '../../lib/store/ports.ts';
import { FIRST, flipped, threeEntries } from './damage.ts';
import { diskWith, entries, hard, OWNER, openLog, write } from './log-world.ts';

const CHECK = ownerCheck(OWNER);
const ALL = { tailBytes: 0 };

/** A disk whose log goes on, as `goOn` does it, whenever a reader turns to what follows the end. */
function moving(disk: Disk, goOn: () => Promise<void>): Disk {
  return {
    ...disk,
    path: disk.path,
    list: () => disk.list(),
    open: async (name) => {
      const file = await disk.open(name);
      let sizes = 0;
      return {
        name,
        // asked for once to check the header, and once more before the rest is searched
        size: async () => {
          sizes += 1;
          if (sizes === 2) await goOn();
          return file.size();
        },
        read: (position, length) => file.read(position, length),
        close: () => file.close(),
      } as DiskFile;
    },
  };
}

async function lastOf({ scan, fault, torn }: ExaminedLog) {
  await closeAll(scan?.segments ?? []);
  return { last: scan?.positions.last.index, fault: fault?.message ?? null, torn };
}

test('what a running node writes between two looks is taken for damage once, and not by a patient reader', async (t) => {
  for (const times of [1, 3, 100]) {
    const disk = new MemoryDisk();
    const { store } = await openLog(disk, { segmentBytes: 1 << 20 });
    let index = 1;
    let left = times;
    const goOn = async (): Promise<void> => {
      for (let i = 0; i < 2 && left > 0; i += 1) {
        await store.commit([write(entries(index, 1, 'x'), hard(1))]);
        index += 1;
      }
      left -= 1;
    };
    const seen = moving(disk, goOn);
    const hasty = await lastOf(await examineLog(seen, CHECK, await surveyLog(seen), ALL));
    t.regex(hasty.fault ?? '', /no intact batch, although .* was written after it/);
    left = times;
    const patient = await lastOf(await examineMovingLog(seen, CHECK, async () => ALL));
    t.deepEqual([patient.fault, patient.torn], [null, null]);
    t.true((patient.last ?? 0) >= 2, `${times}`);
    await store.close();
  }
});

test('a running log that is damaged is told as it is for a log at rest', async (t) => {
  const disk = await diskWith(flipped(await threeEntries(true), FIRST, (1024 + 300) * 8));
  const rest = await lastOf(await examineLog(disk, CHECK, await surveyLog(disk), ALL));
  t.regex(rest.fault ?? '', /000000000001\.wal at offset 1024: no intact batch/);
  t.deepEqual(await lastOf(await examineMovingLog(disk, CHECK, async () => ALL)), rest);
  t.is(rest.last, 0);
});

test('what can be read before a fault is handed over with it', async (t) => {
  const files = await threeEntries(true);
  const whole = await lastOf(
    await examineLog(await diskWith(files), CHECK, { ids: [1], temporary: [], unknown: [] }, ALL),
  );
  t.deepEqual(whole, { last: 3, fault: null, torn: null });
  // the third batch holds entry 2
  const disk = await diskWith(flipped(files, FIRST, (3 * 1024 - 400) * 8));
  const { last, fault } = await lastOf(await examineLog(disk, CHECK, await surveyLog(disk), ALL));
  t.is(last, 1);
  t.regex(fault ?? '', /no intact batch/);
});
