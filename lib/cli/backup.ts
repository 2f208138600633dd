import { connect } from '../client/client.ts';
import { ConfigError } from '../kit/errors.ts';
import { backUp, identityOf, refuseIfThere } from '../store/backup/backup.ts';
import { lockHolder } from '../store/directory/lock.ts';
import { type Arguments, configOf, readArguments } from './arguments.ts';
import { nodesAt } from './node-paths.ts';
import { OPTIONS } from './options.ts';

/**
 * `raftmq backup`: writes the state of a node to one file, while it runs or not. A node that runs is
 * asked for a snapshot first, so that the file is as new as can be.
 *
 * @throws {ConfigError} on bad usage.
 * @throws {StorageError} if there is no snapshot, or the file cannot be written.
 */
export async function run(argv: readonly string[]): Promise<number> {
  const given = readArguments(argv, OPTIONS.backup, true);
  const problems: string[] = [];
  const { out, json } = given.options;
  if (out === undefined) problems.push('--out is missing: which file is to be written?');
  const [path = '', ...more] = given.words;
  if (path === '') problems.push('of which node? Name its directory, such as data/1');
  if (more.length > 0) problems.push(`${JSON.stringify(more[0])}: one directory at a time`);
  const found = path === '' || more.length > 0 ? [] : nodesAt(path, problems);
  if (found.length > 1) problems.push(`${path} is of several nodes: name one, such as ${found[0]}`);
  const [root] = found;
  if (problems.length > 0 || root === undefined || out === undefined)
    throw new ConfigError(problems);

  refuseIfThere(out);
  const asIs = given.options['as-is'] !== undefined;
  if (!asIs && lockHolder(root) !== null) await askForSnapshot(root, given);
  const { cluster, snapshot } = await backUp(root, out);
  const { index, term, rev, bytes } = snapshot;
  const told = { file: out, cluster, index, term, rev, bytes };
  const text = `${out}: cluster ${JSON.stringify(cluster)} as of entry ${index} of term ${term}, rev ${rev}, ${bytes} bytes, all checked`;
  process.stdout.write(`${json === undefined ? text : JSON.stringify(told)}\n`);
  return 0;
}

/** @throws {ConfigError} if the configuration does not say where the node is reached. */
async function askForSnapshot(root: string, given: Arguments): Promise<void> {
  const { node, cluster } = await identityOf(root);
  const self = configOf(given).nodes.find(({ id }) => id === node);
  const asIs = 'or say --as-is to take its newest snapshot as it is';
  if (self === undefined) {
    throw new ConfigError([
      `node ${node} of cluster ${JSON.stringify(cluster)} runs, and the configuration does not name it: give its configuration with --config, so that it can be asked for a snapshot, ${asIs}`,
    ]);
  }
  await using client = connect({ endpoints: [self.client], follow: false });
  await client.snapshot({ timeoutMs: SNAPSHOT_MS });
}

/** A large database takes its time. */
const SNAPSHOT_MS = 600_000;
