import test from 'ava';
import fc from 'fast-check';
import type { Entry } from '../../lib/core/entry.ts';
import { makeEntry } from '../../lib/core/entry.ts';
import { Log } from '../../lib/core/log.ts';
import { tellLog } from '../../lib/core/tell.ts';
import { entries, entryId, imageOf } from './servers.ts';

function logOf(terms: string, tail?: number): Log {
  return new Log(imageOf(entries(terms), tail));
}

function indexes(of: readonly Entry[] | null): readonly number[] | null {
  return of?.map(({ index }) => index) ?? null;
}

test('a log knows the term of every entry it has, and of the place before the first', (t) => {
  const log = logOf('1 1 4 4 6', 1);
  t.deepEqual(
    [0, 1, 2, 3, 4, 5].map((index) => log.termAt(index)),
    [0, 1, 1, 4, 4, 6],
  );
  t.is(log.termAt(6), null);
  t.is(log.termAt(-1), null);
  t.true(log.has(entryId('4/4')));
  t.false(log.has(entryId('4/6')));
  t.true(log.has(entryId('0/0')));
});

const splices = test.macro({
  exec(t, terms: string, from: number, news: string, result: string, replaced: boolean) {
    const log = logOf(terms);
    const before = log.epoch;
    t.true(log.splice(entries(news, from), 0));
    t.is(tellLog(log), tellLog(logOf(result)));
    t.is(log.epoch !== before, replaced);
    t.is(log.stored < log.last.index, log.takeUnwritten().length > 0);
  },
  title: (_, terms, from, news, result) => `[${terms}] and [${news}] at ${from} make [${result}]`,
});

test(splices, '', 1, '1 1', '1 1', false);
test(splices, '1 1', 3, '2', '1 1 2', false);
test(splices, '1 1 1', 1, '1 1 1', '1 1 1', false);
test(splices, '1 1 1', 1, '1', '1 1 1', false);
test(splices, '1 1 1', 2, '1 1 2', '1 1 1 2', false);
test(splices, '1 1 1', 2, '2', '1 2', true);
test(splices, '1 1 1', 2, '1 2', '1 1 2', true);
test(splices, '1 1 3 3 3', 1, '1 1 4', '1 1 4', true);
test(splices, '1 2 3', 1, '4', '4', true);

test('entries at or below commit are never replaced', (t) => {
  const log = logOf('1 1 1');
  t.false(log.splice(entries('2', 2), 2));
  t.is(tellLog(log), '1..3/1');
  t.true(log.splice(entries('1 2', 2), 2));
  t.is(tellLog(log), '1..2/1 3/2');
});

const pointsBack = test.macro({
  exec(t, terms: string, asked: string, hint: string) {
    const { index, term } = entryId(asked);
    t.deepEqual(logOf(terms).lastNotAfter(index, term), entryId(hint));
  },
  title: (_, terms, asked, hint) =>
    `what [${terms}] could share with a log of ${asked} ends at ${hint}`,
});

test(pointsBack, '1 1', '4/4', '2/1');
test(pointsBack, '1 1 5 5', '4/4', '2/1');
test(pointsBack, '1 1 5 5', '3/5', '3/5');
test(pointsBack, '1 2 3', '2/9', '2/2');
test(pointsBack, '2 2', '2/1', '0/0');
test(pointsBack, '', '5/5', '0/0');
test(pointsBack, '1 1 1 2 2 2 3 3', '8/2', '6/2');
test(pointsBack, '1 1 1', '0/0', '0/0');

test('a write is news of the log as it was: once entries were replaced it proves nothing', (t) => {
  const log = logOf('1');
  log.splice(entries('1', 2), 0);
  const first = { last: log.last.index, epoch: log.epoch };
  log.splice(entries('2', 2), 0);
  const second = { last: log.last.index, epoch: log.epoch };
  log.splice(entries('1', 2), 0);

  log.markStored(first.last, first.epoch);
  t.is(log.stored, 1, 'the very same entry is back, but not yet on disk');
  log.markStored(second.last, second.epoch);
  t.is(log.stored, 1);
  log.markStored(log.last.index, log.epoch);
  t.is(log.stored, 2);
});

test('what is stored never falls but to where entries were replaced', (t) => {
  const log = logOf('1 1 1 1');
  log.markStored(2, log.epoch);
  t.is(log.stored, 4);
  log.splice(entries('2', 3), 0);
  t.is(log.stored, 2);
});

test('every entry is handed to the disk once, and again if it was replaced', (t) => {
  const log = logOf('1 1');
  t.deepEqual(log.takeUnwritten(), []);
  log.append(2, 'command');
  log.append(2, 'command');
  t.deepEqual(indexes(log.takeUnwritten()), [3, 4]);
  t.deepEqual(log.takeUnwritten(), []);
  log.splice(entries('3 3', 4), 0);
  t.deepEqual(indexes(log.takeUnwritten()), [4, 5]);
});

