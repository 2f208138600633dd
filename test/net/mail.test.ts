import test from 'ava';
import { Dealer } from 'zeromq';
import type { Network } from '../../lib/net/network.ts';
import { addresses, eventually, linked, open, openAll, reader, text, within } from './nodes.ts';
import { PeerProcess } from './peer-processes.ts';

const KIB = Buffer.alloc(1024);

/** Sends to `peer` until it takes no more, and tells how many messages it took. */
async function fill(network: Network, peer: number): Promise<number> {
  let taken = 0;
  for (let refusedInARow = 0; refusedInARow < 20; ) {
    if (network.toPeer(peer, [Buffer.from(`${taken}`), KIB])) {
      taken++;
      refusedInARow = 0;
    } else {
      refusedInARow++;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
  return taken;
}

test('mail arrives as it was sent, without a trace of the connection', async (t) => {
  const [one, two] = await openAll(t, await addresses(2));
  t.true(one?.toPeer(2, [Buffer.from('header'), KIB]));
  t.true(one?.toPeer(2, [Buffer.from('alone')]));
  const mail = reader((two as Network).fromPeers);
  t.deepEqual(await mail.next(), [Buffer.from('header'), KIB]);
  t.deepEqual(text(await mail.next()), ['alone']);
});

test('mail to a peer that nobody knows, or that is not there, is refused at once', async (t) => {
  const all = await addresses(2);
  const one = await open(t, all);
  t.false(one.toPeer(2, [KIB]), 'no link yet');
  t.false(one.toPeer(3, [KIB]), 'no such peer');
  await one.close();
  t.false(one.toPeer(2, [KIB]), 'closed');
});

test('thousands of messages in one go never meet EBUSY; what was taken arrives, in order', async (t) => {
  const [one, two] = await openAll(t, await addresses(2));
  const taken: string[] = [];
  for (let i = 0; i < 2000; i++) {
    if (one?.toPeer(2, [Buffer.from(`${i}`)])) taken.push(`${i}`);
  }
  t.true(taken.length >= 64, 'at least as many as the link holds');
  const mail = await reader((two as Network).fromPeers).take(taken.length);
  t.deepEqual(mail.flatMap(text), taken);
});

test('N09: a node that does not ask for mail slows its peers down, and loses nothing that was taken', async (t) => {
  const [one, two] = await openAll(t, await addresses(2));
  const taken = await fill(one as Network, 2);
  const mail = await reader((two as Network).fromPeers).take(taken);
  t.deepEqual(
    mail.map(([first]) => String(first)),
    Array.from({ length: taken }, (_, i) => `${i}`),
  );
  t.true(one?.toPeer(2, [KIB]), 'there is room again');
});

test('N11: a peer that was killed finds nothing of old when it returns', async (t) => {
  const all = await addresses(2);
  const one = await open(t, all);
  const links = reader(one.links);
  const before = await PeerProcess.start(t, all, 2);
  t.true((await links.next()).up);
  t.true(one.toPeer(2, [Buffer.from('before')]));
  await eventually(() => before.got.length === 1, 'mail did not arrive');
  before.stop();
  await fill(one, 2);
  await before.kill();
  t.false((await links.next()).up);
  for (let i = 0; i < 500; i++) t.false(one.toPeer(2, [Buffer.from('while it is away')]));
  const after = await PeerProcess.start(t, all, 2);
  t.true((await links.next()).up);
  t.true(one.toPeer(2, [Buffer.from('after')]));
  await eventually(() => after.got.length > 0, 'mail did not arrive');
  t.deepEqual(after.got, ['after']);
});

test('N09 N10: a peer that reads nothing, or is stopped, is refused mail and holds up no other', async (t) => {
  const all = await addresses(4);
  const one = await open(t, all);
  await PeerProcess.start(t, all, 2, 'ignores');
  const stopped = await PeerProcess.start(t, all, 3);
  const well = await open(t, all, 4);
  await linked(one, 3);
  stopped.stop();
  await Promise.all([fill(one, 2), fill(one, 3)]);
  const mail = reader(well.fromPeers);
  for (let i = 0; i < 200; i++) {
    for (const peer of [2, 3]) one.toPeer(peer, [KIB]);
    t.true(one.toPeer(4, [Buffer.from(`${i}`)]));
    t.deepEqual(text(await mail.next()), [`${i}`]);
  }
  stopped.resume();
  await eventually(() => stopped.got.length > 0, 'it did not go on');
});

test('N03: a frame beyond the limit ends its connection; the node and everybody else go on', async (t) => {
  const all = await addresses(2);
  const [one, two] = await openAll(t, all);
  const stranger = new Dealer({ linger: 0 });
  t.teardown(() => stranger.close());
  stranger.connect(all[1]?.peer ?? '');
  await stranger.send('first');
  const mail = reader((two as Network).fromPeers);
  t.deepEqual(text(await mail.next()), ['first']);
  const disconnected = new Promise((resolve) => stranger.events.on('disconnect', resolve));
  await stranger.send([Buffer.from('header'), Buffer.alloc((1 << 20) + 1)]);
  await within(disconnected, 'the connection is still there');
  await stranger.send('again');
  t.true(one?.toPeer(2, [Buffer.from('others')]));
  const next = (await mail.take(2)).flatMap(text).sort();
  t.deepEqual(
    next,
    ['again', 'others'],
    'the stranger may connect again; what was too long is gone',
  );
});
