import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import test from 'ava';
import { freePorts } from '../../bench/ports.ts';
import { loadConfig } from '../../config/load.ts';
import { TransportError } from '../../lib/kit/errors.ts';
import { SILENT } from '../../lib/kit/logger.ts';
import { runNode } from '../../streams/run-node.ts';
import { temporaryDirectory } from '../store/temporary.ts';

test('a node whose HTTP address is taken never begins its loop', async (t) => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  t.teardown(() => other.close());
  const { port } = other.address() as AddressInfo;
  const [peer, client, events] = (await freePorts(3)).map((free) => `tcp://127.0.0.1:${free}`);
  const node = { id: 1, peer, client, events, http: `http://127.0.0.1:${port}` };
  const settings = { data: temporaryDirectory(t), nodes: JSON.stringify([node]) };
  const config = loadConfig({ flags: settings, environment: {}, file: null });
  const said: string[] = [];
  const logger = { ...SILENT, info: (event: string) => said.push(event) };
  await t.throwsAsync(runNode(config, 1, logger), {
    instanceOf: TransportError,
    message: /cannot listen on http:.* in use/,
  });
  t.true(said.includes('node.start'));
  t.false(said.includes('role'), 'no turn was taken');
});
