import { loadConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';

export type { Config, NodeAddress } from '../config/schema.ts';
export { type Entry, payloadOf } from '../lib/core/entry.ts';
export { ConfigError, StorageError, TransportError } from '../lib/kit/errors.ts';
export { type Logger, SILENT } from '../lib/kit/logger.ts';
export type { Applied, Change, StateMachine } from '../lib/store/state-machine.ts';
export {
  decodeRequest,
  type Refusal,
  type Reply,
  type Request,
  refuse,
} from '../lib/wire/client.ts';
export { Raw } from '../lib/wire/raw.ts';
export { readString, readUint } from '../lib/wire/scan.ts';
export { unpack } from '../lib/wire/unpack.ts';
export { type OpenMachine, type RunningNode, runNode } from './run-node.ts';

/**
 * The configuration of a program that runs nodes itself (`raftmq/node`): its own settings, by path,
 * and the defaults for all others. Neither the command line nor the environment is looked at.
 *
 *     const config = configured({ cluster: 'mine', data: 'data', nodes, 'raft.heartbeat': 100 });
 *     const node = await runNode(config, 1, SILENT);
 *
 * @throws {ConfigError} with all that is wrong.
 */
export function configured(settings: Readonly<Record<string, unknown>>): Config {
  const flags = Object.entries(settings).map(([path, value]) => {
    return [path, typeof value === 'string' ? value : JSON.stringify(value)] as const;
  });
  return loadConfig({ flags: Object.fromEntries(flags), environment: {}, file: null });
}
