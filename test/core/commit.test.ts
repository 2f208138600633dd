import test from 'ava';
import {
  acknowledge,
  elect,
  leader,
  office,
  propose,
  server,
  step,
  stored,
  turn,
} from './servers.ts';

const commits = test.macro({
  exec(t, log: string, acks: readonly number[], commit: number) {
    const n1 = leader(1, { log, voters: [1, 2, 3, 4, 5] });
    for (const [i, index] of acks.entries()) acknowledge(n1, i + 2, index);
    t.is(n1.commit, commit);
  },
  title: (_, log: string, acks: readonly number[], commit) =>
    `R18: a leader of five after [${log}], acknowledged at ${acks.join(' ')}, commits ${commit}`,
});

test(commits, '', [], 0);
test(commits, '', [1], 0);
test(commits, '', [1, 1], 1);
test(commits, '1 2', [3], 0);
test(commits, '1 2', [3, 3], 3);
test(commits, '1 2', [2, 2, 2, 2], 0);
test(commits, '1 2', [3, 2, 2, 2], 0);
test(commits, '1 2', [1, 2, 3, 3], 3);
test(commits, '2', [2, 2], 2);

test('R13: entries of earlier terms are committed together with those of the own, in order', (t) => {
  for (const log of ['', '2', '1 2', '1']) {
    const n1 = leader(1, { log, term: 2 });
    step(n1, turn(stored(propose(n1, 7))));
    const { last } = n1.log;
    const { release } = acknowledge(n1, 2, last.index);
    t.is(n1.commit, last.index);
    t.deepEqual(
      release?.entries.map(({ index }) => index),
      Array.from({ length: last.index }, (_, i) => i + 1),
    );
  }
});

test('one follower that acknowledges again and again is still one', (t) => {
  const n1 = leader(1, { voters: [1, 2, 3, 4, 5] });
  for (let i = 0; i < 4; i += 1) acknowledge(n1, 2, 1);
  t.is(n1.commit, 0);
});

test("the leader's own log counts as far as its own disk has it", (t) => {
  const n1 = server(1);
  const won = elect(n1);
  acknowledge(n1, 2, 1);
  t.is(n1.commit, 0, 'on one disk of three');
  step(n1, turn(stored(won)));
  t.is(n1.commit, 1);
});

test('followers can commit what the leader has not stored yet', (t) => {
  const n1 = server(1);
  elect(n1);
  acknowledge(n1, 2, 1);
  const outcome = acknowledge(n1, 3, 1);
  t.is(n1.commit, 1);
  t.is(outcome.release, null, 'but it is not applied before it is stored here');
});

test('commit never falls, whatever comes late', (t) => {
  const n1 = leader(1);
  step(n1, turn(stored(propose(n1, 1, 2))));
  acknowledge(n1, 2, 3);
  t.is(n1.commit, 3);
  acknowledge(n1, 2, 1);
  acknowledge(n1, 3, 1);
  t.is(n1.commit, 3);
});

test('learners do not count', (t) => {
  const n1 = leader(1, { voters: [1, 2, 3], learners: [4, 5] });
  acknowledge(n1, 4, 1);
  acknowledge(n1, 5, 1);
  t.is(n1.commit, 0);
  acknowledge(n1, 2, 1);
  t.is(n1.commit, 1);
});

test('what is committed is no longer counted as uncommitted', (t) => {
  const n1 = leader(1, { log: '1 1' });
  t.true(office(n1).uncommittedBytes > 0);
  acknowledge(n1, 2, 3);
  t.is(office(n1).uncommittedBytes, 0);
});
