import { MessageChannel } from 'node:worker_threads';
import test, { type ExecutionContext } from 'ava';
import { Subject } from 'rxjs';
import { type Entry, makeEntry, payloadOf } from '../../../lib/core/entry.ts';
import type { Input } from '../../../lib/core/input.ts';
import { StorageError } from '../../../lib/kit/errors.ts';
import { SILENT } from '../../../lib/kit/logger.ts';
import type { Applied, CopiedState, StateMachine } from '../../../lib/store/state-machine.ts';
import { decodeMail, type Mail } from '../../../lib/wire/peer.ts';
import type { Decided } from '../../../streams/decided.ts';
import { realClock } from '../../../streams/real-clock.ts';
import { FarService } from '../../../streams/threads/far-service.ts';
import { NearService } from '../../../streams/threads/near-service.ts';
import { ALICE, FakeMachine, get, put } from '../desk-world.ts';
import { FakeNetwork } from '../fake-network.ts';
import { manualClock } from '../manual-clock.ts';
import { quietOutcome } from '../quiet-outcome.ts';

/** Answers with what it applied; fails if it is told to. */
class Machine extends FakeMachine {
  readonly taken: Entry[] = [];
  failure: Error | null = null;
  installed = '';

  apply(entries: readonly Entry[]): readonly Applied[] {
    if (this.failure) throw this.failure;
    this.taken.push(...entries);
    return entries.map(({ index, record }) => {
      this.applied = index;
      this.rev += 1;
      const change = { rev: this.rev, key: `k${index}`, value: record.subarray(24) };
      return { index, reply: { ok: true, index }, changes: [change] };
    });
  }

  async copy(write: (bytes: Uint8Array) => Promise<void>): Promise<CopiedState> {
    const piece = Buffer.alloc(8192, 'state').subarray(100, 105);
    await write(piece);
    piece.fill(0);
    await write(Buffer.from('!'));
    return { applied: { index: this.applied, term: 1 }, rev: this.rev };
  }

  async install(content: AsyncIterable<Uint8Array>): Promise<void> {
    for await (const bytes of content) this.installed += Buffer.from(bytes).toString();
    this.applied = 40;
    this.rev = 7;
  }

  async close(): Promise<void> {}
}

/** Both ends of a service that is far away, in one thread; node 1 leads. */
async function setUp(t: ExecutionContext) {
  const { port1, port2 } = new MessageChannel();
  t.teardown(() => port1.close());
  const onDisk: Entry[] = [];
  const log = {
    read: async (from: number) => onDisk.filter(({ index }) => index >= from),
  };
  const far = new FarService(port1, { clock: realClock, log, logger: SILENT });
  let isClosed = false;
  const near = new NearService(port2, realClock, () => {
    isClosed = true;
  });
  const network = new FakeNetwork();
  const machine = new Machine();
  const clock = { ...manualClock(), defer: realClock.defer };
  near.run({
    clock,
    network,
    machine: machine as unknown as StateMachine,
    identity: { cluster: 'test', node: 1, incarnation: 11 },
    members: [],
    limits: {
      valueBytes: 1 << 20,
      recordBytes: 2 << 20,
      pendingRequests: 9,
      pendingBytes: 1 << 20,
    },
    version: '1',
    firstToken: 100,
    startedAt: 0,
  });
  t.teardown(() => network.close());

  const mail$ = new Subject<Mail>();
  const decided$ = new Subject<Decided>();
  const leaving$ = new Subject<void>();
  const watchers = { wantsWithin: (_prefix: string): boolean => false };
  const inputs: Input[] = [];
  const applied: Applied[] = [];
  const ends: unknown[] = [];
  const { applied$, served$ } = far.service(watchers, leaving$)(mail$, new Subject(), decided$);
  applied$.subscribe((batch) => applied.push(...batch));
  served$.subscribe({
    next: (input) => inputs.push(input),
    error: (reason: unknown) => ends.push(reason),
    complete: () => ends.push('complete'),
  });
  const outcome = quietOutcome({ role: 'leader', term: 1, leader: 1 });
  const decide = (change: Partial<Decided>): void => decided$.next({ ...outcome, ...change });
  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds()) await new Promise(setImmediate);
  };
  // the entry that opens the term
  decide({ release: { upTo: 1, entries: [makeEntry(1, 1, 'noop')] } });
  await until(() => far.machine.applied === 1);
  machine.taken.length = 0;
  applied.length = 0;
  const ask = (...frames: Buffer[]): void => network.fromClients.put({ client: ALICE, frames });
  return {
    far,
    network,
    machine,
    clock,
    onDisk,
    mail$,
    leaving$,
    watchers,
    inputs,
    applied,
    ends,
    decide,
    ask,
    until,
    isClosed: () => isClosed,
  };
}

