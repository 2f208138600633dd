import { createServer, type IncomingHttpHeaders } from 'node:http2';
import type { AddressInfo } from 'node:net';
import test from 'ava';
import { openEtcd } from '../../bench/etcd-target.ts';

type Call = { readonly headers: IncomingHttpHeaders; readonly body: Buffer };

/** The HTTP/2 of Node.js, which knows nothing of ours, and answers as gRPC does. */
async function fakeEtcd(answer: (call: Call) => Buffer | null) {
  const calls: Call[] = [];
  const server = createServer();
  server.on('stream', (stream, headers) => {
    const parts: Buffer[] = [];
    stream.on('data', (part: Buffer) => parts.push(part));
    stream.on('end', () => {
      const call = { headers, body: Buffer.concat(parts) };
      calls.push(call);
      const response = answer(call);
      const status = { ':status': 200, 'content-type': 'application/grpc' };
      if (response === null) {
        stream.respond({ ...status, 'grpc-status': '14' }, { endStream: true });
        return;
      }
      stream.respond(status, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      const prefix = Buffer.alloc(5);
      prefix.writeUInt32BE(response.length, 1);
      stream.end(Buffer.concat([prefix, response]));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { server, calls, endpoint: `http://127.0.0.1:${port}` };
}

/** A header of four bytes, and what follows it. */
const response = (...more: number[]): Buffer => Buffer.from([0x0a, 2, 8, 1, ...more]);

const WORKLOAD = { operation: 'mixed', keys: 1, valueBytes: 200 } as const;

async function settled(count: number, answer: (call: Call) => Buffer | null, op: 'put' | 'get') {
  const { server, calls, endpoint } = await fakeEtcd(answer);
  const outcomes = new Map<number, string | null>();
  const all = deferred();
  const target = await openEtcd(endpoint, WORKLOAD, (id, failure) => {
    outcomes.set(id, failure);
    if (outcomes.size === count) all.resolve();
  });
  target.send(Array.from({ length: count }, (_, id) => ({ id, op, key: `key-${id}` })));
  await all.promise;
  target.close();
  server.close();
  return { calls, outcomes };
}

function deferred() {
  let resolve = (): void => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

test('puts are gRPC calls that any HTTP/2 server understands, also when there are many', async (t) => {
  // more than the window of 64 KiB of each of four connections
  const { calls, outcomes } = await settled(3_000, () => response(), 'put');
  t.is(outcomes.size, 3_000);
  t.deepEqual([...new Set(outcomes.values())], [null]);
  const keys = new Set(calls.map(({ body }) => body.toString('latin1', 7, 7 + (body[6] ?? 0))));
  t.is(keys.size, 3_000);
  for (const { headers, body } of calls) {
    if (headers[':path'] !== '/etcdserverpb.KV/Put') t.fail(String(headers[':path']));
    if (headers['content-type'] !== 'application/grpc' || headers['te'] !== 'trailers') t.fail();
    if (body.readUInt32BE(1) !== body.length - 5) t.fail('the length of the message is wrong');
  }
});

test('a get that finds nothing is a failure', async (t) => {
  const finds = await settled(5, () => response(0x12, 0), 'get');
  t.deepEqual([...new Set(finds.outcomes.values())], [null]);
  t.is(finds.calls[0]?.headers[':path'], '/etcdserverpb.KV/Range');
  const misses = await settled(5, () => response(), 'get');
  t.deepEqual([...new Set(misses.outcomes.values())], ['NOT_FOUND']);
});

test('a call that is answered by a status alone has failed', async (t) => {
  const { outcomes } = await settled(5, () => null, 'put');
  t.deepEqual([...new Set(outcomes.values())], ['FAILED']);
});
