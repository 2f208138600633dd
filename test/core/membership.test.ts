import test from 'ava';
import { ROUNDS_MAX } from '../../lib/core/catch-up.ts';
import type { Change } from '../../lib/core/change.ts';
import { configurationAt, forgetConfigurations } from '../../lib/core/configurations.ts';
import { makeEntry } from '../../lib/core/entry.ts';
import type { Outcome } from '../../lib/core/outcome.ts';
import { votersOnly } from '../../lib/core/quorum.ts';
import type { RaftState } from '../../lib/core/state.ts';
import { tellConfiguration } from '../../lib/core/tell-members.ts';
import type { NodeId } from '../../lib/core/types.ts';
import { memberOf } from './changes.ts';
import {
  acknowledge,
  append,
  at,
  from,
  heartbeat,
  leader,
  office,
  propose,
  type Recovered,
  server,
  step,
  stored,
  turn,
} from './servers.ts';

/** An operator asks for a change; the entry it makes is stored at once. */
function change(state: RaftState, token: number, ...changes: readonly Change[]): Outcome {
  const outcome = step(state, turn({ kind: 'Reconfigured', token, changes }));
  if (outcome.write) step(state, turn(stored(outcome)));
  return outcome;
}

/** A follower acknowledges all there is; what the leader appends then is stored at once. */
function agree(state: RaftState, ...ids: readonly NodeId[]): Outcome {
  let outcome = step(state, turn());
  for (const id of ids) {
    outcome = acknowledge(state, id, state.log.last.index);
    if (outcome.write) step(state, turn(stored(outcome)));
  }
  return outcome;
}

/** Time passes, and n2 answers every beat. */
function pass(state: RaftState, ms: number): void {
  for (let left = ms; left > 0; left -= 50) {
    const { round } = office(state);
    const { term } = state.hard;
    const { last } = state.log;
    const answer = from(2, { kind: 'HeartbeatReply', term, round, last });
    step(state, at(state.now + Math.min(left, 50), answer));
  }
}

/** A leader that has committed an entry of its term. */
function ready(recovered: Recovered = {}): RaftState {
  const n1 = leader(1, recovered);
  for (const id of n1.configuration.voters) if (id !== 1) acknowledge(n1, id, n1.log.last.index);
  return n1;
}

const add = (id: NodeId, as: 'voter' | 'learner'): Change => ({
  kind: 'add',
  member: memberOf(id),
  as,
});
const told = ({ configuration }: RaftState): string => tellConfiguration(configuration);

test('only a leader changes anything', (t) => {
  const { refused } = change(server(1), 7, { kind: 'remove', id: 2 });
  t.deepEqual(refused, [{ tokens: [7], reason: 'NotLeader', leader: null }]);
});

test('a change is complete when its entry is committed, and that is told once', (t) => {
  const n1 = ready();
  t.deepEqual(change(n1, 7, add(4, 'learner')).reconfigured, []);
  t.deepEqual(agree(n1, 2).reconfigured, [{ token: 7, index: 2 }]);
  t.deepEqual(agree(n1, 3).reconfigured, []);
});

test('a change of voters is complete when the joint configuration is left, and that is committed', (t) => {
  const n1 = ready({ voters: [1, 2, 3, 4] });
  change(n1, 7, { kind: 'remove', id: 4 });
  t.is(told(n1), 'n1,n2,n3<n1,n2,n3,n4');
  t.deepEqual(agree(n1, 2).reconfigured, []);
  t.is(told(n1), 'n1,n2,n3<n1,n2,n3,n4', 'two of four are no majority');
  t.deepEqual(agree(n1, 3).reconfigured, []);
  t.is(told(n1), 'n1,n2,n3');
  t.deepEqual(agree(n1, 2).reconfigured, [{ token: 7, index: 3 }]);
});

test('M10: what is so already is complete at once', (t) => {
  const n1 = ready();
  const { reconfigured, write } = change(n1, 7, { kind: 'promote', id: 2 });
  t.deepEqual([reconfigured, write], [[{ token: 7, index: 0 }], null]);
});

