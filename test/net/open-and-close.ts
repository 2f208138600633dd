/** Opens two nodes that talk, closes them, and leaves nothing that keeps the process alive. */
import { SILENT } from '../../lib/kit/logger.ts';
import { type Addresses, openNetwork } from '../../lib/net/open-network.ts';
import { LIMITS } from './nodes.ts';

const all: readonly Addresses[] = JSON.parse(process.argv[2] ?? '[]');
const networks = await Promise.all(
  all.map((self) => {
    const peers = all.filter((node) => node !== self);
    return openNetwork({ self, peers, limits: LIMITS, logger: SILENT });
  }),
);
process.disconnect();
const [one, two] = networks;
if (!one || !two) throw new Error('give two nodes');
for await (const { up } of one.links) if (up) break;
one.toPeer(2, [Buffer.alloc(1000)]);
for await (const frames of two.fromPeers) if (frames.length === 1) break;
await Promise.all(networks.map((network) => network.close()));