test('a write goes to the loop, and its entry comes back to be applied and answered', async (t) => {
  const { ask, until, inputs, decide, network, machine, far, applied } = await setUp(t);
  const frame = put(7);
  ask(frame);
  await until(() => inputs.length > 0);
  const [input] = inputs as [Input];
  if (input.kind !== 'Proposed') return t.fail(input.kind);
  const [proposal] = input.proposals;
  t.deepEqual(Buffer.from(proposal?.payload ?? []), frame);

  const entry = makeEntry(2, 1, 'command', proposal?.payload);
  const token = proposal?.token ?? 0;
  decide({ accepted: [{ tokens: [token], first: 2, term: 1 }] });
  decide({ release: { upTo: 2, entries: [entry] } });
  await until(() => applied.length > 0);
  t.deepEqual(network.takeReplies(), [{ id: 7, ok: true, index: 2 }]);
  t.deepEqual(
    machine.taken.map(payloadOf).map((bytes) => Buffer.from(bytes)),
    [frame],
  );
  await until(() => far.machine.applied === 2);
  t.is(far.machine.rev, 2);
});

test('a linearizable read waits for its index over there', async (t) => {
  const { ask, until, inputs, decide, network } = await setUp(t);
  ask(get(8));
  await until(() => inputs.length > 0);
  const [input] = inputs as [Input];
  if (input.kind !== 'Asked') return t.fail(input.kind);
  decide({ readable: [{ tokens: input.tokens, index: 2 }] });
  decide({ release: { upTo: 2, entries: [makeEntry(2, 1, 'noop')] } });
  await until(() => network.replies.length > 0);
  t.deepEqual(network.takeReplies(), [{ id: 8, ok: true, at: 2 }]);
});

test('what other nodes pass on is served over there, and answered from there', async (t) => {
  const { mail$, until, inputs, network, decide } = await setUp(t);
  const requests = [{ token: 5, frame: put(1) }];
  mail$.next({ kind: 'Forward', from: 2, incarnation: 22, requests });
  await until(() => inputs.length > 0);
  const [input] = inputs as [Input];
  const token = input.kind === 'Proposed' ? (input.proposals[0]?.token ?? 0) : 0;
  decide({ refused: [{ tokens: [token], reason: 'Busy', leader: 1 }] });
  await until(() => network.mail.length > 0);
  const identity = { cluster: 'test', node: 2, incarnation: 22 };
  const answer = decodeMail(network.mail[0]?.frames ?? [], identity, { recordBytes: 1 << 20 });
  if (typeof answer === 'string' || answer.kind !== 'Answer') return t.fail('an answer');
  t.deepEqual(
    answer.answers.map((item) => item.token),
    [5],
  );
});

test('what is released without its entries is read from the log of the loop', async (t) => {
  const { onDisk, decide, until, machine } = await setUp(t);
  onDisk.push(makeEntry(2, 1, 'noop'), makeEntry(3, 1, 'command', put(1)));
  decide({ release: { upTo: 3, entries: [] } });
  await until(() => machine.applied === 3);
  t.deepEqual(
    machine.taken.map(({ record }) => Buffer.from(record)),
    onDisk.map(({ record }) => Buffer.from(record)),
  );
});

