import type { Configuration, Index } from '../../../lib/core/types.ts';
import type { Watched } from './oracle.ts';

/**
 * The configurations that may come to decide in a cluster, whatever happens to it next.
 *
 * @param founded the one that the cluster began with.
 * @param committed how far anybody has committed.
 */
export function possibleConfigurations(
  servers: Iterable<Pick<Watched, 'log' | 'disk'>>,
  founded: Configuration,
  committed: Index,
): readonly Configuration[] {
  const all = [...servers].flatMap(({ log, disk }) => {
    return [log, disk.log].flatMap(({ configurations }) => {
      const from = configurations.findLastIndex(({ index }) => index <= committed);
      const past = from < 0 ? [founded] : [];
      const later = configurations.slice(Math.max(0, from));
      return [...past, ...later.map(({ configuration }) => configuration)];
    });
  });
  // learners become voters by themselves
  return all.flatMap((one) => {
    const voters = [...new Set([...one.voters, ...one.promoting])];
    return one.promoting.length > 0 ? [one, { ...one, voters }] : [one];
  });
}
