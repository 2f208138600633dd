import test from 'ava';
import type { InstallSnapshot, InstallSnapshotReply, Message } from '../../lib/core/message.ts';
import type { Snapshot } from '../../lib/core/snapshot.ts';
import type { View } from '../../lib/core/view.ts';
import { decodeMail, type Identity } from '../../lib/wire/peer.ts';
import { ReceiveSnapshots } from '../../streams/receive-snapshots.ts';
import { SendSnapshot } from '../../streams/send-snapshot.ts';
import type { SnapshotNews } from '../../streams/snapshot-news.ts';
import { SnapshotTraffic } from '../../streams/snapshot-traffic.ts';
import { FakeNetwork } from './fake-network.ts';
import { manualClock } from './manual-clock.ts';
import { fileOf, MemorySnapshots } from './memory-snapshots.ts';

const CHUNK_BYTES = 10;
const TERM = 3;

const identity = (node: number): Identity => ({ cluster: 'test', node, incarnation: 1 });

/** All messages that a node has sent since the last look, as the other one decodes them. */
function look<M extends Message>(network: FakeNetwork, to: number): M[] {
  return network.mail.splice(0).map(({ frames }) => {
    const mail = decodeMail(frames, identity(to), { recordBytes: 1000 });
    if (typeof mail === 'string' || mail.kind !== 'Received') throw new Error(String(mail));
    return mail.message as M;
  });
}

/** A leader, node 1, that sends `snapshot` to node 2, and what it hears. */
function sending(store: MemorySnapshots, snapshot: Snapshot) {
  const network = new FakeNetwork();
  const clock = manualClock();
  const ends: boolean[] = [];
  const sender = new SendSnapshot(
    { kind: 'send', to: 2, term: TERM, snapshot, attempt: 1 },
    {
      network,
      clock,
      identity: identity(1),
      store,
      chunkBytes: CHUNK_BYTES,
      progress: () => {},
      end: (_, ok) => ends.push(ok),
      fail: (reason) => {
        throw reason;
      },
    },
  );
  return { network, clock, ends, sender, said: () => look<InstallSnapshot>(network, 2) };
}

/** Node 2, which takes chunks from its leader. */
function receiving(store = new MemorySnapshots(), commit = 0) {
  const network = new FakeNetwork();
  const traffic = new SnapshotTraffic();
  const view = { term: TERM, commit } as View;
  const receiver = new ReceiveSnapshots({
    network,
    identity: identity(2),
    store,
    chunkBytes: CHUNK_BYTES,
    traffic,
    view: () => view,
  });
  const take = async (message: InstallSnapshot) => ({
    news: await receiver.take({ from: 1, message }),
    replies: look<InstallSnapshotReply>(network, 1),
  });
  return { store, traffic, take };
}

const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Carries mail both ways until nothing is said any more; `spoil` may lose, double or change it. */
async function carry(
  from: ReturnType<typeof sending>,
  to: ReturnType<typeof receiving>,
  spoil: (chunk: InstallSnapshot, i: number) => readonly InstallSnapshot[] = (chunk) => [chunk],
): Promise<readonly SnapshotNews[]> {
  const all: SnapshotNews[] = [];
  let i = 0;
  for (let silent = 0; silent < 3 && from.ends.length === 0 && i < 2000; ) {
    await breathe();
    const said = from.said();
    silent = said.length === 0 ? silent + 1 : 0;
    if (said.length === 0) from.clock.advance(600);
    for (const chunk of said.flatMap((one) => spoil(one, i++))) {
      const { news, replies } = await to.take(chunk);
      if (news) all.push(news);
      for (const reply of replies) from.sender.onReply(reply);
    }
  }
  return all;
}

test('a snapshot travels in parts, as far as was granted, and is whole at the end', async (t) => {
  const source = new MemorySnapshots();
  const file = fileOf(9, 205);
  const from = sending(source, source.keep(file));
  const to = receiving();
  const [first] = from.said();
  t.deepEqual([first?.offset, first?.chunk.length], [0, 0], 'first it asks what is there');
  const news = await carry({ ...from, said: withFirst(from.said, ask(file.snapshot)) }, to);
  t.like(news, [{ kind: 'received', from: 1 }]);
  t.deepEqual(to.store.contents.get(file.snapshot.checksum), file.content);
  t.deepEqual(from.ends, [true]);
  t.is(source.held, 0);
});

test('never is more under way than the follower has granted', async (t) => {
  const source = new MemorySnapshots();
  const from = sending(source, source.keep(fileOf(9, 1000)));
  from.said();
  const { index, checksum } = source.newest as Snapshot;
  const reply = (offset: number, granted: number): InstallSnapshotReply => {
    return {
      kind: 'InstallSnapshotReply',
      term: TERM,
      index,
      checksum,
      offset,
      granted,
      result: 'continue',
    };
  };
  from.sender.onReply(reply(0, 35));
  for (let i = 0; i < 10; i += 1) await breathe();
  t.deepEqual(
    from.said().map(({ chunk }) => chunk.length),
    [10, 10, 10, 5],
  );
  from.sender.onReply(reply(20, 45));
  for (let i = 0; i < 10; i += 1) await breathe();
  t.deepEqual(
    from.said().map(({ offset, chunk }) => [offset, chunk.length]),
    [[35, 10]],
  );
  from.sender.stop();
});

