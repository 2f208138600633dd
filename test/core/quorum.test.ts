import test from 'ava';
import fc from 'fast-check';
import {
  isQuorum,
  isVoter,
  peersOf,
  reachedByQuorum,
  tally,
  type Verdict,
  votersOf,
  votersOnly,
} from '../../lib/core/quorum.ts';
import type { Configuration, NodeId } from '../../lib/core/types.ts';

const ids = fc.uniqueArray(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 7 });
const configuration = fc.record({
  voters: ids,
  outgoing: fc.oneof(fc.constant([]), ids),
  learners: fc.constant([]),
  promoting: fc.constant([]),
  members: fc.constant([]),
});
const places = fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 10, maxLength: 10 });

/** More than half, counted on fingers. */
function majority(members: readonly NodeId[], agreeing: ReadonlySet<NodeId>): boolean {
  const yes = members.filter((id) => agreeing.has(id)).length;
  return members.length === 0 || yes > members.length - yes;
}

test('a quorum is a majority of the voters, and of the outgoing ones while there are any', (t) => {
  fc.assert(
    fc.property(configuration, fc.uniqueArray(fc.integer({ min: 1, max: 9 })), (config, agree) => {
      const agreeing = new Set(agree);
      const expected = majority(config.voters, agreeing) && majority(config.outgoing, agreeing);
      t.is(
        isQuorum(config, (id) => agreeing.has(id)),
        expected,
      );
    }),
  );
});

test('any two quorums of a configuration share a voter', (t) => {
  const two = fc.tuple(
    configuration,
    fc.integer({ min: 0, max: 511 }),
    fc.integer({ min: 0, max: 511 }),
  );
  fc.assert(
    fc.property(two, ([config, a, b]) => {
      const has = (set: number) => (id: NodeId) => (set & (1 << (id - 1))) !== 0;
      if (!isQuorum(config, has(a)) || !isQuorum(config, has(b))) return;
      t.true(votersOf(config).some((id) => has(a)(id) && has(b)(id)));
    }),
    { numRuns: 1000 },
  );
});

test('what a quorum has reached is the highest value that a quorum has at least', (t) => {
  fc.assert(
    fc.property(configuration, places, (config, reached) => {
      const at = (id: NodeId): number => reached[id] as number;
      const candidates = [0, 1, 2, 3, 4, 5, 6].filter((n) => isQuorum(config, (id) => at(id) >= n));
      t.is(reachedByQuorum(config, at), Math.max(...candidates));
    }),
    { numRuns: 1000 },
  );
});

const reaches = test.macro({
  exec(t, values: readonly number[], expected: number) {
    const voters = values.map((_, i) => i + 1);
    const config = votersOnly(voters);
    t.is(
      reachedByQuorum(config, (id) => values[id - 1] as number),
      expected,
    );
  },
  title: (_, values: readonly number[], expected: number) =>
    `voters at [${values.join(' ')}] have together reached ${expected}`,
});

test(reaches, [7], 7);
test(reaches, [7, 3], 3);
test(reaches, [7, 3, 5], 5);
test(reaches, [7, 3, 5, 1], 3);
test(reaches, [4, 4, 9, 9], 4);
test(reaches, [9, 3, 5, 1, 7], 5);
test(reaches, [1, 1, 1, 9, 9], 1);
test(reaches, [1, 2, 3, 4, 5, 6], 3);
test(reaches, [], Number.POSITIVE_INFINITY);

const JOINT: Configuration = { ...votersOnly([1, 2, 3]), outgoing: [3, 4], learners: [5] };

test('while a change is under way both majorities must have reached it', (t) => {
  const at: Record<NodeId, number> = { 1: 9, 2: 9, 3: 2, 4: 7, 5: 100 };
  t.is(
    reachedByQuorum(JOINT, (id) => at[id] as number),
    2,
  );
});

test('learners receive the log and are never counted', (t) => {
  t.false(isVoter(JOINT, 5));
  t.deepEqual(votersOf(JOINT), [1, 2, 3, 4]);
  t.deepEqual(peersOf(JOINT, 3), [1, 2, 4, 5]);
  t.false(isQuorum({ ...votersOnly([1, 2]), learners: [3] }, (id) => id !== 2));
});

const tallies = test.macro({
  exec(t, size: number, votes: string, verdict: Verdict) {
    const voters = Array.from({ length: size }, (_, i) => i + 1);
    const cast = [...votes].map((vote, i): [NodeId, boolean] => [i + 1, vote === 'y']);
    const given = new Map(cast.filter((_, i) => votes[i] !== '-'));
    t.is(tally(votersOnly(voters), given), verdict);
  },
  title: (_, size, votes, verdict) => `of ${size} voters '${votes}' is ${verdict}`,
});

test(tallies, 1, '', 'pending');
test(tallies, 1, 'y', 'won');
test(tallies, 1, 'n', 'lost');
test(tallies, 2, 'y', 'pending');
test(tallies, 2, 'yn', 'lost');
test(tallies, 3, 'yy', 'won');
test(tallies, 3, 'y-y', 'won');
test(tallies, 3, 'yn', 'pending');
test(tallies, 3, 'ynn', 'lost');
test(tallies, 3, '-nn', 'lost');
test(tallies, 4, 'yy', 'pending');
test(tallies, 4, 'yynn', 'lost');
test(tallies, 4, 'yyy', 'won');
test(tallies, 5, 'yynn', 'pending');
test(tallies, 5, 'ynnn', 'lost');
test(tallies, 5, 'yyyn', 'won');

test('strangers have no vote', (t) => {
  const config = votersOnly([1, 2, 3]);
  t.is(
    tally(
      config,
      new Map([
        [1, true],
        [7, true],
        [8, true],
      ]),
    ),
    'pending',
  );
  t.is(
    tally(
      config,
      new Map([
        [1, true],
        [7, false],
        [8, false],
      ]),
    ),
    'pending',
  );
});
