import test from 'ava';
import { decodeMail, type Mail } from '../../lib/wire/peer.ts';
import { ALICE, BOB, get, put, setUp, tokens } from './desk-world.ts';
import type { FakeNetwork } from './fake-network.ts';

/** Takes what was sent to `node`, decoded there. */
function takeMail(network: FakeNetwork, node = 2): Mail[] {
  const identity = { cluster: 'test', node, incarnation: 0 };
  return network.mail.splice(0).flatMap(({ to, frames }) => {
    const mail = decodeMail(frames, identity, { recordBytes: 1 << 20 });
    return to === node && typeof mail !== 'string' ? [mail] : [];
  });
}

/** A follower of node 2 that was asked for one read, and the question that it asks. */
function asking(args: object = {}) {
  const world = setUp({ leader: 2 });
  world.ask(ALICE, get(1, args));
  world.clock.runDeferred();
  const [mail] = takeMail(world.network);
  if (mail?.kind !== 'AskIndex') throw new Error('no index was asked for');
  return { ...world, token: mail.token, byLease: mail.byLease };
}

function named(token: number, index: number | null, from = 2): Mail {
  return { kind: 'Index', from, incarnation: 22, token, index };
}

test('L01: a follower asks the leader how far to apply, and serves the read itself', (t) => {
  const { desk, network, machine, token, byLease } = asking();
  t.false(byLease);
  machine.applied = 11;
  desk.onMail(named(token, 12));
  t.deepEqual(network.takeReplies(), [], 'not before it has applied that far');
  machine.applied = 12;
  machine.rev = 9;
  desk.onApplied([]);
  t.deepEqual(network.takeReplies(), [{ id: 1, ok: true, at: 9 }]);
  desk.onMail(named(token, 12));
  t.deepEqual(network.takeReplies(), [], 'L05: once');
  t.true(desk.isDone);
});

test('a read whose index the own disk keeps waiting for goes on to the leader', (t) => {
  const { desk, network, machine, clock, token } = asking();
  machine.applied = 11;
  desk.onMail(named(token, 12));
  clock.advance(249);
  desk.onTime();
  t.deepEqual(takeMail(network), []);
  clock.advance(1);
  desk.onTime();
  t.like(takeMail(network), [{ kind: 'Forward', requests: { length: 1 } }]);
  machine.applied = 12;
  desk.onApplied([]);
  t.deepEqual(network.takeReplies(), [], 'the answer is the leader’s');
});

test('a read whose time is up is answered once, and does not go on to the leader', (t) => {
  const { desk, network, machine, clock, token } = asking();
  machine.applied = 11;
  desk.onMail(named(token, 12));
  clock.advance(60_000);
  desk.onTime();
  t.like(network.takeReplies(), { length: 1 });
  t.deepEqual(takeMail(network), []);
});

test('reads of one trip round the loop ask with one message, those by lease with another', (t) => {
  const { network, clock, ask } = setUp({ leader: 2 });
  ask(ALICE, get(1), get(2));
  ask(BOB, get(3), get(4, { read: 'lease' }));
  clock.runDeferred();
  t.like(takeMail(network), [
    { kind: 'AskIndex', byLease: false },
    { kind: 'AskIndex', byLease: true },
  ]);
});

test('an index counts only from whom it was asked', (t) => {
  const { desk, network, token } = asking();
  desk.onMail(named(token, 0, 3));
  t.deepEqual(network.takeReplies(), []);
});

test('a leader that cannot confirm refuses, and so does the follower that asked it', (t) => {
  const { desk, network, token } = asking();
  desk.onMail(named(token, null));
  t.like(network.takeReplies(), [{ id: 1, code: 'NO_LEADER', outcome: 'rejected' }]);
});

test('L03: when another leads, reads that asked the one before are rejected', (t) => {
  const { desk, network, token, decide } = asking();
  decide({}, { leader: 3, term: 6 });
  t.like(network.takeReplies(), [{ id: 1, code: 'NOT_LEADER', leader: { id: 3 } }]);
  desk.onMail(named(token, 0));
  t.deepEqual(network.takeReplies(), []);
});

test('reads that wait when their node is elected are rejected: it may be asked again', (t) => {
  const { network, decide, clock, ask } = setUp({ leader: 2 });
  ask(ALICE, get(1));
  decide({}, { leader: 1, role: 'leader', term: 6 });
  clock.runDeferred();
  t.like(network.takeReplies(), [{ id: 1, code: 'NOT_LEADER', leader: { id: 1 } }]);
});

test('a question that is never answered is forgotten when its time is up', (t) => {
  const { desk, network, clock, token } = asking({ timeout: 100 });
  clock.advance(100);
  desk.onTime();
  t.like(network.takeReplies(), [{ id: 1, code: 'TIMEOUT' }]);
  desk.onMail(named(token, 0));
  t.deepEqual(network.takeReplies(), []);
});

test('a leader answers those who ask with the index that its core names, or says that it does not lead', (t) => {
  const { desk, network, inputs, decide } = setUp();
  desk.onMail({ kind: 'AskIndex', from: 2, incarnation: 22, token: 70, byLease: false });
  desk.onMail({ kind: 'AskIndex', from: 2, incarnation: 22, token: 71, byLease: true });
  t.like(inputs, [{ kind: 'Asked' }, { kind: 'Asked', byLease: true }]);
  const [first = 0, second = 0] = tokens(inputs);
  decide({ readable: [{ tokens: [second], index: 12 }] });
  decide({ refused: [{ tokens: [first], reason: 'NotLeader', leader: 3 }] });
  t.like(takeMail(network), [
    { kind: 'Index', token: 71, index: 12 },
    { kind: 'Index', token: 70, index: null },
  ]);
});

test('what was forwarded to a leader that leads no more waits a moment for its word', (t) => {
  const { desk, network, clock, decide, ask } = setUp({ leader: 2 });
  ask(ALICE, put(1));
  decide({}, { leader: null, term: 6 });
  t.deepEqual(network.takeReplies(), []);
  clock.advance(150);
  desk.onTime();
  t.like(network.takeReplies(), [{ id: 1, code: 'LEADERSHIP_LOST', outcome: 'unknown' }]);
});
