import test from 'ava';
import { NEVER } from 'rxjs';
import type { Input } from '../../lib/core/input.ts';
import type { Outcome, View } from '../../lib/core/outcome.ts';
import { SILENT } from '../../lib/kit/logger.ts';
import type { Client } from '../../lib/net/network.ts';
import type { LogStore } from '../../lib/store/log-store.ts';
import type { StateMachine } from '../../lib/store/state-machine.ts';
import { encodeReply, encodeRequest, refuse } from '../../lib/wire/client.ts';
import { decodeMail, encodeForward } from '../../lib/wire/peer.ts';
import { Desk } from '../../streams/desk.ts';
import type { World } from '../../streams/world.ts';
import { FakeNetwork } from './fake-network.ts';
import { type ManualClock, manualClock } from './manual-clock.ts';

/** Takes `put` and `get`; a get answers with what has been applied. */
class FakeMachine {
  applied = 0;
  rev = 0;

  route(op: string): 'write' | 'read' | null {
    return op === 'put' ? 'write' : op === 'get' ? 'read' : null;
  }

  check(request: { readonly args: ReadonlyMap<string, unknown> }) {
    return request.args.has('key') ? null : refuse('BAD_REQUEST', 'key is missing');
  }

  read() {
    return { ok: true, at: this.rev };
  }
}

const ALICE: Client = { route: Buffer.from('alice'), delimited: false };
const BOB: Client = { route: Buffer.from('bob'), delimited: false };
const REQ: Client = { route: Buffer.from('req'), delimited: true };

const member = (id: number) => ({
  id,
  peer: `tcp://127.0.0.1:${7100 + id}`,
  client: `tcp://127.0.0.1:${7200 + id}`,
  events: `tcp://127.0.0.1:${7300 + id}`,
});

type SetUp = {
  readonly desk: Desk;
  readonly network: FakeNetwork;
  readonly machine: FakeMachine;
  readonly clock: ManualClock;
  readonly inputs: Input[];
  readonly decide: (change: Partial<Outcome>, view?: Partial<View>) => void;
  readonly ask: (client: Client, ...frames: readonly Buffer[]) => void;
};

function setUp({ leader = 1 as number | null, pendingRequests = 100 } = {}): SetUp {
  const network = new FakeNetwork();
  const machine = new FakeMachine();
  const clock = manualClock(1000);
  const inputs: Input[] = [];
  const world: World = {
    clock,
    network,
    machine: machine as unknown as StateMachine,
    log: {} as LogStore,
    logger: SILENT,
    identity: { cluster: 'test', node: 1, incarnation: 11 },
    members: [member(1), member(2), member(3)],
    limits: { valueBytes: 1 << 20, recordBytes: 2 << 20, pendingRequests, pendingBytes: 1 << 20 },
    version: '1.2.3',
    firstToken: 1,
    startedAt: 0,
    leaving$: NEVER,
  };
  const desk = new Desk(world, (input) => inputs.push(input));
  let view: View = {
    id: 1,
    role: leader === 1 ? 'leader' : 'follower',
    term: 5,
    leader,
    commit: 10,
    first: 1,
    last: 10,
    configuration: { voters: [1, 2, 3], outgoing: [], learners: [] },
  };
  const nothing = { accepted: [], refused: [], readable: [] };
  const decide = (change: Partial<Outcome>, news: Partial<View> = {}): void => {
    view = { ...view, ...news };
    desk.onDecided({ ...nothing, ...change, view } as unknown as Outcome);
  };
  decide({});
  return {
    desk,
    network,
    machine,
    clock,
    inputs,
    decide,
    ask: (client, ...frames) => desk.onMessage({ client, frames }),
  };
}

const put = (id: number, args: object = {}): Buffer =>
  encodeRequest(id, 'put', { key: 'k', value: id, ...args });
const get = (id: number, args: object = {}): Buffer =>
  encodeRequest(id, 'get', { key: 'k', ...args });

/** The tokens under which the desk knows the requests it submitted. */
const tokens = (inputs: readonly Input[]): number[] =>
  inputs.flatMap((input) => {
    if (input.kind === 'Proposed') return input.proposals.map(({ token }) => token);
    return input.kind === 'Asked' ? [...input.tokens] : [];
  });

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
  t.true(desk.isEmpty);
});

test('a read is served once its index is applied, not before', (t) => {
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

test('a stale read is served at once by whoever is asked, or when it is far enough', (t) => {
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
  ask(ALICE, put(1), get(2));
  t.is(network.mail.length, 1);
  const [sent] = network.mail;
  t.is(sent?.to, 2);
  const leader = { cluster: 'test', node: 2, incarnation: 22 };
  const mail = decodeMail(sent?.frames ?? [], leader, { recordBytes: 1 << 20 });
  if (typeof mail === 'string' || mail.kind !== 'Forward') return t.fail('a Forward is sent');
  t.deepEqual(
    mail.requests.map(({ frame }) => Buffer.from(frame)),
    [put(1), get(2)],
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

test('what cannot be sent to the leader never left, and is rejected', (t) => {
  const { desk, network, ask } = setUp({ leader: 2 });
  network.unreachable.add(2);
  ask(ALICE, put(1));
  t.like(network.takeReplies(), [{ id: 1, code: 'NO_LEADER', outcome: 'rejected' }]);
  t.true(desk.isEmpty);
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

test('without a leader nothing is taken, and that is said', (t) => {
  const { network, ask, desk } = setUp({ leader: null });
  ask(ALICE, put(1));
  t.like(network.takeReplies()[0], { id: 1, code: 'NO_LEADER', outcome: 'rejected' });
  t.true(desk.isEmpty);
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
  const { desk, network, ask } = setUp({ leader: 2 });
  ask(ALICE, put(1), get(2));
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
  t.true(desk.isEmpty);
});

test('status and members are answered by whoever is asked', (t) => {
  const { network, ask } = setUp({ leader: 2 });
  ask(ALICE, encodeRequest(1, 'status', {}), encodeRequest(2, 'members', {}));
  t.like(network.takeReplies(), [
    { id: 1, ok: true, node: 1, cluster: 'test', leader: 2, term: 5, version: '1.2.3' },
    { id: 2, ok: true, joint: false, members: [{ id: 1, role: 'voter' }, { id: 2 }, { id: 3 }] },
  ]);
});
