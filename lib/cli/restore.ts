import { join } from 'node:path';
import { ConfigError } from '../kit/errors.ts';
import { refuseUnlessEmpty, restoreNode } from '../store/backup/restore.ts';
import { foundersOf } from '../store/directory/identity.ts';
import { configOf, readArguments } from './arguments.ts';
import { OPTIONS } from './options.ts';

/**
 * `raftmq restore`: makes the data directories of a new cluster that begins with a backup.
 *
 * @throws {ConfigError} on bad usage.
 * @throws {StorageError} if the file is no whole backup, or there is something in the way.
 */
export async function run(argv: readonly string[]): Promise<number> {
  const given = readArguments(argv, OPTIONS.restore);
  const config = configOf(given);
  const { in: file, id, json } = given.options;
  const problems: string[] = [];
  const ids = config.nodes.map((node) => node.id);
  if (file === undefined) problems.push('--in is missing: which backup is to be restored?');
  if (id !== undefined && !ids.includes(Number(id))) {
    problems.push(`--id ${id}: there is no such node; the configuration names ${ids.join(', ')}`);
  }
  if (problems.length > 0 || file === undefined) throw new ConfigError(problems);

  const { cluster, data, nodes } = config;
  const wanted = id === undefined ? ids : [Number(id)];
  // before anything is made: all or none
  for (const node of wanted) refuseUnlessEmpty(join(data, `${node}`));
  for (const node of wanted) {
    const members = foundersOf(nodes);
    const { snapshot } = await restoreNode(file, data, node, { cluster, members });
    const { index, term, rev } = snapshot;
    const told = { directory: join(data, `${node}`), node, cluster, index, term, rev };
    const text = `${told.directory}: node ${node} of cluster ${JSON.stringify(cluster)}, which begins with entry ${index} of term ${term}, rev ${rev}`;
    process.stdout.write(`${json === undefined ? text : JSON.stringify(told)}\n`);
  }
  return 0;
}
