import test from 'ava';
import { Subject } from 'rxjs';
import { type Entry, makeEntry } from '../../lib/core/entry.ts';
import type { Outcome } from '../../lib/core/outcome.ts';
import type { LogStore } from '../../lib/store/log-store.ts';
import type { Applied, StateMachine } from '../../lib/store/state-machine.ts';
import { applyReleased } from '../../streams/apply.ts';
import { manualClock } from './manual-clock.ts';

const entry = (index: number): Entry => makeEntry(index, 1, 'noop');
const entries = (from: number, to: number): Entry[] =>
  Array.from({ length: to - from + 1 }, (_, i) => entry(from + i));

/** A machine that only remembers in what batches it was asked to apply. */
class Recorder {
  readonly rev = 0;
  readonly batches: number[][] = [];
  applied: number;

  constructor(applied: number) {
    this.applied = applied;
  }

  apply(batch: readonly Entry[]): readonly Applied[] {
    this.batches.push(batch.map(({ index }) => index));
    this.applied = batch.at(-1)?.index ?? this.applied;
    return batch.map(({ index }) => ({ index, reply: null, changes: [] }));
  }
}

function setUp(applied: number, onDisk: readonly Entry[] = []) {
  const machine = new Recorder(applied);
  const clock = manualClock();
  const read: [number, number][] = [];
  const log = {
    read: async (from: number, bytesMax: number) => {
      read.push([from, bytesMax]);
      return onDisk.filter(({ index }) => index >= from).slice(0, 10);
    },
  };
  const decided$ = new Subject<Outcome>();
  const world = {
    machine: machine as unknown as StateMachine,
    log: log as unknown as LogStore,
    clock,
  };
  const applied$ = applyReleased(world, decided$);
  const release = (upTo: number, held: readonly Entry[]): void =>
    decided$.next({ release: { upTo, entries: held } } as unknown as Outcome);
  return { machine, clock, read, decided$, applied$, release };
}

const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('what is released in one turn is applied at once, in one transaction', (t) => {
  const { machine, applied$, release } = setUp(0);
  applied$.subscribe();
  release(3, entries(1, 3));
  t.deepEqual(machine.batches, [[1, 2, 3]]);
});

test('a long run is applied in parts, with a trip of the loop between them', (t) => {
  const { machine, clock, applied$, release } = setUp(0);
  applied$.subscribe();
  release(300, entries(1, 300));
  t.is(machine.applied, 128);
  release(301, entries(301, 301));
  t.is(machine.applied, 128);
  while (clock.runDeferred() > 0);
  t.is(machine.applied, 301);
  t.deepEqual(
    machine.batches.flat(),
    entries(1, 301).map(({ index }) => index),
  );
});

test('what memory no longer holds is read back from the log, up to what it holds', async (t) => {
  const { machine, clock, read, applied$, release } = setUp(5, entries(1, 40));
  applied$.subscribe();
  release(42, entries(39, 42));
  for (let i = 0; i < 12; i += 1) {
    await breathe();
    clock.runDeferred();
  }
  t.is(machine.applied, 42);
  t.deepEqual(
    machine.batches.flat(),
    entries(6, 42).map(({ index }) => index),
  );
  t.deepEqual(
    read.map(([from]) => from),
    [6, 16, 26, 36],
  );
});

test('a release without entries in memory is read back whole', async (t) => {
  const { machine, clock, applied$, release } = setUp(0, entries(1, 4));
  applied$.subscribe();
  release(4, []);
  await breathe();
  clock.runDeferred();
  t.is(machine.applied, 4);
});

test('a machine that fails ends the stream: a node must not go on without its database', (t) => {
  const { machine, applied$, release } = setUp(0);
  const errors: unknown[] = [];
  machine.apply = () => {
    throw new Error('the database is gone');
  };
  applied$.subscribe({ error: (reason) => errors.push(reason) });
  release(1, entries(1, 1));
  t.is((errors[0] as Error).message, 'the database is gone');
});
