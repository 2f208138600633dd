import test from 'ava';
import { makeEntry } from '../../lib/core/entry.ts';
import type { Outcome } from '../../lib/core/outcome.ts';
import { votersOnly } from '../../lib/core/quorum.ts';
import type { View } from '../../lib/core/view.ts';
import { type Decided, decidedOf, hasNews, mergeDecided } from '../../streams/decided.ts';

const view = (change: Partial<View> = {}): View => ({
  id: 1,
  role: 'leader',
  term: 2,
  leader: 1,
  commit: 5,
  first: 1,
  last: 9,
  configuration: votersOnly([1, 2, 3]),
  ...change,
});
const quiet = { accepted: [], refused: [], transferred: [], readable: [], release: null };
const decided = (change: Partial<Decided> = {}): Decided => ({ ...quiet, view: view(), ...change });

test('of an outcome only what others need is kept', (t) => {
  const outcome = { ...decided(), state: {}, write: {}, free: [], sworn: [], beat: {}, loads: [] };
  const kept = decidedOf({ ...outcome, alarms: [], wakeAt: 1 } as unknown as Outcome);
  t.deepEqual(Object.keys(kept).sort(), Object.keys(decided()).sort());
});

test('a turn that changed nothing for others is no news', (t) => {
  const past = decided();
  t.true(hasNews(past, null));
  t.false(hasNews({ ...past }, past));
  t.true(hasNews({ ...past, view: view() }, past), 'a view is another one if anything changed');
  t.true(hasNews({ ...past, readable: [{ tokens: [1], index: 3 }] }, past));
  t.true(hasNews({ ...past, release: { upTo: 5, entries: [] } }, past));
});

test('two decisions in one: all of both lists, the newer of the rest, entries from the log', (t) => {
  const older = decided({
    accepted: [{ tokens: [1], first: 6, term: 2 }],
    release: { upTo: 5, entries: [makeEntry(5, 2, 'noop')] },
  });
  const newer = decided({
    accepted: [{ tokens: [2, 3], first: 7, term: 2 }],
    readable: [{ tokens: [9], index: 6 }],
    view: view({ commit: 6 }),
  });
  t.deepEqual(mergeDecided(older, newer), {
    ...newer,
    accepted: [...older.accepted, ...newer.accepted],
    release: { upTo: 5, entries: [] },
  });
});

for (const change of [{ role: 'follower' }, { term: 3 }, { leader: 2 }] as Partial<View>[]) {
  test(`nobody may miss that a lead was lost: ${JSON.stringify(change)}`, (t) => {
    t.is(mergeDecided(decided(), decided({ view: view(change) })), null);
  });
}
