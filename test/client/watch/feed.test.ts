import { setTimeout } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { Publisher } from 'zeromq';
import { Feed } from '../../../lib/client/watch/feed.ts';
import type { Hearing } from '../../../lib/client/watch/hearing.ts';
import { encodeEvent } from '../../../lib/wire/event.ts';
import { nobody } from '../fake-node.ts';

/** A node that only publishes: a mark of each topic every few ms, at the rev that it is told. */
class FakePublisher {
  readonly id: number;
  readonly endpoint: string;
  rev = 1;
  isSilent = false;
  readonly #socket: Publisher;
  readonly #timer: NodeJS.Timeout;

  constructor(id: number, socket: Publisher) {
    this.id = id;
    this.#socket = socket;
    this.endpoint = socket.lastEndpoint ?? '';
    this.#timer = setInterval(() => this.#publish(), 5);
  }

  #publish(): void {
    if (this.isSilent) return;
    const event = { node: this.id, at: 0, seq: 1, rev: this.rev, last: 0, every: 5 };
    for (const topic of ['mark.a', 'mark.ab', 'kv.a']) {
      void this.#socket.send([topic, encodeEvent(event)]);
    }
  }

  close(): void {
    clearInterval(this.#timer);
    this.#socket.close();
  }
}

/** Publishers with the ids 1 to `count`, and a feed that looks after itself every few ms. */
async function start(t: ExecutionContext, count: number, others: readonly object[] = []) {
  const nodes: FakePublisher[] = [];
  for (let id = 1; id <= count; id += 1) {
    const socket = new Publisher({ linger: 0 });
    await socket.bind('tcp://127.0.0.1:*');
    nodes.push(new FakePublisher(id, socket));
  }
  const heard: Hearing[] = [];
  let woken: () => void = () => {};
  const feed = new Feed({
    publishers: async () => [
      ...(others as { id: number; events: string }[]),
      ...nodes.map(({ id, endpoint }) => ({ id, events: endpoint })),
    ],
    heard: (hearing) => {
      heard.push(hearing);
      woken();
    },
  });
  const timer = setInterval(() => feed.look(performance.now()), 20);
  t.teardown(() => {
    clearInterval(timer);
    feed.close();
    for (const node of nodes) node.close();
  });
  /** The next thing that is heard. */
  const next = async (): Promise<Hearing> => {
    await new Promise<void>((resolve) => {
      woken = resolve;
    });
    return heard.at(-1) as Hearing;
  };
  /** Until it listens to somebody else. @returns whom. */
  const left = async (before: number | undefined): Promise<number | undefined> => {
    do await next();
    while (feed.publisher?.id === before);
    return feed.publisher?.id;
  };
  return { nodes, feed, heard, next, left };
}

test('only what is said about the prefix that is wanted is heard', async (t) => {
  const { feed, heard, next } = await start(t, 1);
  feed.want('a');
  for (let i = 0; i < 10; i += 1) await next();
  t.deepEqual([...new Set(heard.map(({ prefix }) => prefix))], ['a']);
  feed.want('ab');
  while (!heard.some(({ prefix }) => prefix === 'ab')) await next();
  t.pass();
});

test('a node that is gone is left for another', async (t) => {
  const { nodes, feed, next, left } = await start(t, 2);
  feed.want('a');
  await next();
  const first = feed.publisher?.id;
  nodes.find(({ id }) => id === first)?.close();
  t.not(await left(first), first);
});

test('a node whose connection stands, but that says nothing, is left for another', async (t) => {
  const { nodes, feed, next, left } = await start(t, 2);
  feed.want('a');
  await next();
  const first = feed.publisher?.id;
  const silent = nodes.find(({ id }) => id === first);
  if (silent) silent.isSilent = true;
  t.not(await left(first), first);
});

test('a node that does not get to where others are is left; one that is only late is not', async (t) => {
  const { nodes, feed, next, left } = await start(t, 2);
  feed.want('a');
  await next();
  const first = feed.publisher?.id;
  for (const node of nodes) if (node.id !== first) node.rev = 10;
  feed.told(10, performance.now());
  t.not(await left(first), first);
  const second = feed.publisher?.id;
  feed.told(10, performance.now() - 10_000);
  for (let i = 0; i < 20; i += 1) await next();
  t.is(feed.publisher?.id, second);
});

test('addresses where nobody can be reached are passed over', async (t) => {
  const others = [
    { id: 8, events: 'nonsense' },
    { id: 9, events: await nobody() },
  ];
  const { feed, next } = await start(t, 1, others);
  feed.want('a');
  await next();
  t.is(feed.publisher?.id, 1);
});

test('when nothing is wanted any more nobody is listened to', async (t) => {
  const { feed, heard, next } = await start(t, 1);
  feed.want('a');
  await next();
  feed.unwant('a');
  t.is(feed.publisher, null);
  heard.length = 0;
  await setTimeout(50); // that nothing comes cannot be awaited
  t.deepEqual(heard, []);
});
