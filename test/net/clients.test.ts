import test, { type ExecutionContext } from 'ava';
import { Dealer, Request } from 'zeromq';
import { type Logger, SILENT } from '../../lib/kit/logger.ts';
import type { ClientMessage } from '../../lib/net/network.ts';
import { addresses, eventually, open, reader, text, within } from './nodes.ts';
import { shakeHands } from './zmtp.ts';

async function node(t: ExecutionContext, logger?: Logger) {
  const all = await addresses(1);
  const network = await open(t, all, 1, logger);
  return { network, endpoint: all[0]?.client ?? '', asked: reader(network.fromClients) };
}

function dealer(t: ExecutionContext, endpoint: string): Dealer {
  const socket = new Dealer({ linger: 0 });
  t.teardown(() => socket.close());
  socket.connect(endpoint);
  return socket;
}

async function answer(socket: Dealer | Request): Promise<string[]> {
  return text(await within(socket.receive(), 'no reply'));
}

test('all frames of one message are one, and so are the replies to it', async (t) => {
  const { network, endpoint, asked } = await node(t);
  const client = dealer(t, endpoint);
  await client.send(['a', 'b', 'c']);
  const message = await asked.next();
  t.deepEqual(text(message.frames), ['a', 'b', 'c']);
  t.false(message.client.delimited);
  network.toClient(message.client, [Buffer.from('A'), Buffer.from('B')]);
  t.deepEqual(await answer(client), ['A', 'B']);
});

test('a REQ gets its delimiter back, and sees nothing of it', async (t) => {
  const { network, endpoint, asked } = await node(t);
  const client = new Request({ linger: 0 });
  t.teardown(() => client.close());
  client.connect(endpoint);
  for (const question of ['one', 'two']) {
    await client.send(question);
    const message = await asked.next();
    t.deepEqual(text(message.frames), [question]);
    t.true(message.client.delimited);
    network.toClient(message.client, [Buffer.from(`${question}!`)]);
    t.deepEqual(await answer(client), [`${question}!`]);
  }
});

test('messages without a request are ignored', async (t) => {
  const { network, endpoint, asked } = await node(t);
  const client = dealer(t, endpoint);
  await client.send('');
  await client.send(['', 'delimited']);
  await client.send(['first', '', 'third']);
  t.deepEqual(text((await asked.next()).frames), ['delimited']);
  const message = await asked.next();
  t.deepEqual(text(message.frames), ['first', '', 'third']);
  network.toClient(message.client, []);
  network.toClient(message.client, [Buffer.from('reply')]);
  t.deepEqual(await answer(client), ['reply'], 'an empty message is no reply');
});

test('requests may be kept: they change no more, and hold on to little more than they are', async (t) => {
  const { endpoint, asked } = await node(t);
  const client = dealer(t, endpoint);
  const sizes = [1, 128, 129, 1000, 4095, 4096, 8192, 8193, 100_000];
  const kept: ClientMessage[] = [];
  for (const size of sizes) {
    await client.send(Buffer.alloc(size, size % 251));
    kept.push(await asked.next());
  }
  // what comes later would fill the memory that earlier frames were received in
  for (let i = 0; i < 100; i++) await client.send(Buffer.alloc(5000, 0xff));
  await asked.take(100);
  for (const [i, size] of sizes.entries()) {
    const [frame] = kept[i]?.frames ?? [];
    t.deepEqual(frame, Buffer.alloc(size, size % 251));
  }
  const small = kept.flatMap(({ frames }) => frames).filter(({ length }) => length < 4096);
  for (const { length, buffer } of small) t.is(buffer.byteLength, length);

  await client.send([Buffer.alloc(200, 1), Buffer.alloc(300, 2), Buffer.alloc(50, 3)]);
  const { frames } = await asked.next();
  t.deepEqual(frames, [Buffer.alloc(200, 1), Buffer.alloc(300, 2), Buffer.alloc(50, 3)]);
  t.is(frames[0]?.buffer, frames[1]?.buffer, 'copied into memory of their own, in one piece');
  t.is(frames[0]?.buffer.byteLength, 500);
});

test('thousands of replies in one go never meet EBUSY, and arrive in order', async (t) => {
  const { network, endpoint, asked } = await node(t);
  const client = dealer(t, endpoint);
  client.receiveHighWaterMark = 0;
  await client.send('?');
  const { client: route } = await asked.next();
  for (let batch = 0; batch < 4; batch++) {
    for (let i = 0; i < 500; i++) network.toClient(route, [Buffer.from(`${batch * 500 + i}`)]);
    for (let i = 0; i < 500; i++) t.deepEqual(await answer(client), [`${batch * 500 + i}`]);
  }
});

