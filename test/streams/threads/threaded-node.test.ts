import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { Subscriber } from 'zeromq';
import { freePorts } from '../../../bench/ports.ts';
import { loadConfig } from '../../../config/load.ts';
import type { Config } from '../../../config/schema.ts';
import { connect } from '../../../lib/client/client.ts';
import { ConfigError, TransportError } from '../../../lib/kit/errors.ts';
import { SILENT } from '../../../lib/kit/logger.ts';
import { decodeEvent } from '../../../lib/wire/event.ts';
import { runNode } from '../../../streams/run-node.ts';
import { temporaryDirectory } from '../../store/temporary.ts';
import { openMachine } from './counting-machine.ts';

const MACHINE = new URL('./counting-machine.js', import.meta.url);

async function threaded(t: ExecutionContext): Promise<Config> {
  const [peer, client, events] = (await freePorts(3)).map((free) => `tcp://127.0.0.1:${free}`);
  const flags = {
    data: temporaryDirectory(t),
    nodes: JSON.stringify([{ id: 1, peer, client, events }]),
    runtime: 'threaded',
    'wal.segmentBytes': `${1 << 21}`,
    'raft.heartbeat': '20',
    'raft.election': '60,120',
  };
  return loadConfig({ flags, environment: {}, file: null });
}

test('it serves clients and watchers, stops when told to, and finds its data again', async (t) => {
  const config = await threaded(t);
  const [{ client: endpoint, events }] = config.nodes as [Config['nodes'][0]];
  const client = connect({ endpoints: [endpoint] });
  t.teardown(() => client.close());
  const watcher = new Subscriber({ linger: 0 });
  t.teardown(() => watcher.close());
  watcher.connect(events);

  const node = await runNode(config, 1, SILENT);
  watcher.subscribe('kv.b');
  await client.put('a', 1);
  const heard = watcher.receive();
  let told: readonly Buffer[] | null = null;
  void heard.then((frames) => {
    told = frames;
  });
  // until the subscription has arrived nobody is told
  while (told === null) await client.put('b', 2);
  const [topic, body] = (await heard) as [Buffer, Buffer];
  const event = decodeEvent(topic, body);
  t.like(event, { topic: 'kv.b', event: { node: 1, key: 'b', value: 2 } });
  await node.stop();

  const again = await runNode(config, 1, SILENT);
  const { value } = (await client.get('a')) as { value: unknown };
  t.is(value, 1);
  const { applied, uptime } = await client.status();
  t.true(applied > 0);
  t.true(uptime >= 0 && uptime < 60_000, 'the thread counts from the start of the node');
  await again.stop();
});

test('a client port that is taken is told as by a node of one thread, and nothing stays open', async (t) => {
  const config = await threaded(t);
  const port = Number(new URL(config.nodes[0]?.client ?? '').port);
  const squatter = createServer().listen(port, '127.0.0.1');
  await once(squatter, 'listening');
  await t.throwsAsync(runNode(config, 1, SILENT), {
    instanceOf: TransportError,
    message: /cannot listen on tcp:\S+ \(client of node 1\): the port is in use/,
  });
  squatter.close();
  await once(squatter, 'close');
  const node = await runNode(config, 1, SILENT);
  await node.stop();
});

test('a state machine comes as a module; a function cannot go to another thread', async (t) => {
  const config = await threaded(t);
  await t.throwsAsync(runNode(config, 1, SILENT, openMachine), {
    instanceOf: ConfigError,
    message: /give the URL of a module that exports it as openMachine/,
  });
  const nothing = new URL('data:text/javascript,export const other = 1;');
  await t.throwsAsync(runNode(config, 1, SILENT, nothing), {
    instanceOf: ConfigError,
    message: /must export a function openMachine/,
  });
  const said: string[] = [];
  const logger = { ...SILENT, info: (event: string) => said.push(event) };
  for (const runtime of ['threaded', 'async'] as const) {
    const node = await runNode({ ...config, runtime }, 1, logger, MACHINE);
    const client = connect({ endpoints: config.nodes.map((address) => address.client) });
    await client.request('add', {});
    t.like(await client.request('sum', {}), { sum: runtime === 'threaded' ? 1 : 2 });
    await client.close();
    await node.stop();
  }
  t.is(said.filter((event) => event === 'machine.open').length, 2);
});

test('a process that exits at once while the thread has sockets open exits as it wants', async (t) => {
  const config = await threaded(t);
  const run = new URL('../../../streams/run-node.js', import.meta.url).href;
  const program = `
    const { runNode } = await import(${JSON.stringify(run)});
    const quiet = { debug() {}, info() {}, warn() {}, error() {} };
    await runNode(${JSON.stringify(config)}, 1, quiet);
    process.exit(7);`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  t.deepEqual(await once(child, 'close'), [7, null], stderr);
});
