import type { Socket } from 'node:net';
import test from 'ava';
import type { Link, Network } from '../../lib/net/network.ts';
import type { Addresses } from '../../lib/net/open-network.ts';
import { latestOfEach } from '../../lib/net/peer-links.ts';
import { newest, Pushed } from '../../lib/net/pushed.ts';
import { addresses, down, linked, open, openAll, reader, text, up } from './nodes.ts';
import { dial, frame, GREETING, impostor, ready, shakeHands } from './zmtp.ts';

test('links tell when a peer comes and when it goes', async (t) => {
  const all = await addresses(3);
  const one = await open(t, all);
  const links = reader(one.links);
  const two = await open(t, all, 2);
  t.deepEqual(await links.next(), up(2));
  const three = await open(t, all, 3);
  t.deepEqual(await links.next(), up(3));
  await two.close();
  t.deepEqual(await links.next(), down(2));
  await three.close();
  t.deepEqual(await links.next(), down(3));
  await open(t, all, 2);
  t.deepEqual(await links.next(), up(2));
});

test('peers come and go: whoever is new is dialled, whoever is left out is not any more', async (t) => {
  const all = await addresses(3);
  const [, second, third] = all as [Addresses, Addresses, Addresses];
  const one = await open(t, all.slice(0, 1));
  const [two, three] = await Promise.all([open(t, all, 2), open(t, all, 3)]);
  const links = reader(one.links);
  t.deepEqual(one.setPeers([second]), []);
  t.deepEqual(await links.next(), up(2));
  t.deepEqual(one.setPeers([third]), []);
  t.deepEqual(await links.next(), down(2));
  t.false(one.toPeer(2, [Buffer.from('a')]));
  t.deepEqual(await links.next(), up(3));
  t.true(one.toPeer(3, [Buffer.from('b')]));
  t.deepEqual(text(await reader(three.fromPeers).next()), ['b']);

  t.deepEqual(
    one.setPeers([{ ...second, id: 3 }]),
    [],
    'the third has moved to where the second is',
  );
  t.deepEqual(await links.next(), down(3));
  t.deepEqual(await links.next(), up(3));
  t.true(one.toPeer(3, [Buffer.from('c')]));
  t.deepEqual(text(await reader(two.fromPeers).next()), ['c']);
});

test('a link to a peer that stays is left alone, and an endpoint that is none is told and left out', async (t) => {
  const all = await addresses(2);
  const [, second] = all as [Addresses, Addresses];
  const one = await open(t, all);
  await open(t, all, 2);
  await linked(one);
  const problems = one.setPeers([{ ...second }, { ...second, id: 7, peer: 'tcp://*:1' }]);
  t.is(problems.length, 1);
  t.regex(problems[0] ?? '', /^peer of node 7: found "tcp:\/\/\*:1", but nobody can connect/);
  t.true(one.toPeer(2, [Buffer.from('a')]));
  t.false(one.toPeer(7, [Buffer.from('a')]));
});

const tells = test.macro({
  exec(t, happened: readonly Link[], told: readonly Link[]) {
    const waiting: Link[] = [];
    for (const link of happened) latestOfEach(waiting, link);
    t.deepEqual(waiting, told);
  },
  title: (_, happened: readonly Link[], told: readonly Link[]) =>
    `${shown(happened)} is told as ${shown(told)}`,
});

function shown(links: readonly Link[]): string {
  return links.map(({ peer, up }) => `${peer} ${up ? 'up' : 'down'}`).join(', ');
}

test(tells, [up(1), up(2)], [up(1), up(2)]);
test(tells, [down(1), up(1)], [down(1), up(1)]);
test(tells, [down(1), up(1), down(1)], [down(1)]);
test(tells, [down(1), up(1), down(1), up(1)], [down(1), up(1)]);
test(tells, [up(1), down(1), down(2), up(1), up(2)], [up(1), down(2), up(2)]);

test('what is pushed while nobody reads is read later, and the end comes last', async (t) => {
  const pushed = new Pushed<Link>(latestOfEach);
  pushed.push(up(1));
  pushed.push(down(1));
  pushed.end();
  pushed.push(up(2));
  const read: Link[] = [];
  for await (const link of pushed) read.push(link);
  t.deepEqual(read, [up(1), down(1)]);
});

test('N10: of beats that nobody reads the newest are kept', async (t) => {
  const pushed = new Pushed<number>(newest(64));
  for (let i = 1; i <= 500; i++) pushed.push(i);
  pushed.end();
  const read: number[] = [];
  for await (const beat of pushed) read.push(beat);
  t.deepEqual(
    read,
    Array.from({ length: 64 }, (_, i) => 437 + i),
  );
});

test('a reader that waits is told of the end, or why there is one', async (t) => {
  const ends = new Pushed<Link>(latestOfEach);
  const ended = reader(ends).next();
  ends.end();
  await t.throwsAsync(ended, { message: 'it has ended' });
  const fails = new Pushed<Link>(latestOfEach);
  const failed = reader(fails).next();
  fails.end(new Error('no more sockets'));
  await t.throwsAsync(failed, { message: 'no more sockets' });
});

