import type { Configuration } from '../../lib/core/types.ts';
import type { Cluster } from './cluster.ts';

/** The configurations that may come to decide in a cluster, whatever happens to it next. */
export function possibleConfigurations({ nodes, oracle, plan }: Cluster): readonly Configuration[] {
  const all = nodes.flatMap(({ server: { log, disk } }) => {
    return [log, disk.log].flatMap(({ configurations }) => {
      const from = configurations.findLastIndex(({ index }) => index <= oracle.committed);
      const past = from < 0 ? [plan.configuration] : [];
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
