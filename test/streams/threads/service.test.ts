import test from 'ava';
import { makeEntry, payloadOf } from '../../../lib/core/entry.ts';
import type { Input } from '../../../lib/core/input.ts';
import { StorageError } from '../../../lib/kit/errors.ts';
import { decodeMail } from '../../../lib/wire/peer.ts';
import { get, put } from '../desk-world.ts';

import { setUp } from './service-world.ts';

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
  decide({ release: { upTo: 2, entries: [entry], install: null } });
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
  decide({ release: { upTo: 2, entries: [makeEntry(2, 1, 'noop')], install: null } });
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
  decide({ release: { upTo: 3, entries: [], install: null } });
  await until(() => machine.applied === 3);
  t.deepEqual(
    machine.taken.map(({ record }) => Buffer.from(record)),
    onDisk.map(({ record }) => Buffer.from(record)),
  );
});

test('changes of keys cross over only while somebody watches', async (t) => {
  const { decide, until, applied, watchers } = await setUp(t);
  const release = (index: number) => ({
    release: {
      upTo: index,
      entries: [makeEntry(index, 1, 'command', Buffer.from('v'))],
      install: null,
    },
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
  decide({ release: { upTo: 2, entries: [makeEntry(2, 1, 'noop')], install: null } });
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
  await until(() => {
    clock.advance(50);
    return ends.length > 0;
  });
  t.deepEqual(ends, ['complete']);
});

test('the loop that ends has the other end close what it has open', async (t) => {
  const { far, until, isClosed } = await setUp(t);
  far.close();
  await until(isClosed);
  t.true(isClosed());
});