test('M15: with fewer voters, what waited for more of them is committed', (t) => {
  const n1 = ready({ voters: [1, 2, 3, 4, 5] });
  change(n1, 7, { kind: 'remove', id: 4 }, { kind: 'remove', id: 5 });
  const proposed = propose(n1, 8);
  step(n1, turn(stored(proposed)));
  acknowledge(n1, 3, 2);
  acknowledge(n1, 2, 3);
  t.is(n1.commit, 2, 'n1 and n2 are two of five');
  const { last } = n1.log;
  t.is(told(n1), 'n1,n2,n3');
  step(n1, turn({ kind: 'Stored', term: 1, last: last.index, epoch: n1.log.epoch }));
  t.is(n1.commit, 3, 'and two of three');
});

test('a learner is promoted once a round of catching up was short', (t) => {
  const n1 = ready();
  change(n1, 7, add(4, 'voter'));
  agree(n1, 2);
  t.deepEqual(
    n1.view.catchingUp.map(({ id, round, match, target }) => [id, round, match, target]),
    [[4, 1, 0, 2]],
  );
  propose(n1, 1, 2);
  pass(n1, 300);
  acknowledge(n1, 4, 2);
  t.is(told(n1), 'n1,n2,n3+n4^', 'that round took too long');
  t.deepEqual(
    n1.view.catchingUp.map(({ round, match, target }) => [round, match, target]),
    [[2, 2, 4]],
  );
  pass(n1, 299);
  agree(n1, 2, 4);
  t.is(told(n1), 'n1,n2,n3,n4<n1,n2,n3');
  t.deepEqual(n1.view.catchingUp, []);
});

test('a learner that is too slow stays one, and that is told', (t) => {
  const n1 = ready();
  change(n1, 7, add(4, 'voter'));
  agree(n1, 2);
  let notices: readonly string[] = [];
  for (let round = 1; round <= ROUNDS_MAX; round += 1) {
    step(n1, turn(stored(propose(n1, round))));
    pass(n1, 300);
    const target = office(n1).catchUps[0]?.target ?? 0;
    ({ notices } = acknowledge(n1, 4, target));
  }
  t.is(notices.length, 1, `${notices}`);
  t.is(told(n1), 'n1,n2,n3+n4');
});

test('a learner that has not caught up is not promoted by hand either', (t) => {
  const n1 = ready();
  change(n1, 7, add(4, 'learner'));
  agree(n1, 2);
  t.like(change(n1, 8, { kind: 'promote', id: 4 }).refused[0], { reason: 'NotReady' });
  agree(n1, 4);
  t.deepEqual(change(n1, 9, { kind: 'promote', id: 4 }).refused, []);
  t.is(told(n1), 'n1,n2,n3,n4<n1,n2,n3');
});

test('a new leader goes on with who is to be promoted', (t) => {
  const n1 = ready({ voters: [1, 2], learners: [3] });
  n1.configurations = [
    { index: 0, configuration: { ...votersOnly([1, 2]), learners: [3], promoting: [3] } },
  ];
  n1.configuration = n1.configurations[0]?.configuration ?? votersOnly([]);
  agree(n1, 2, 3);
  t.is(told(n1), 'n1,n2,n3<n1,n2');
});

test('learners never count: not for commitment, not for contact', (t) => {
  const n1 = ready({ voters: [1, 2, 3], learners: [4, 5] });
  const outcome = propose(n1, 7);
  step(n1, turn(stored(outcome)));
  agree(n1, 4, 5);
  t.is(n1.commit, 1);
  agree(n1, 3);
  t.is(n1.commit, 2);
});

test('M35: many learners that answer nothing keep nobody waiting', (t) => {
  const learners = Array.from({ length: 20 }, (_, i) => i + 4);
  const n1 = ready({ learners });
  step(n1, turn(stored(propose(n1, 7))));
  agree(n1, 2);
  t.is(n1.commit, 2);
});

test('E30: what a server that was removed acknowledges counts no more', (t) => {
  const n1 = ready({ voters: [1, 2, 3, 4, 5] });
  change(n1, 7, { kind: 'remove', id: 4 }, { kind: 'remove', id: 5 });
  agree(n1, 2, 3);
  t.is(told(n1), 'n1,n2,n3');
  step(n1, turn(stored(propose(n1, 8))));
  agree(n1, 4, 5);
  t.is(n1.commit, 2, 'n1, n4 and n5 would have been three of five');
});