test('changes of keys cross over only while somebody watches', async (t) => {
  const { decide, until, applied, watchers } = await setUp(t);
  const release = (index: number) => ({
    release: { upTo: index, entries: [makeEntry(index, 1, 'command', Buffer.from('v'))] },
  });
  decide(release(2));
  await until(() => applied.length === 1);
  watchers.wantsWithin = (prefix) => prefix === 'kv.';
  decide(release(3));
  await until(() => applied.length === 2);
  t.deepEqual(applied, [
    { index: 2, reply: null, changes: [] },
    {
      index: 3,
      reply: null,
      changes: [{ rev: 3, key: 'k3', value: new Uint8Array(Buffer.from('v')) }],
    },
  ]);
});

test('a database that fails over there ends the node, as the error it is', async (t) => {
  const { machine, decide, until, ends, isClosed } = await setUp(t);
  machine.failure = new StorageError('FULL', 'the disk is full');
  decide({ release: { upTo: 2, entries: [makeEntry(2, 1, 'noop')] } });
  await until(() => ends.length > 0);
  const [reason] = ends;
  t.true(reason instanceof StorageError);
  t.like(reason, { code: 'FULL', message: 'the disk is full' });
  t.true(isClosed());
});

test('a node that is asked to leave ends when nobody waits for an answer over there', async (t) => {
  const { ask, until, inputs, leaving$, clock, decide, ends, network } = await setUp(t);
  ask(put(1));
  await until(() => inputs.length > 0);
  leaving$.next();
  // it leads, so it tries to hand over first
  await until(() => inputs.length > 1);
  const tokens = inputs.flatMap((input) => {
    if (input.kind === 'Proposed') return input.proposals.map(({ token }) => token);
    return input.kind === 'TransferAsked' ? [input.token] : [];
  });
  t.is(tokens.length, 2);
  decide({ refused: [{ tokens, reason: 'NotReady', leader: 1 }] });
  await until(() => network.replies.length > 0);
  t.deepEqual(ends, []);
  clock.advance(50);
  await until(() => ends.length > 0);
  t.deepEqual(ends, ['complete']);
});

test('the loop that ends has the other end close what it has open', async (t) => {
  const { far, until, isClosed } = await setUp(t);
  far.close();
  await until(isClosed);
  t.true(isClosed());
});

test('the state is copied piece by piece, each when the one before it is written', async (t) => {
  const { far } = await setUp(t);
  const written: string[] = [];
  let isWriting = false;
  const state = await far.machine.copy?.(async (bytes) => {
    t.false(isWriting);
    isWriting = true;
    await new Promise(setImmediate);
    written.push(Buffer.from(bytes).toString());
    isWriting = false;
  });
  t.deepEqual(state, { applied: { index: 1, term: 1 }, rev: 1 });
  t.deepEqual(written, ['state', '!']);
});

test('a copy that cannot be written fails with what was in its way, and the next one is whole', async (t) => {
  const { far } = await setUp(t);
  const write = async (): Promise<void> => {
    throw new StorageError('FULL', 'no room for a snapshot');
  };
  const reason = await t.throwsAsync(far.machine.copy?.(write) ?? Promise.resolve(), {
    instanceOf: StorageError,
  });
  t.is(reason?.code, 'FULL');
  t.is((await far.machine.copy?.(async () => {}))?.rev, 1);
});

test('the state is replaced by what comes over, and the loop knows how far it is then', async (t) => {
  const { far, machine } = await setUp(t);
  const content = (async function* () {
    yield Buffer.from('new ');
    yield Buffer.from('state');
  })();
  await far.machine.install?.(content);
  t.is(machine.installed, 'new state');
  t.is(far.machine.applied, 40);
  t.is(far.machine.rev, 7);
});
