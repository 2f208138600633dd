import test from 'ava';
import { encodeReply, encodeRequest } from '../../lib/wire/client.ts';
import { decodeMail, encodeForward } from '../../lib/wire/peer.ts';
import { ALICE, BOB, get, put, REQ, setUp, tokens } from './desk-world.ts';

test('writes of one message are one proposal, and are answered together when applied', (t) => {
  const { desk, network, inputs, decide, ask } = setUp();
  ask(ALICE, put(1), put(2));
  t.is(inputs.length, 1);
  decide({ accepted: [{ tokens: tokens(inputs), first: 11, term: 5 }] });
  t.deepEqual(network.replies, []);
  const applied = [11, 12].map((index) => ({
    index,
    reply: { ok: true, rev: index },
    changes: [],
  }));
  desk.onApplied(applied as never);
  t.is(network.replies.length, 1);
  t.deepEqual(network.takeReplies(), [
    { id: 1, ok: true, rev: 11 },
    { id: 2, ok: true, rev: 12 },
  ]);
  t.true(desk.isDone);
});

test('L07: a read is served once its index is applied, not before', (t) => {
  const { desk, network, machine, inputs, decide, ask } = setUp();
  machine.applied = 10;
  ask(ALICE, get(1));
  decide({ readable: [{ tokens: tokens(inputs), index: 12 }] });
  t.deepEqual(network.takeReplies(), []);
  machine.applied = 12;
  machine.rev = 9;
  desk.onApplied([]);
  t.deepEqual(network.takeReplies(), [{ id: 1, ok: true, at: 9 }]);
});

test('L11: a stale read is served at once by whoever is asked, or when it is far enough', (t) => {
  const { desk, network, machine, inputs, ask } = setUp({ leader: 2 });
  ask(ALICE, get(1, { read: 'stale' }));
  t.deepEqual(network.takeReplies(), [{ id: 1, ok: true, at: 0 }]);
  ask(ALICE, get(2, { read: 'stale', atLeast: 3 }));
  t.deepEqual(network.takeReplies(), []);
  machine.rev = 3;
  desk.onApplied([]);
  t.deepEqual(network.takeReplies(), [{ id: 2, ok: true, at: 3 }]);
  t.deepEqual(inputs, []);
});

test('a follower forwards what only the leader may do, and hands its answer over', (t) => {
  const { desk, network, ask } = setUp({ leader: 2 });
  ask(ALICE, put(1), put(2));
  t.is(network.mail.length, 1);
  const [sent] = network.mail;
  t.is(sent?.to, 2);
  const leader = { cluster: 'test', node: 2, incarnation: 22 };
  const mail = decodeMail(sent?.frames ?? [], leader, { recordBytes: 1 << 20 });
  if (typeof mail === 'string' || mail.kind !== 'Forward') return t.fail('a Forward is sent');
  t.deepEqual(
    mail.requests.map(({ frame }) => Buffer.from(frame)),
    [put(1), put(2)],
  );
  const answers = mail.requests.map(({ token }) => ({
    token,
    frame: encodeReply(token, { ok: true, rev: 7 }),
  }));
  desk.onMail({ kind: 'Answer', from: 2, incarnation: 22, answers });
  t.is(network.takeReplies().length, 2);
  desk.onMail({ kind: 'Answer', from: 2, incarnation: 22, answers });
  t.deepEqual(network.takeReplies(), []);
  return undefined;
});

test('an answer counts only if it comes from whom the request was forwarded to', (t) => {
  const { desk, network, ask } = setUp({ leader: 2 });
  ask(ALICE, put(1));
  const frame = encodeReply(1, { ok: true });
  desk.onMail({ kind: 'Answer', from: 3, incarnation: 33, answers: [{ token: 1, frame }] });
  t.deepEqual(network.takeReplies(), []);
});

test('what a peer forwarded is answered to the peer, in one message', (t) => {
  const { desk, network, inputs, decide } = setUp();
  const requests = [put(1), put(2)].map((frame, i) => ({ token: 70 + i, frame }));
  desk.onMail({ kind: 'Forward', from: 3, incarnation: 33, requests });
  decide({ accepted: [{ tokens: tokens(inputs), first: 11, term: 5 }] });
  const applied = [11, 12].map((index) => ({ index, reply: { ok: true }, changes: [] }));
  desk.onApplied(applied as never);
  t.deepEqual(
    network.mail.map(({ to }) => to),
    [3],
  );
});

test('an answer waits for the link back to who forwarded the request', (t) => {
  const { desk, network, inputs, decide } = setUp();
  network.unreachable.add(3);
  desk.onMail({
    kind: 'Forward',
    from: 3,
    incarnation: 33,
    requests: [{ token: 70, frame: put(1) }],
  });
  decide({ accepted: [{ tokens: tokens(inputs), first: 11, term: 5 }] });
  desk.onApplied([{ index: 11, reply: { ok: true }, changes: [] }]);
  t.deepEqual(network.mail, []);
  network.unreachable.delete(3);
  desk.onLink({ peer: 3, up: true });
  t.deepEqual(
    network.mail.map(({ to }) => to),
    [3],
  );
});

test('a request is forwarded once only: whoever got it by mistake says who leads', (t) => {
  const { desk, network } = setUp({ leader: 2 });
  const requests = [{ token: 70, frame: put(1) }];
  const frames = encodeForward(requests, 1, { cluster: 'test', node: 3, incarnation: 33 });
  t.is(frames.length, 1);
  desk.onMail({ kind: 'Forward', from: 3, incarnation: 33, requests });
  const [sent] = network.mail;
  t.is(sent?.to, 3);
  const asker = { cluster: 'test', node: 3, incarnation: 33 };
  const mail = decodeMail(sent?.frames ?? [], asker, { recordBytes: 1 << 20 });
  t.is(typeof mail === 'string' ? mail : mail.kind, 'Answer');
});

test('replies to two clients are two messages', (t) => {
  const { desk, network, inputs, decide, ask } = setUp();
  ask(ALICE, put(1));
  ask(BOB, put(1));
  decide({ accepted: [{ tokens: tokens(inputs), first: 11, term: 5 }] });
  const applied = [11, 12].map((index) => ({ index, reply: { ok: true }, changes: [] }));
  desk.onApplied(applied as never);
  t.deepEqual(
    network.replies.map(({ client }) => client.route.toString()),
    ['alice', 'bob'],
  );
});

test('a REQ gets one message for each it sent, when all its requests are answered', (t) => {
  const { desk, network, inputs, decide, ask } = setUp();
  ask(REQ, put(1), get(2, { read: 'stale' }));
  t.deepEqual(network.replies, []);
  decide({ accepted: [{ tokens: tokens(inputs), first: 11, term: 5 }] });
  desk.onApplied([{ index: 11, reply: { ok: true }, changes: [] }]);
  t.is(network.replies.length, 1);
  t.is(network.replies[0]?.frames.length, 2);
});

test('status and members are answered by whoever is asked', (t) => {
  const { network, ask } = setUp({ leader: 2 });
  ask(ALICE, encodeRequest(1, 'status', {}), encodeRequest(2, 'members', {}));
  t.like(network.takeReplies(), [
    { id: 1, ok: true, node: 1, cluster: 'test', leader: 2, term: 5, version: '1.2.3' },
    { id: 2, ok: true, joint: false, members: [{ id: 1, role: 'voter' }, { id: 2 }, { id: 3 }] },
  ]);
});
