import type { ExecutionContext } from 'ava';
import { type Client, type ClientOptions, connect, RaftmqError } from '../../lib/client/client.ts';
import { type FakeNode, fakeCluster } from './fake-node.ts';

export type Cluster = { nodes: FakeNode[]; client: Client };

/** A client, without a session unless it is asked for, that is only given the first `known` nodes. */
export async function start(
  t: ExecutionContext,
  count: number,
  options: Partial<ClientOptions> & { known?: number } = {},
): Promise<Cluster> {
  const nodes = await fakeCluster(count);
  const { known = count, ...others } = options;
  const endpoints = nodes.slice(0, known).map(({ endpoint }) => endpoint);
  const client = connect({ endpoints, session: false, ...others });
  t.teardown(async () => {
    await client.close();
    for (const node of nodes) node.close();
  });
  return { nodes, client };
}

/** Until the client knows from the statuses it asks for that `leader` leads. */
export async function settle({ nodes, client }: Cluster, leader = nodes[0]): Promise<void> {
  while (leader?.requests.length === 0) await client.get('settled');
  for (const node of nodes) node.requests.length = 0;
}

export function failure(
  t: ExecutionContext,
  request: Promise<unknown>,
): Promise<RaftmqError | undefined> {
  return t.throwsAsync(request, { instanceOf: RaftmqError });
}
