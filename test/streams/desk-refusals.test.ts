import test from 'ava';
import { encodeRequest } from '../../lib/wire/client.ts';
import { ALICE, get, put, setUp, tokens } from './desk-world.ts';

test('what cannot be sent to the leader never left, and is rejected', (t) => {
  const { desk, network, ask } = setUp({ leader: 2 });
  network.unreachable.add(2);
  ask(ALICE, put(1));
  t.like(network.takeReplies(), [{ id: 1, code: 'NO_LEADER', outcome: 'rejected' }]);
  t.true(desk.isDone);
});

test('a leader whose link is full is busy, and one without a link is none', (t) => {
  const { desk, network, ask } = setUp({ leader: 2 });
  network.unreachable.add(2);
  desk.onLink({ peer: 2, up: true });
  ask(ALICE, put(1));
  t.like(network.takeReplies(), [{ id: 1, code: 'BUSY', outcome: 'rejected' }]);
  desk.onLink({ peer: 2, up: false });
  ask(ALICE, put(2));
  t.like(network.takeReplies(), [{ id: 2, code: 'NO_LEADER', outcome: 'rejected' }]);
  t.true(desk.isDone);
});

test('without a leader nothing is taken, and that is said', (t) => {
  const { network, ask, desk } = setUp({ leader: null });
  ask(ALICE, put(1));
  t.like(network.takeReplies()[0], { id: 1, code: 'NO_LEADER', outcome: 'rejected' });
  t.true(desk.isDone);
});

test('what the core refused had no effect, and names the leader', (t) => {
  const { network, inputs, decide, ask } = setUp();
  ask(ALICE, put(1));
  const refused = [{ tokens: tokens(inputs), reason: 'NotLeader' as const, leader: 2 }];
  decide({ refused }, { role: 'follower', leader: 2 });
  t.like(network.takeReplies()[0], {
    code: 'NOT_LEADER',
    outcome: 'rejected',
    leader: { id: 2, client: 'tcp://127.0.0.1:7202' },
  });
});

test('a leader that stops leading knows nothing of what was not committed', (t) => {
  const { desk, network, inputs, decide, ask } = setUp();
  ask(ALICE, put(1), put(2));
  decide({ accepted: [{ tokens: tokens(inputs), first: 11, term: 5 }] }, { commit: 11 });
  decide({}, { role: 'follower', term: 6, leader: null });
  t.like(network.takeReplies(), [{ id: 2, code: 'LEADERSHIP_LOST', outcome: 'unknown' }]);
  desk.onApplied([{ index: 11, reply: { ok: true, rev: 1 }, changes: [] }]);
  t.like(network.takeReplies(), [{ id: 1, ok: true }]);
});

test('an entry of another leader at the same index answers nobody', (t) => {
  const { desk, network, inputs, decide, ask } = setUp();
  ask(ALICE, put(1));
  decide({ accepted: [{ tokens: tokens(inputs), first: 11, term: 5 }] });
  decide({}, { role: 'follower', term: 6, leader: 2 });
  network.takeReplies();
  desk.onApplied([{ index: 11, reply: { ok: true, rev: 1 }, changes: [] }]);
  t.deepEqual(network.takeReplies(), []);
});

test('when contact with the leader is lost, forwarded writes are unknown and reads rejected', (t) => {
  const { desk, network, clock, ask } = setUp({ leader: 2 });
  ask(ALICE, put(1), get(2));
  clock.runDeferred();
  desk.onLink({ peer: 3, up: false });
  t.deepEqual(network.takeReplies(), []);
  desk.onLink({ peer: 2, up: false });
  t.like(network.takeReplies(), [
    { id: 1, outcome: 'unknown' },
    { id: 2, outcome: 'rejected' },
  ]);
});

test('a request whose time is up is answered as unknown, and a late result is not sent twice', (t) => {
  const { desk, network, clock, inputs, decide, ask } = setUp();
  ask(ALICE, put(1, { timeout: 100 }), put(2, { timeout: 200 }));
  decide({ accepted: [{ tokens: tokens(inputs), first: 11, term: 5 }] });
  clock.advance(150);
  desk.onTime();
  t.like(network.takeReplies(), [{ id: 1, code: 'TIMEOUT', outcome: 'unknown' }]);
  const applied = [11, 12].map((index) => ({ index, reply: { ok: true }, changes: [] }));
  desk.onApplied(applied as never);
  t.like(network.takeReplies(), [{ id: 2, ok: true }]);
});

test('a node that holds all it may is busy, until some are answered', (t) => {
  const { network, ask, clock, desk } = setUp({ pendingRequests: 2 });
  ask(ALICE, put(1), put(2), put(3));
  t.like(network.takeReplies(), [{ id: 3, code: 'BUSY', outcome: 'rejected' }]);
  clock.advance(6000);
  desk.onTime();
  network.takeReplies();
  ask(ALICE, put(4));
  t.deepEqual(network.takeReplies(), []);
});

const refusal = test.macro({
  exec(t, frame: Buffer, code: string, id: number | null) {
    const { network, ask, inputs } = setUp();
    ask(ALICE, frame);
    t.like(network.takeReplies(), [{ id, ok: false, code, outcome: 'rejected' }]);
    t.deepEqual(inputs, []);
  },
  title: (what, _frame, code) => `${what} refused with ${code}`,
});

test('bytes that are not msgpack are', refusal, Buffer.from([0xc1]), 'BAD_REQUEST', null);
test('an unknown operation is', refusal, encodeRequest(4, 'levitate', {}), 'UNKNOWN_OP', 4);
test('a bad argument is', refusal, encodeRequest(5, 'put', {}), 'BAD_REQUEST', 5);
test('a session is', refusal, put(6, { session: 1, seq: 1 }), 'SESSION_EXPIRED', 6);

test('a good request beside a bad one is still done', (t) => {
  const { network, ask, inputs } = setUp();
  ask(ALICE, Buffer.from([0xc1]), put(2));
  t.is(network.takeReplies().length, 1);
  t.is(tokens(inputs).length, 1);
});

test('a node that is closing refuses what is new and finishes what it has', (t) => {
  const { desk, network, inputs, decide, ask } = setUp();
  ask(ALICE, put(1), put(2));
  desk.close();
  ask(ALICE, put(3));
  t.like(network.takeReplies(), [{ id: 3, code: 'SHUTTING_DOWN', outcome: 'rejected' }]);
  decide({ accepted: [{ tokens: tokens(inputs), first: 11, term: 5 }] });
  desk.onApplied([{ index: 11, reply: { ok: true }, changes: [] }]);
  t.like(network.takeReplies(), [{ id: 1, ok: true }]);
  desk.giveUp();
  t.like(network.takeReplies(), [{ id: 2, outcome: 'unknown' }]);
  t.true(desk.isDone);
});
