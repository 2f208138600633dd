import { type Call, Http2Connection } from './http2.ts';
import type { Settle, Target } from './target.ts';
import { type Ask, makeValue, type Workload } from './workload.ts';

const PUT = '/etcdserverpb.KV/Put';
const RANGE = '/etcdserverpb.KV/Range';

/** One connection holds back what exceeds its window of 64 KiB; more than these gained nothing. */
const CONNECTIONS = 4;

/**
 * gRPC calls to the leader, spread over some connections; those that a trip round the event loop
 * brings leave in one write each.
 *
 * @param endpoint of the leader, which spares etcd a hop: `http://HOST:PORT`.
 * @throws {Error} if nobody listens there.
 */
export async function openEtcd(
  endpoint: string,
  workload: Workload,
  settle: Settle,
): Promise<Target> {
  const { hostname, port } = new URL(endpoint);
  const ops = new Map<number, Ask['op']>();
  const onReply = (id: number, response: Buffer | null): void => {
    const op = ops.get(id);
    ops.delete(id);
    settle(id, failureOf(op, response));
  };
  const connections = await Promise.all(
    Array.from({ length: CONNECTIONS }, () =>
      Http2Connection.open(hostname, Number(port), onReply),
    ),
  );
  const value = bytesField(2, makeValue(workload));
  return {
    send: (asks) => {
      for (const { id, op } of asks) ops.set(id, op);
      const shares: Call[][] = connections.map(() => []);
      for (const { id, op, key } of asks) {
        const path = op === 'put' ? PUT : RANGE;
        const name = bytesField(1, key);
        const message = op === 'put' ? Buffer.concat([name, value]) : name;
        shares[id % connections.length]?.push({ id, path, message });
      }
      for (const [i, connection] of connections.entries()) connection.send(shares[i] ?? []);
    },
    close: () => {
      for (const connection of connections) connection.close();
    },
  };
}

/** A field of a protocol buffer that holds bytes. */
function bytesField(field: number, content: string): Buffer {
  const bytes = Buffer.from(content);
  const length: number[] = [];
  for (let rest = bytes.length; ; rest >>>= 7) {
    length.push(rest > 0x7f ? (rest & 0x7f) | 0x80 : rest);
    if (rest <= 0x7f) break;
  }
  return Buffer.concat([Buffer.from([(field << 3) | 2, ...length]), bytes]);
}

/** Every key that is read was written before: its response has more than the header in field 1. */
function failureOf(op: Ask['op'] | undefined, response: Buffer | null): string | null {
  if (response === null) return 'FAILED';
  const headerEnd = 2 + (response[1] ?? 0);
  return op === 'get' && response.length <= headerEnd ? 'NOT_FOUND' : null;
}
