import test from 'ava';
import { makeEntry } from '../../lib/core/entry.ts';
import type { Outcome } from '../../lib/core/outcome.ts';
import type { View } from '../../lib/core/view.ts';
import { type Decided, decidedOf, hasNews, isUrgent, mergeDecided } from '../../streams/decided.ts';
import { quietOutcome } from './quiet-outcome.ts';

const LEADS: Partial<View> = { role: 'leader', term: 2, leader: 1, commit: 5, last: 9 };
const outcome = (change: Partial<View> = {}): Outcome => quietOutcome({ ...LEADS, ...change });
const decided = (change: Partial<Decided> = {}, view: Partial<View> = {}): Decided => ({
  ...decidedOf(outcome(view)),
  ...change,
});

test('of an outcome only what others need is kept', (t) => {
  const kept = Object.keys(decidedOf(outcome()));
  for (const name of ['accepted', 'refused', 'readable', 'release', 'view']) {
    t.true(kept.includes(name), name);
  }
  for (const name of ['state', 'write', 'free', 'sworn', 'beat', 'loads', 'alarms', 'wakeAt']) {
    t.false(kept.includes(name), name);
  }
});

test('a turn that changed nothing for others is no news', (t) => {
  const past = decided();
  t.true(hasNews(past, null));
  t.false(hasNews({ ...past }, past));
  t.true(hasNews(decided(), past), 'a view is another one if anything changed');
  t.true(hasNews({ ...past, readable: [{ tokens: [1], index: 3 }] }, past));
  t.true(hasNews({ ...past, release: { upTo: 5, entries: [], install: null } }, past));
});

test('two decisions in one: all of both lists, the newer of the rest, entries from the log', (t) => {
  const older = decided({
    accepted: [{ tokens: [1], first: 6, term: 2 }],
    release: { upTo: 5, entries: [makeEntry(5, 2, 'noop')], install: null },
  });
  const newer = decided({
    accepted: [{ tokens: [2, 3], first: 7, term: 2 }],
    readable: [{ tokens: [9], index: 6 }],
    view: outcome({ commit: 6 }).view,
  });
  t.deepEqual(mergeDecided(older, newer), {
    ...newer,
    accepted: [...older.accepted, ...newer.accepted],
    release: { upTo: 5, entries: [], install: null },
  });
});

test('nobody is woken because entries were appended or the commit moved on', (t) => {
  const past = decided();
  t.false(isUrgent(decided({ accepted: [{ tokens: [1], first: 6, term: 2 }] }), past));
  t.false(isUrgent(decided({}, { commit: 6, last: 10 }), past));
  t.true(isUrgent(past, null));
  t.true(isUrgent(decided({ refused: [{ tokens: [1], reason: 'Busy', leader: 1 }] }), past));
  t.true(isUrgent(decided({ readable: [{ tokens: [1], index: 3 }] }), past));
  t.true(isUrgent(decided({ release: { upTo: 5, entries: [], install: null } }), past));
});

for (const change of [{ role: 'follower' }, { term: 3 }, { leader: 2 }] as Partial<View>[]) {
  test(`nobody may miss that a lead was lost: ${JSON.stringify(change)}`, (t) => {
    t.true(isUrgent(decided({}, change), decided()));
    t.is(mergeDecided(decided(), decided({}, change)), null);
  });
}