test('who was removed is told for one election timeout, and may come again after that', (t) => {
  const n1 = ready({ voters: [1, 2, 3], learners: [4] });
  agree(n1, 4);
  change(n1, 7, { kind: 'remove', id: 4 });
  const { free } = agree(n1, 2);
  t.deepEqual(
    free.filter(({ to }) => to === 4).map(({ message }) => message),
    [{ kind: 'AppendEntries', term: 1, prev: { index: 2, term: 1 }, entries: [], commit: 2 }],
  );
  t.like(change(n1, 8, add(4, 'learner')).refused[0], { reason: 'ConfigInProgress' });
  pass(n1, 600);
  t.false(office(n1).progress.has(4));
  t.deepEqual(change(n1, 9, add(4, 'learner')).refused, []);
});

test('a follower goes by the latest configuration in its log, committed or not', (t) => {
  const n2 = server(2);
  const learner = { ...votersOnly([1, 2, 3]), learners: [4] };
  const entry = makeEntry(1, 1, 'config', Buffer.from(JSON.stringify(learner)));
  step(n2, turn(from(1, { ...append(1, '0/0'), entries: [entry] })));
  t.is(told(n2), 'n1,n2,n3+n4');
  t.is(n2.view.configurationIndex, 1);
  step(n2, turn(from(3, append(2, '0/0', '2'))));
  t.is(told(n2), 'n1,n2,n3', 'M14: and falls back when it is replaced');
  t.is(n2.view.configurationIndex, 0);
});

for (const payload of ['', '{}', JSON.stringify(votersOnly([]))]) {
  test(`a configuration that cannot be one is refused, with nothing changed: '${payload}'`, (t) => {
    const n2 = server(2);
    const entry = makeEntry(1, 1, 'config', Buffer.from(payload));
    const outcome = step(n2, turn(from(1, { ...append(1, '0/0'), entries: [entry] })));
    t.is(outcome.alarms.length, 1);
    t.deepEqual([outcome.write?.entries, outcome.sworn], [[], []]);
    t.is(n2.log.last.index, 0);
  });
}

test('who learns that its removal is committed is out: it shows so, and does not stand', (t) => {
  const n3 = server(3);
  const entry = makeEntry(1, 1, 'config', Buffer.from(JSON.stringify(votersOnly([1, 2]))));
  const { view } = step(n3, turn(from(1, { ...append(1, '0/0'), entries: [entry] })));
  t.false(view.isRemoved, 'it is not committed yet');
  const { view: later } = step(n3, turn(from(1, heartbeat(1, 1, '1/1'))));
  t.true(later.isRemoved);
  const { free } = step(n3, at(n3.electionDeadline));
  t.deepEqual(free, []);
});

test('who never took part is not removed', (t) => {
  const n9 = server(9, { voters: [] });
  const entry = makeEntry(1, 1, 'config', Buffer.from(JSON.stringify(votersOnly([1, 2]))));
  const { view } = step(
    n9,
    turn(from(1, { ...append(1, '0/0', '', 1), entries: [entry], commit: 1 })),
  );
  t.is(view.commit, 1);
  t.false(view.isRemoved);
});

test('the configuration of every index is known, from where the log starts', (t) => {
  const n1 = ready();
  change(n1, 7, add(4, 'learner'));
  agree(n1, 2, 4);
  change(n1, 8, { kind: 'remove', id: 3 });
  agree(n1, 2, 3);
  agree(n1, 2);
  const told = (index: number): string =>
    tellConfiguration(configurationAt(n1, index).configuration);
  t.deepEqual([1, 2, 3, 4, 9].map(told), [
    'n1,n2,n3',
    'n1,n2,n3+n4',
    'n1,n2<n1,n2,n3+n4',
    'n1,n2+n4',
    'n1,n2+n4',
  ]);
  forgetConfigurations(n1, 3);
  t.deepEqual(
    n1.configurations.map(({ index }) => index),
    [3, 4],
  );
});