/** Keeps what was logged. */
class Notes {
  readonly lines: string[] = [];
  readonly logger: Logger = {
    ...SILENT,
    debug: (event, fields) => this.lines.push(`debug ${event} ${fields?.['reason']}`),
    warn: (event, fields) => this.lines.push(`warn ${event} ${fields?.['reason']}`),
  };
}

test('a reply to a client that is gone is lost, which is told to whoever debugs', async (t) => {
  const notes = new Notes();
  const { network, endpoint, asked } = await node(t, notes.logger);
  const client = dealer(t, endpoint);
  await client.send('?');
  const { client: gone } = await asked.next();
  client.close();
  await eventually(() => {
    network.toClient(gone, [Buffer.from('too late')]);
    return notes.lines.length > 0;
  }, 'nothing was said');
  t.deepEqual(notes.lines, ['debug reply.undelivered gone']);
});

test('a client that does not read loses replies, which is told; others are served', async (t) => {
  const notes = new Notes();
  const { network, endpoint, asked } = await node(t, notes.logger);
  const stuck = await shakeHands(t, endpoint, 'DEALER');
  stuck.pause();
  stuck.write(Buffer.from([0, 1, 0x3f]));
  const { client: full } = await asked.next();
  const client = dealer(t, endpoint);
  await client.send('?');
  const { client: reading } = await asked.next();
  const large = Buffer.alloc(64 << 10);
  const ask = async (i: number): Promise<void> => {
    network.toClient(reading, [Buffer.from(`${i}`)]);
    t.deepEqual(await answer(client), [`${i}`]);
  };
  for (let i = 0; notes.lines.length === 0 && i < 5000; i++) {
    network.toClient(full, [large]);
    if (i % 100 === 0) await ask(i);
  }
  t.deepEqual(notes.lines, ['warn reply.undelivered full']);
  await ask(-1);
});

test('a client may not take the place of another by taking its routing id', async (t) => {
  const { network, endpoint, asked } = await node(t);
  const victim = dealerNamed(t, endpoint, 'victim');
  await victim.send('mine');
  const { client } = await asked.next();
  const thief = dealerNamed(t, endpoint, 'victim');
  await thief.send('give me that');
  network.toClient(client, [Buffer.from('for the victim')]);
  t.deepEqual(await answer(victim), ['for the victim']);
  await victim.send('still mine');
  t.deepEqual(text((await asked.next()).frames), ['still mine'], 'and it is not heard');
});

function dealerNamed(t: ExecutionContext, endpoint: string, routingId: string): Dealer {
  const socket = new Dealer({ linger: 0, routingId });
  t.teardown(() => socket.close());
  socket.connect(endpoint);
  return socket;
}

test('a request beyond the limit ends its connection; the client may come again', async (t) => {
  const { network, endpoint, asked } = await node(t);
  const client = dealer(t, endpoint);
  await client.send('first');
  await asked.next();
  const disconnected = new Promise((resolve) => client.events.on('disconnect', resolve));
  await client.send(Buffer.alloc((1 << 20) + 1));
  await within(disconnected, 'the connection is still there');
  await client.send('again');
  const message = await asked.next();
  t.deepEqual(text(message.frames), ['again']);
  network.toClient(message.client, [Buffer.from('welcome')]);
  t.deepEqual(await answer(client), ['welcome']);
});

test('whoever does not ask for requests makes the clients wait, and loses none', async (t) => {
  const { network, endpoint, asked } = await node(t);
  const client = dealer(t, endpoint);
  client.sendHighWaterMark = 10;
  await client.send('0');
  const { client: route } = await asked.next();
  const request = Buffer.alloc(32 << 10);
  let sent = 0;
  const send = async (): Promise<void> => {
    for (; sent < 2000; sent++) await client.send([`${sent + 1}`, request]);
  };
  const sending = send();
  let before = -1;
  await eventually(() => {
    const still = sent === before && sent > 0;
    before = sent;
    return still;
  }, 'the client was never slowed down');
  t.true(sent < 2000, 'it waits');
  const got = await asked.take(2000);
  await sending;
  t.deepEqual(
    got.map(({ frames }) => String(frames[0])),
    Array.from({ length: 2000 }, (_, i) => `${i + 1}`),
  );
  network.toClient(route, [Buffer.from('done')]);
  t.deepEqual(await answer(client), ['done']);
});

test('what a node says last arrives', async (t) => {
  const { network, endpoint, asked } = await node(t);
  const client = dealer(t, endpoint);
  await client.send('?');
  const { client: route } = await asked.next();
  // more than the kernel takes at once
  network.toClient(route, [Buffer.alloc(16 << 20), Buffer.from('bye')]);
  await network.close();
  t.is((await answer(client))[1], 'bye');
});
