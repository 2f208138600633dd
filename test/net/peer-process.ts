/**
 * A node of its own process, to be killed or stopped: its number, whether it reads its mail, and the
 * addresses of all nodes as JSON are its arguments. Tells its parent what arrives.
 */
import { SILENT } from '../../lib/kit/logger.ts';
import { type Addresses, openNetwork } from '../../lib/net/open-network.ts';
import { LIMITS } from './nodes.ts';

const [id, reads, given = '[]'] = process.argv.slice(2);
const all: readonly Addresses[] = JSON.parse(given);
const self = all.find((node) => node.id === Number(id)) as Addresses;
const peers = all.filter((node) => node !== self);
const network = await openNetwork({ self, peers, limits: LIMITS, logger: SILENT });
process.on('disconnect', () => process.exit());
process.send?.('open');
if (reads === 'reads') {
  for await (const frames of network.fromPeers) process.send?.(String(frames[0]));
}