test('a slice has as many bytes as may be, but at least one entry', (t) => {
  const log = logOf('1 1 1 1');
  const each = entries('1')[0]?.record.length ?? 0;
  t.deepEqual(indexes(log.slice(2, each * 2)), [2, 3]);
  t.deepEqual(indexes(log.slice(2, each * 3 - 1)), [2, 3]);
  t.deepEqual(indexes(log.slice(2, 0)), [2]);
  t.deepEqual(indexes(log.slice(5, 1000)), []);
});

test('asking for the same slice again gives the same array, until the log has changed', (t) => {
  const log = logOf('1 1 1');
  const slice = log.slice(2, 1000);
  t.is(log.slice(2, 1000), slice);
  log.append(1, 'command');
  t.deepEqual(indexes(log.slice(2, 1000)), [2, 3, 4]);
  log.splice(entries('2 2', 3), 0);
  t.deepEqual(
    log.slice(2, 1000)?.map(({ term }) => term),
    [1, 2, 2],
  );
});

test('memory lets go of the oldest entries once it is a quarter over, but of none past the mark', (t) => {
  const each = entries('1')[0]?.record.length ?? 0;
  const log = logOf('1 1 1 1 1 1 1 1');
  log.evict(8, each * 7);
  t.is(log.windowFirst, 1, 'eight of seven is within the slack');
  log.evict(2, each * 4);
  t.is(log.windowFirst, 3, 'only what is past needing');
  log.evict(8, each * 4);
  t.is(log.windowFirst, 5);
  t.is(log.slice(4, 1000), null);
  t.deepEqual(indexes(log.held(1, 6)), [5, 6]);
  t.deepEqual(indexes(log.held(1, 3)), []);
  t.is(log.termAt(1), 1, 'terms are known without the entries');
});

test('a log that loses all that is in memory begins there again', (t) => {
  const log = logOf('1 1 1 1', 1);
  log.splice(entries('2', 3), 0);
  t.is(log.windowFirst, 3);
  t.deepEqual(indexes(log.slice(3, 1000)), [3]);
  t.is(log.slice(2, 1000), null);
});

/** A log as one would write it without thinking of speed. */
class Model {
  readonly all: Entry[] = [];

  lastNotAfter(index: number, term: number): { index: number; term: number } {
    for (let at = Math.min(index, this.all.length); at > 0; at -= 1) {
      const found = this.all[at - 1] as Entry;
      if (found.term <= term) return { index: at, term: found.term };
    }
    return { index: 0, term: 0 };
  }

  splice(news: readonly Entry[]): void {
    for (const entry of news) {
      if (this.all[entry.index - 1]?.term === entry.term) continue;
      this.all.splice(entry.index - 1, Number.POSITIVE_INFINITY, entry);
    }
  }
}

const change = fc.oneof(
  fc.record({ kind: fc.constant('append' as const), by: fc.integer({ min: 0, max: 2 }) }),
  fc.record({
    kind: fc.constant('splice' as const),
    back: fc.integer({ min: 0, max: 6 }),
    steps: fc.array(fc.integer({ min: 0, max: 2 }), { maxLength: 5 }),
  }),
  fc.record({ kind: fc.constant('store' as const) }),
  fc.record({ kind: fc.constant('evict' as const), bytesMax: fc.integer({ min: 0, max: 200 }) }),
);

test('a log is what a plain array of entries would be, whatever happens to it', (t) => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 40 }), (changes) => {
      const log = new Log();
      const model = new Model();
      for (const one of changes) {
        if (one.kind === 'append') model.all.push(log.append(log.last.term + one.by, 'command'));
        if (one.kind === 'store') log.markStored(log.last.index, log.epoch);
        if (one.kind === 'evict') log.evict(log.stored, one.bytesMax);
        if (one.kind === 'splice') {
          const from = Math.max(1, log.last.index + 1 - one.back);
          let term = log.termAt(from - 1) ?? 0;
          const news = one.steps.map((by, i) => {
            term += by;
            return makeEntry(from + i, term, 'command');
          });
          log.splice(news, 0);
          model.splice(news);
        }
        log.takeUnwritten();
        t.is(log.last.index, model.all.length);
        const indexes = model.all.map(({ index }) => index);
        t.deepEqual(
          indexes.map((index) => log.termAt(index)),
          model.all.map(({ term }) => term),
        );
        const held = model.all.slice(log.windowFirst - 1);
        t.deepEqual(
          log.held(1, log.last.index).map(({ term }) => term),
          held.map(({ term }) => term),
        );
        for (const index of indexes) {
          t.deepEqual(log.lastNotAfter(index, index % 4), model.lastNotAfter(index, index % 4));
        }
      }
    }),
    { numRuns: 300 },
  );
});
