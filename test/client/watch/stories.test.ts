import test from 'ava';
import type { Change, Client, Watch, WatchItem } from '../../../lib/client/client.ts';
import { RaftmqError } from '../../../lib/client/client.ts';
import { realNodes } from './nodes.ts';

/** The next `count` items. */
async function take<T extends WatchItem>(watch: Watch<T>, count: number): Promise<T[]> {
  const items: T[] = [];
  while (items.length < count) {
    const { done, value } = await watch.next();
    if (done) break;
    items.push(value);
  }
  return items;
}

/** Writes `count` values under `prefix`, all at once. @returns the changes in the order of their revs. */
async function write(client: Client, prefix: string, count: number, from = 0): Promise<Change[]> {
  const keys = Array.from({ length: count }, (_, i) => `${prefix}${from + i}`);
  const written = await Promise.all(
    keys.map(async (key) => ({ key, value: key, rev: (await client.put(key, key)).rev })),
  );
  return written.sort((a, b) => a.rev - b.rev);
}

test.serial('changes come as they happen, with their revs, and a deletion is one', async (t) => {
  const client = (await realNodes(t, 3)).client();
  const watch = client.watch({ prefix: 'orders/' });
  await watch.ready;
  await client.put('orders/1', { apples: 3 });
  await client.put('other', 1);
  await client.delete('orders/1');

  t.deepEqual(await take(watch, 2), [
    { rev: 1, key: 'orders/1', value: { apples: 3 } },
    { rev: 3, key: 'orders/1', deleted: true },
  ]);
  t.is(watch.rev, 3);
});

test.serial('a watch of one key hears nothing of the keys that begin like it', async (t) => {
  const client = (await realNodes(t, 1)).client();
  const watch = client.watch({ key: 'a', since: 0 });
  await client.put('ab', 1);
  await client.put('a', 2);

  t.deepEqual(await take(watch, 1), [{ rev: 2, key: 'a', value: 2 }]);
});

test.serial(
  'several watches, of the same and of other keys, each have all of theirs',
  async (t) => {
    const client = (await realNodes(t, 3)).client();
    const options = [{ prefix: 'a' }, { prefix: 'a' }, { prefix: 'a1' }, {}];
    const watches = options.map((option) => client.watch({ ...option, since: 0 }));
    const changes = await write(client, 'a', 30);
    const [all, again, ones, everything] = await Promise.all(
      watches.map((watch, i) => take(watch, i === 2 ? 11 : 30)),
    );
    t.deepEqual(all, changes);
    t.deepEqual(again, changes);
    t.deepEqual(everything, changes);
    t.deepEqual(
      ones,
      changes.filter(({ key }) => key.startsWith('a1')),
    );
  },
);

test.serial('a restarted client goes on where the last one ended', async (t) => {
  const cluster = await realNodes(t, 3);
  const client = cluster.client();
  const first = cluster.client();
  const before = await write(client, 'a', 10);
  const watch = first.watch({ since: 0 });
  t.deepEqual(await take(watch, 10), before);
  const { rev } = watch;
  await first.close();
  t.deepEqual(await watch.next(), { done: true, value: undefined });

  const meanwhile = await write(client, 'a', 10);
  const later = cluster.client().watch({ since: rev ?? 0 });
  t.deepEqual(await take(later, 10), meanwhile);
});

