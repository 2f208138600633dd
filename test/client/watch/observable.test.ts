import test from 'ava';
import { defer, from, lastValueFrom, map, retry, take, toArray } from 'rxjs';
import { type Client, RaftmqError } from '../../../lib/client/client.ts';
import { realNodes } from './nodes.ts';

async function writeAll(client: Client, count: number): Promise<void> {
  for (let i = 1; i <= count; i += 1) await client.put('a', i);
}

test.serial('RxJS takes a watch as an Observable', async (t) => {
  const client = (await realNodes(t, 1)).client();
  await writeAll(client, 3);
  const values$ = from(client.watch({ key: 'a', since: 0 })).pipe(
    map((change) => (change.deleted ? null : change.value)),
    take(3),
    toArray(),
  );
  t.deepEqual(await lastValueFrom(values$), [1, 2, 3]);
});

test.serial('unsubscribing ends the watch at once, though nothing comes', async (t) => {
  const client = (await realNodes(t, 1)).client();
  const watch = client.watch({ prefix: 'silent' });
  const subscription = from(watch).subscribe();
  await watch.ready;
  subscription.unsubscribe();
  t.deepEqual(await watch.next(), { done: true, value: undefined });
});

test.serial(
  'an Observable that subscribes anew goes on where it was, with defer and retry',
  async (t) => {
    const client = (await realNodes(t, 1)).client();
    await writeAll(client, 6);
    const seen: unknown[] = [];
    let rev = 0;
    const changes$ = defer(() => from(client.watch({ since: rev }))).pipe(
      map((change) => {
        rev = change.rev;
        seen.push(rev);
        if (rev % 2 === 0) throw new Error('the consumer had a bad moment');
        return change;
      }),
      retry(2),
    );
    await t.throwsAsync(lastValueFrom(changes$), { message: /bad moment/ });
    t.deepEqual(seen, [1, 2, 3, 4, 5, 6]);
  },
);

test.serial('the end of the client completes it, and what ends a watch is its error', async (t) => {
  const cluster = await realNodes(t, 1, 20);
  const client = cluster.client();
  await Promise.all(Array.from({ length: 600 }, (_, i) => client.put('a', i)));
  await Promise.all(Array.from({ length: 600 }, (_, i) => client.put('a', i)));
  const error = await t.throwsAsync(lastValueFrom(from(client.watch({ since: 1 }))), {
    instanceOf: RaftmqError,
  });
  t.is(error?.code, 'COMPACTED');

  const done = lastValueFrom(from(client.watch()).pipe(toArray()));
  await client.close();
  t.deepEqual(await done, []);
});

test.serial('without RxJS a watch is subscribed to with a function, or an observer', async (t) => {
  const client = (await realNodes(t, 1)).client();
  await client.put('a', 1);
  const rev = await new Promise((resolve) => {
    client.watch({ since: 0 }).subscribe((change) => resolve(change.rev));
  });
  t.is(rev, 1);
  const completed = new Promise<void>((resolve) => {
    client.watch().subscribe({ complete: resolve });
  });
  await client.close();
  await completed;
  t.pass();
});