/** ZeroMQ by itself would never connect again after any of these. */
const comesUpAfter = test.macro({
  async exec(t, says: Buffer) {
    const all = await addresses(2);
    const [mail, events] = [all[1]?.peer ?? '', all[1]?.events ?? ''];
    const impostors = await Promise.all([
      impostor(t, mail, (socket) => socket.write(says)),
      impostor(t, events, (socket) => socket.write(says)),
    ]);
    const one = await open(t, all);
    await Promise.all(impostors.map(({ met }) => met));
    await Promise.all(impostors.map(({ leave }) => leave()));
    const two = await open(t, all, 2);
    await linked(one);
    await hearsOnce(t, one, two);
  },
  title: (name) => `a link comes up although ${name} answered first`,
});

/** There is one connection, not two: mail keeps its order, and beats come once. */
async function hearsOnce(
  t: { deepEqual(actual: unknown, expected: unknown): unknown },
  one: Network,
  two: Network,
): Promise<void> {
  const numbers = Array.from({ length: 50 }, (_, i) => `${i}`);
  for (const number of numbers) one.toPeer(2, [Buffer.from(number)]);
  const mail = await reader(two.fromPeers).take(numbers.length);
  t.deepEqual(mail.flatMap(text), numbers);

  const beats = reader(one.beats);
  const first = beats.next();
  // a subscription is on its way for a while, and nobody tells when it has arrived
  const timer = setInterval(() => two.publish('raft.heartbeat', Buffer.from('early')), 5);
  await first;
  clearInterval(timer);
  two.publish('raft.heartbeat', Buffer.from('once'));
  two.publish('raft.heartbeat', Buffer.from('last'));
  const heard: (string | undefined)[] = [];
  while (heard.at(-1) !== 'last') heard.push(text(await beats.next())[1]);
  t.deepEqual(
    heard.filter((beat) => beat !== 'early'),
    ['once', 'last'],
  );
}

test('something that does not speak ZMTP', comesUpAfter, Buffer.alloc(100, 0xff));
test('a broken ZMTP', comesUpAfter, Buffer.concat([GREETING, Buffer.from('\x04\x0bnonsense...')]));
test('the wrong kind of socket', comesUpAfter, Buffer.concat([GREETING, ready('PAIR')]));
test('a web server', comesUpAfter, Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'.padEnd(100)));

test('a link comes up although what answers there neither speaks nor hangs up', async (t) => {
  const all = await addresses(2);
  const one = await open(t, all);
  const { met, close } = await impostor(t, all[1]?.peer ?? '', (socket) =>
    socket.write('HTTP/1.1 200 OK\r\n\r\n'),
  );
  await met;
  close();
  await open(t, all, 2);
  await linked(one);
  t.true(one.toPeer(2, [Buffer.from('to the node')]));
});

test('a link comes back after garbage on a connection that was up', async (t) => {
  const all = await addresses(2);
  const one = await open(t, all);
  const links = reader(one.links);
  const { sockets, leave } = await impostor(t, all[1]?.peer ?? '', (socket) =>
    socket.write(Buffer.concat([GREETING, ready('ROUTER')])),
  );
  t.deepEqual(await links.next(), up(2));
  for (const socket of sockets) socket.write(Buffer.alloc(30, 0x77));
  t.deepEqual(await links.next(), down(2));
  await leave();
  const two = await open(t, all, 2);
  t.deepEqual(await links.next(), up(2));
  await hearsOnce(t, one, two);
});

test('garbage on every port disturbs nobody', async (t) => {
  const all = await addresses(2);
  const [one, two] = (await openAll(t, all)) as [Network, Network];
  const { peer, client, events } = all[1] as (typeof all)[number];
  const garbage = [
    Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'),
    Buffer.alloc(4096, 0xff),
    Buffer.alloc(4096, 0x77),
    // a frame that claims 2^62 bytes
    Buffer.concat([Buffer.from([2, 0x40, 0, 0, 0, 0, 0, 0, 0]), Buffer.alloc(512)]),
    // a message that never ends
    Buffer.concat(Array.from({ length: 64 }, () => frame(Buffer.alloc(99), true))),
  ];
  const ports = { DEALER: peer, REQ: client, SUB: events };
  for (const [socketType, endpoint] of Object.entries(ports)) {
    for (const bytes of garbage) {
      await say(await dial(t, endpoint), bytes);
      await say(await shakeHands(t, endpoint, socketType), bytes);
    }
  }
  await hearsOnce(t, one, two);
});

/** Resolves when the other side has hung up, too. */
async function say(socket: Socket, bytes: Buffer): Promise<void> {
  socket.resume();
  const gone = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.end(bytes);
  await gone;
}
