import test from 'ava';
import { restore } from '../../../lib/core/image.ts';
import { step } from '../../../lib/core/step.ts';
import type { LogFields, Logger } from '../../../lib/kit/logger.ts';
import { SILENT } from '../../../lib/kit/logger.ts';
import { MemoryDisk, type MemoryDiskOptions } from '../../../lib/store/disk/disk-memory.ts';
import { readSegment, type Segment } from '../../../lib/store/flight/read-recording.ts';
import { FlightRecorder } from '../../../lib/store/flight/recorder.ts';
import { replay } from '../../../lib/store/flight/replay.ts';
import { Ring } from '../../../lib/store/flight/ring.ts';
import { segmentName } from '../../../lib/store/flight/segment.ts';
import type { DiskFile } from '../../../lib/store/ports.ts';
import { manualClock } from '../../streams/manual-clock.ts';
import { longestTape } from './tape.ts';

const RING_BYTES = 8 << 10;
const { image, turns } = longestTape(2).segment;

/** A recorder on a disk in memory, and a server that takes the turns of a long life. */
async function setUp(
  options: MemoryDiskOptions = {},
  disk = new MemoryDisk(options),
  ringBytes = RING_BYTES,
) {
  const clock = manualClock();
  const warned: { event: string; fields: LogFields }[] = [];
  const warn = (event: string, fields: LogFields = {}) => warned.push({ event, fields });
  const logger: Logger = { ...SILENT, warn };
  const owner = { cluster: 'test', node: image.id, incarnation: 1 };
  const ring = await Ring.open(disk, ringBytes);
  const recorder = new FlightRecorder(ring, { owner, version: '0', clock, logger });
  const state = restore(image);
  let next = 0;
  const take = (count = 1): void => {
    for (const { turn } of turns.slice(next, next + count)) {
      recorder.before(state, turn);
      recorder.after(step(state, turn));
    }
    next += count;
  };
  return { clock, disk, recorder, state, take, warned };
}

