import test from 'ava';
import { failure } from './start.ts';
import { realNodes } from './watch/nodes.ts';

const TTL_MS = 300;

test('the keys of a lease go when nobody keeps it, not before its ttl, as ordinary changes', async (t) => {
  const cluster = await realNodes(t, 3);
  const client = cluster.client();
  const watch = client.watch({ prefix: 'here/', since: 0 });
  const { lease, ttl } = await client.grantLease(TTL_MS);
  t.is(ttl, TTL_MS);
  await client.put('here/a', 1, { lease });
  await client.put('here/b', 2);
  const keptFromMs = performance.now();
  await client.keepLease(lease);

  const [a, b, gone] = [await watch.next(), await watch.next(), await watch.next()];

  t.true(performance.now() - keptFromMs >= TTL_MS);
  t.like(a.value, { key: 'here/a', value: 1 });
  t.like(b.value, { key: 'here/b', value: 2 });
  t.like(gone.value, { key: 'here/a', deleted: true, rev: 3 });
  t.like(await failure(t, client.keepLease(lease)), { code: 'LEASE_EXPIRED', outcome: 'rejected' });
  const orphan = client.put('here/a', 1, { lease });
  t.like(await failure(t, orphan), { code: 'LEASE_EXPIRED', outcome: 'rejected' });
});

test('a lease that is revoked takes its keys with it', async (t) => {
  const client = (await realNodes(t, 1)).client();
  const { lease } = await client.grantLease(60_000);
  await client.put('a', 1, { lease });
  t.like(await client.revokeLease(lease), { lease, rev: 2 });
  t.like(await client.get('a'), { found: false });
});

test('a session outlives the leader, and a write that is sent to the next one is done once', async (t) => {
  const cluster = await realNodes(t, 3);
  const client = cluster.client({ session: false });
  const { session } = await client.request('session.open');
  const asked = { key: 'n', expect: { absent: true }, value: 1, session, seq: 1 };
  const first = await client.request('cas', asked);
  const { leader } = await client.status();
  await cluster.stop(leader ?? 0);

  t.deepEqual(await client.request('cas', asked), first);
  t.like(await client.get('n'), { value: 1, version: 1 });
});
