import test from 'ava';
import type { Input } from '../../lib/core/input.ts';
import { encodeReply, encodeRequest } from '../../lib/wire/client.ts';
import { decodeMail } from '../../lib/wire/peer.ts';
import { ALICE, put, setUp } from './desk-world.ts';

const transfer = (id: number, args: object = {}): Buffer =>
  encodeRequest(id, 'transfer', { ...args });

function tokenOf(input: Input | undefined): number {
  if (input?.kind !== 'TransferAsked') throw new Error('no transfer was asked for');
  return input.token;
}

test('T01: a transfer is answered when the target leads', (t) => {
  const { desk, network, inputs, decide, ask } = setUp();
  ask(ALICE, transfer(1, { to: 2 }));
  t.like(inputs, [{ kind: 'TransferAsked', to: 2 }]);
  const token = tokenOf(inputs[0]);
  decide({}, { role: 'follower', leader: null, term: 6 });
  t.deepEqual(network.takeReplies(), []);
  decide({ transferred: [{ tokens: [token], leader: 2, term: 6 }] }, { leader: 2 });
  t.deepEqual(network.takeReplies(), [{ id: 1, ok: true, leader: 2, term: 6 }]);
  t.true(desk.isDone);
});

test('without a target the leader chooses', (t) => {
  const { inputs, ask } = setUp();
  ask(ALICE, transfer(1));
  t.like(inputs, [{ kind: 'TransferAsked', to: null }]);
});

test('a follower forwards a transfer, and waits for the word of the leader that was', (t) => {
  const { desk, network, clock, decide, ask } = setUp({ leader: 2 });
  ask(ALICE, transfer(1, { to: 3 }));
  const [sent] = network.mail;
  const leader = { cluster: 'test', node: 2, incarnation: 22 };
  const mail = decodeMail(sent?.frames ?? [], leader, { recordBytes: 1 << 20 });
  if (typeof mail === 'string' || mail.kind !== 'Forward') return t.fail('a Forward is sent');
  decide({}, { leader: null, term: 6 });
  decide({}, { leader: 3 });
  clock.advance(1000);
  desk.onTime();
  t.deepEqual(network.takeReplies(), []);
  const [{ token } = { token: 0 }] = mail.requests;
  const frame = encodeReply(1, { ok: true, leader: 3, term: 6 });
  desk.onMail({ kind: 'Answer', from: 2, incarnation: 22, answers: [{ token, frame }] });
  t.deepEqual(network.takeReplies(), [{ id: 1, ok: true, leader: 3, term: 6 }]);
  return undefined;
});

const refused = test.macro(
  (
    t,
    reason: 'NotAMember' | 'NotReady' | 'TransferReplaced' | 'TransferUnknown',
    code: string,
    outcome: string,
  ) => {
    const { network, inputs, decide, ask } = setUp();
    ask(ALICE, transfer(1, { to: 2 }));
    decide({ refused: [{ tokens: [tokenOf(inputs[0])], reason, leader: 1 }] });
    t.like(network.takeReplies(), [{ id: 1, ok: false, code, outcome }]);
  },
);
test('a target that does not vote is refused', refused, 'NotAMember', 'NOT_A_MEMBER', 'rejected');
test('a target that is not ready is refused', refused, 'NotReady', 'NOT_READY', 'rejected');
test('a replaced transfer is refused', refused, 'TransferReplaced', 'TRANSFERRING', 'rejected');
test('what has begun may happen yet', refused, 'TransferUnknown', 'TIMEOUT', 'unknown');

const bad = test.macro((t, args: object) => {
  const { network, inputs, ask } = setUp();
  ask(ALICE, transfer(1, args));
  t.like(network.takeReplies(), [{ id: 1, code: 'BAD_REQUEST', outcome: 'rejected' }]);
  t.deepEqual(inputs, []);
});
test('a target is a number', bad, { to: 'n2' });
test('a target is a number of a node', bad, { to: 0 });
test('an argument that is not known is refused', bad, { too: 2 });

test('T07: what is proposed meanwhile is refused, and may be tried again', (t) => {
  const { network, inputs, decide, ask } = setUp();
  ask(ALICE, put(1));
  const [input] = inputs;
  const tokens = input?.kind === 'Proposed' ? input.proposals.map(({ token }) => token) : [];
  decide({ refused: [{ tokens, reason: 'Transferring', leader: 1 }] });
  t.like(network.takeReplies(), [{ id: 1, code: 'TRANSFERRING', outcome: 'rejected' }]);
});

test('O07: a leader that leaves makes another lead first', (t) => {
  const { desk, network, inputs, decide, ask } = setUp();
  desk.close();
  t.like(inputs, [{ kind: 'TransferAsked', to: null }]);
  ask(ALICE, put(1));
  t.like(network.takeReplies(), [{ id: 1, code: 'SHUTTING_DOWN', outcome: 'rejected' }]);
  decide({}, { role: 'follower', leader: null, term: 6 });
  t.false(desk.isDone);
  decide({ transferred: [{ tokens: [tokenOf(inputs[0])], leader: 2, term: 6 }] }, { leader: 2 });
  t.true(desk.isDone);
});

test('O07: a leader that leaves goes even if nobody else can lead', (t) => {
  const { desk, inputs, decide } = setUp();
  desk.close();
  decide({ refused: [{ tokens: [tokenOf(inputs[0])], reason: 'NotReady', leader: 1 }] });
  t.true(desk.isDone);
});

test('O07: what others forward to a leader that leaves is not sent away as from a node that stops', (t) => {
  const { desk, inputs } = setUp();
  desk.close();
  desk.onMail({
    kind: 'Forward',
    from: 3,
    incarnation: 33,
    requests: [{ token: 7, frame: put(1) }],
  });
  t.like(inputs[1], { kind: 'Proposed' });
});