const arrives = test.macro({
  async exec(t, spoil: (chunk: InstallSnapshot, i: number) => readonly InstallSnapshot[]) {
    const source = new MemorySnapshots();
    const file = fileOf(9, 205);
    const from = sending(source, source.keep(file));
    const to = receiving();
    await carry(from, to, spoil);
    t.deepEqual(to.store.contents.get(file.snapshot.checksum), file.content);
    t.deepEqual(from.ends, [true]);
  },
  title: (what = '') => `S15: a snapshot arrives as it is, although ${what}`,
});

let kept: InstallSnapshot[] = [];
test('every fifth part is lost', arrives, (chunk, i) => (i % 5 === 1 ? [] : [chunk]));
test('every part comes twice', arrives, (chunk) => [chunk, chunk]);
test('the first question is lost', arrives, (chunk, i) => (i === 0 ? [] : [chunk]));
test('parts come in another order', arrives, (chunk) => {
  kept.push(chunk);
  if (kept.length < 3 && chunk.chunk.length > 0) return [];
  const all = kept.reverse();
  kept = [];
  return all;
});

test('S15: parts of two snapshots never mix, and the one under way is of the newest word', async (t) => {
  const to = receiving();
  const [old, young] = [fileOf(5, 25), fileOf(9, 25)];
  const part = ({ snapshot, content }: typeof old, offset: number, end = offset + 10) => {
    const chunk = content.subarray(offset, end);
    return to.take({ kind: 'InstallSnapshot', term: TERM, snapshot, offset, chunk });
  };
  await part(old, 0);
  t.like((await part(young, 10)).replies, [{ index: 9, offset: 0, result: 'resume' }]);
  await part(young, 0);
  t.like(
    (await part(old, 10)).replies,
    [{ index: 5, offset: 20, result: 'continue' }],
    'what was there of it is kept',
  );
  t.like((await part(old, 20, 25)).news, { kind: 'received', snapshot: old.snapshot });
  t.deepEqual(to.store.contents.get(old.snapshot.checksum), old.content);
  t.false(to.store.contents.has(young.snapshot.checksum));
});

test('S15: a transfer goes on where it was, also from another leader with the same file', async (t) => {
  const source = new MemorySnapshots();
  const file = fileOf(9, 205);
  const store = new MemorySnapshots();
  store.parts.set(file.snapshot.checksum, file.content.subarray(0, 150));
  const from = sending(source, source.keep(file));
  const offsets: number[] = [];
  await carry(from, receiving(store), (chunk) => {
    if (chunk.chunk.length > 0) offsets.push(chunk.offset);
    return [chunk];
  });
  t.deepEqual(offsets, [150, 160, 170, 180, 190, 200]);
});

test('S15: what arrives damaged is dropped, and sent again from the beginning', async (t) => {
  const source = new MemorySnapshots();
  const file = fileOf(9, 45);
  const from = sending(source, source.keep(file));
  const to = receiving();
  let isSpoilt = false;
  const news = await carry(from, to, (chunk) => {
    if (isSpoilt || chunk.offset !== 20) return [chunk];
    isSpoilt = true;
    return [{ ...chunk, chunk: Buffer.alloc(chunk.chunk.length) }];
  });
  t.deepEqual(
    news.map(({ kind }) => kind),
    ['damaged', 'received'],
  );
  t.deepEqual(to.store.contents.get(file.snapshot.checksum), file.content);
});

test('a follower that has committed as much wants nothing of it', async (t) => {
  const to = receiving(new MemorySnapshots(), 9);
  const { snapshot } = fileOf(9, 25);
  const { news, replies } = await to.take(ask(snapshot));
  t.is(news, null);
  t.like(replies, [{ result: 'complete' }]);
});

test('a file that is gone ends the transfer, and one that nobody wants is let go', async (t) => {
  const store = new MemorySnapshots();
  const { snapshot } = fileOf(9, 25);
  const from = sending(store, snapshot);
  t.is(store.held, 1);
  const { index, checksum } = snapshot;
  const head = { kind: 'InstallSnapshotReply', term: TERM, index, checksum } as const;
  from.sender.onReply({ ...head, offset: 0, granted: 80, result: 'resume' });
  await breathe();
  t.deepEqual(from.ends, [false]);
  t.is(store.held, 0);
});

function ask(snapshot: Snapshot): InstallSnapshot {
  return { kind: 'InstallSnapshot', term: TERM, snapshot, offset: 0, chunk: Buffer.alloc(0) };
}

/** Says `first` once more, because a test has looked at it already. */
function withFirst(said: () => InstallSnapshot[], first: InstallSnapshot): () => InstallSnapshot[] {
  let isFirst = true;
  return () => {
    const all = isFirst ? [first, ...said()] : said();
    isFirst = false;
    return all;
  };
}