test.serial('nodes stop and come back under load: every change once and in order', async (t) => {
  const cluster = await realNodes(t, 3);
  const client = cluster.client({ silenceMs: 200 });
  const watch = cluster.client({ silenceMs: 200 }).watch({ prefix: 'a' });
  await watch.ready;
  const acknowledged = new Map<number, string>();
  let count = 0;
  const load = async (until: () => boolean): Promise<void> => {
    while (!until()) {
      count += 1;
      const key = `${count % 3 === 0 ? 'a' : 'b'}${count}`;
      // what is unknown may be seen or not
      const done = await client.put(key, count).catch(() => null);
      if (done && key.startsWith('a')) acknowledged.set(done.rev, key);
    }
  };
  let isOver = false;
  const writers = Array.from({ length: 8 }, () => load(() => isOver));
  // each is the one that is watched at some time
  for (const id of [1, 2, 3, 1]) {
    await write(client, 'a', 20).catch(() => null);
    await cluster.stop(id);
    await write(client, 'a', 20).catch(() => null);
    await cluster.boot(id);
  }
  isOver = true;
  await Promise.all(writers);
  const { rev: end } = await client.put('a/end', 0);
  const seen: Change[] = [];
  for await (const change of watch) {
    seen.push(change);
    if (change.rev === end) break;
  }
  const { changes } = await client.changes(0, { prefix: 'a', limit: 10_000 });
  t.deepEqual(seen, changes);
  const keys = new Map(seen.map(({ rev, key }) => [rev, key]));
  t.deepEqual(
    [...acknowledged].filter(([rev, key]) => keys.get(rev) !== key),
    [],
  );
});

test.serial('a slow reader loses nothing, and little waits for it', async (t) => {
  const client = (await realNodes(t, 1)).client();
  const watch = client.watch({ since: 0, bufferBytes: 2000 });
  const changes = await write(client, 'a', 3000);
  await write(client, 'b', 1);
  t.deepEqual(await take(watch, 3000), changes);
});

test.serial(
  'a reader that was away for too long is told so, and from where it may go on',
  async (t) => {
    const cluster = await realNodes(t, 1, 50);
    const client = cluster.client();
    await write(client, 'a', 500);
    await write(client, 'a', 500);
    const watch = client.watch({ since: 3 });
    const error = await t.throwsAsync(watch.next(), { instanceOf: RaftmqError });
    t.is(error?.code, 'COMPACTED');
    t.deepEqual(await watch.next(), { done: true, value: undefined });

    const oldest = error?.reply.oldest ?? 0;
    const { changes } = await client.changes(oldest, { limit: 10_000 });
    t.deepEqual(await take(client.watch({ since: oldest }), changes.length), [...changes]);
  },
);

test.serial('or it reads the keys anew, by itself, and goes on from there', async (t) => {
  const cluster = await realNodes(t, 1, 50);
  const client = cluster.client();
  await write(client, 'a', 500);
  await write(client, 'b', 5);
  await write(client, 'a', 500);
  await client.delete('b0');
  const watch = client.watch({ prefix: 'b', since: 3, onCompacted: 'reread' });

  const [begin, b1, b2, b3, b4, end] = await take(watch, 6);
  t.like(begin, { reread: 'begin', rev: 1006 });
  t.deepEqual(
    [b1, b2, b3, b4].map((item) => (item as Change).key),
    ['b1', 'b2', 'b3', 'b4'],
  );
  t.like(end, { reread: 'end', rev: 1006 });
  t.is(watch.rev, 1006);
  await client.put('b9', 'new');
  t.deepEqual(await take(watch, 1), [{ rev: 1007, key: 'b9', value: 'new' }]);
});

test.serial('a signal, leaving the loop and the end of the client all end a watch', async (t) => {
  const cluster = await realNodes(t, 1);
  const client = cluster.client();
  const controller = new AbortController();
  const aborted = client.watch({ signal: controller.signal });
  const waiting = aborted.next();
  await aborted.ready;
  controller.abort();
  t.deepEqual(await waiting, { done: true, value: undefined });

  const left = client.watch({ since: 0 });
  await client.put('a', 1);
  for await (const { key } of left) {
    t.is(key, 'a');
    break;
  }
  t.deepEqual(await left.next(), { done: true, value: undefined });

  const open = client.watch();
  await open.ready;
  await client.close();
  t.deepEqual(await open.next(), { done: true, value: undefined });
  await t.throwsAsync(client.watch().next(), { message: /closed/ });
});