/** Lets what waits for the disk go on. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

async function filesOf(disk: MemoryDisk): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  for (const name of [...(await disk.list())].sort()) {
    const file = await disk.open(name);
    files.set(name, await file.read(0, await file.size()));
  }
  return files;
}

async function segmentsOf(disk: MemoryDisk): Promise<Segment[]> {
  const files = [...(await filesOf(disk))].filter(([, bytes]) => bytes.length > 0);
  return files.map(([name, bytes]) => readSegment(bytes, name));
}

test('what a recorder writes replays from one file to the next, and is closed in order', async (t) => {
  const { disk, recorder, take, warned } = await setUp();
  for (let taken = 0; taken < 100; taken += 1) {
    take();
    await settle();
  }
  await recorder.close();
  const segments = await segmentsOf(disk);
  t.true(segments.length > 1);
  t.deepEqual(
    segments.map(({ end }) => end.kind),
    [...segments.slice(1).map(() => 'full' as const), 'closed' as const],
  );
  t.is([...replay(segments)].length + (segments[0]?.start.turnsBefore ?? 0), 100);
  t.deepEqual(warned, []);
});

test('the files never have more bytes than they may, and the newest turns stay', async (t) => {
  const { disk, recorder, take } = await setUp();
  const seen = new Set<string>();
  for (let taken = 0; taken < turns.length; taken += 1) {
    take();
    await settle();
    const files = await filesOf(disk);
    const bytes = [...files.values()].reduce((sum, { length }) => sum + length, 0);
    // a segment is full after the turn that fills it, and states grow a little
    if (bytes > RING_BYTES + 1024) t.fail(`${bytes} bytes`);
    for (const name of files.keys()) seen.add(name);
  }
  await recorder.close();
  const segments = await segmentsOf(disk);
  t.true(seen.size > 2 * segments.length);
  t.true((segments[0]?.start.turnsBefore ?? 0) > 0);
  const last = [...replay(segments)].at(-1);
  t.is((segments[0]?.start.turnsBefore ?? 0) + (last?.number ?? 0), turns.length);
});

test('a process that is killed leaves all but the last moments', async (t) => {
  const { clock, disk, take } = await setUp();
  take(10);
  clock.advance(49);
  t.is((await segmentsOf(disk))[0]?.turns.length, 0);
  clock.advance(1);
  take(5);
  const [segment] = await segmentsOf(disk.restart());
  t.is(segment?.turns.length, 10);
  t.is(segment?.end.kind, 'open');
});

test('a turn that ends the node is in the recording', async (t) => {
  const { disk, recorder, state, take } = await setUp();
  take(3);
  recorder.before(state, { now: 7, inputs: [] });
  await recorder.close();
  const [segment] = await segmentsOf(disk);
  t.deepEqual(segment?.turns.at(-1), { turn: { now: 7, inputs: [] }, digest: null });
  t.deepEqual(
    [...replay([segment as Segment])].map(({ isProven }) => isProven),
    [true, true, true, false],
  );
});

test('a recording goes on after those of earlier runs', async (t) => {
  const first = await setUp();
  first.take(5);
  first.recorder.flush();
  const disk = first.disk.restart();
  const second = await setUp({}, disk);
  second.take(4);
  await second.recorder.close();
  const files = [...(await filesOf(disk)).keys()];
  t.deepEqual(files, [segmentName(1), segmentName(3)]);
  t.is([...replay(await segmentsOf(disk))].length, 9);
});

test('a node that dies again and again leaves no more than so many files', async (t) => {
  let disk = new MemoryDisk();
  for (let run = 0; run < 100; run += 1) {
    const { recorder, take } = await setUp({}, disk, 1 << 20);
    take();
    recorder.flush();
    disk = disk.restart();
  }
  const segments = await segmentsOf(disk);
  t.true(segments.length < 64, `${segments.length} files`);
  t.is(segments.at(-1)?.start.turnsBefore, 0);
  t.is(segments.at(-1)?.turns.length, 1);
});

test('turns are left out, counted and told while the next file is not there', async (t) => {
  const disk = new MemoryDisk();
  const create = disk.create.bind(disk);
  let made = 0;
  let go = (): void => {};
  const blocked = new Promise<void>((resolve) => {
    go = resolve;
  });
  disk.create = async (name) => {
    made += 1;
    if (made === 2) await blocked;
    return create(name);
  };
  const { recorder, take, warned } = await setUp({}, disk);
  take(100);
  t.deepEqual(warned, []);
  go();
  await settle();
  take(10);
  await recorder.close();
  const segments = await segmentsOf(disk);
  const [before, after] = segments;
  if (!before || !after) return t.fail('there are two segments');
  const { lost, turnsBefore } = after.start;
  t.is(before.turns.length + lost, 100);
  t.is(turnsBefore, 100);
  t.deepEqual(warned, [{ event: 'record.gap', fields: { turns: lost } }]);
  t.is([...replay(segments)].length, before.turns.length + 10);
});

/** Counts the files of a disk that are open. */
function countOpen(disk: MemoryDisk): () => number {
  const [create, open] = [disk.create.bind(disk), disk.open.bind(disk)];
  let count = 0;
  const counted = async (opening: Promise<DiskFile>): Promise<DiskFile> => {
    const file = await opening;
    count += 1;
    const close = file.close.bind(file);
    file.close = () => {
      count -= 1;
      return close();
    };
    return file;
  };
  disk.create = (name) => counted(create(name));
  disk.open = (name) => counted(open(name));
  return () => count;
}

const stops = test.macro({
  async exec(t, options: MemoryDiskOptions, reason: RegExp) {
    const disk = new MemoryDisk(options);
    const open = countOpen(disk);
    const { recorder, take, warned } = await setUp({}, disk);
    for (let taken = 0; taken < 100; taken += 1) {
      take();
      await settle();
    }
    recorder.flush();
    await recorder.close();
    t.is(open(), 0, 'no file is left open');
    t.is(warned.length, 1);
    t.is(warned[0]?.event, 'record.stopped');
    t.regex(String(warned[0]?.fields['reason']), reason);
  },
  title: (name = '') => `${name} ends the recording, once and with a word, and not the node`,
});

test('a full disk', stops, { capacityBytes: 3000 }, /full|space/i);
test(
  'a write that fails',
  stops,
  { fault: ({ kind, name }) => (kind === 'write' && name === segmentName(2) ? 'io' : null) },
  /^write of memory\/0000000002/,
);
test(
  'a file that cannot be made',
  stops,
  { fault: ({ kind, name }) => (kind === 'create' && name === segmentName(3) ? 'io' : null) },
  /^create of memory\/0000000003/,
);
