import { join } from 'node:path';
import type { Config } from '../../config/schema.ts';
import { machineLimitsOf } from '../../streams/limits.ts';
import { ConfigError } from '../kit/errors.ts';
import { examineSurvivor, recoverAlone, type Survivor } from '../store/backup/recover-alone.ts';
import { refuseSameName, refuseUnlessEmpty } from '../store/backup/restore.ts';
import { foundersOf } from '../store/directory/identity.ts';
import { configOf, readArguments } from './arguments.ts';
import { nodesAt } from './node-paths.ts';
import { OPTIONS } from './options.ts';

/**
 * `raftmq recover`: when a majority is lost for good, makes a new cluster of one of what a node still
 * has. Without --yes it only says what it would do.
 *
 * @throws {ConfigError} on bad usage.
 * @throws {StorageError} if the node runs, its files are damaged, or there is something in the way.
 */
export async function run(argv: readonly string[]): Promise<number> {
  const given = readArguments(argv, OPTIONS.recover, true);
  const config = configOf(given);
  const problems: string[] = [];
  const [path = '', ...more] = given.words;
  if (path === '') problems.push('which node has survived? Name its directory, such as data/1');
  if (more.length > 0) problems.push(`${JSON.stringify(more[0])}: one directory at a time`);
  const found = path === '' || more.length > 0 ? [] : nodesAt(path, problems);
  if (found.length > 1) {
    problems.push(`${path} is of several nodes: name the one whose log is longest (raftmq log)`);
  }
  const [root] = found;
  if (problems.length > 0 || root === undefined) throw new ConfigError(problems);

  const survivor = await examineSurvivor(root);
  const self = config.nodes.filter(({ id }) => id === survivor.node);
  if (self.length === 0) {
    const says = `the configuration does not name node ${survivor.node}: it must say where that listens`;
    throw new ConfigError([says]);
  }
  const target = join(config.data, `${survivor.node}`);
  refuseSameName(root, survivor, config.cluster);
  refuseUnlessEmpty(target);
  process.stdout.write(`${plan(survivor, config, target)}\n`);
  if (given.options['yes'] === undefined) {
    process.stdout.write('Nothing was done. Say --yes to do it.\n');
    return 0;
  }
  const founded = { cluster: config.cluster, members: foundersOf(self) };
  const limits = machineLimitsOf(config);
  const { snapshot } = await recoverAlone(survivor, config.data, founded, limits);
  process.stdout.write(
    `Done: ${target} begins with entry ${snapshot.index}, rev ${snapshot.rev}.\n`,
  );
  return 0;
}

function plan(
  { root, cluster, node, snapshot, last }: Survivor,
  config: Config,
  target: string,
): string {
  const from =
    snapshot === null
      ? 'its whole log'
      : `its snapshot of entry ${snapshot.snapshot.index} and its log`;
  return [
    `Node ${node} of cluster ${JSON.stringify(cluster)} in ${root}: ${from}, up to entry ${last.index} of term ${last.term}.`,
    `A new cluster ${JSON.stringify(config.cluster)} of node ${node} alone would begin with that, in ${target}; ${root} stays as it is.`,
    'May be lost: whatever the old cluster acknowledged and this node never stored. Compare the nodes that are left with raftmq log, and recover the one with the highest last term, then the highest last entry.',
    'May appear: entries at the end of its log that were never acknowledged to anyone.',
    `Nodes of ${JSON.stringify(cluster)} are refused by the new cluster: retire all of them, and add new ones with --join.`,
  ].join('\n');
}
