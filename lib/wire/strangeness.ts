import type { NodeId } from '../core/types.ts';
import { isUint, NODE_MAX } from './fields.ts';
import { shown } from './shown.ts';

/**
 * Why mail with this head is not for us, or not from a peer; else null.
 *
 * @param mayBeNamesake a server of another cluster may have our id.
 */
export function strangeness(
  items: readonly unknown[],
  { cluster, node }: { readonly cluster: string; readonly node: NodeId },
  mayBeNamesake: boolean,
): string | null {
  const [, theirs, from, to, incarnation] = items;
  if (theirs !== cluster)
    return `mail of cluster ${shown(theirs)}, where this is ${shown(cluster)}`;
  if (!isUint(from) || from < 1 || from > NODE_MAX) return 'mail from nobody';
  if (from === node && !mayBeNamesake)
    return `mail from server ${node}, which is this one: two nodes have one id`;
  if (to !== node) return `mail from server ${from} to ${shown(to)}, where this is server ${node}`;
  return isUint(incarnation) ? null : `mail from server ${from} without an incarnation`;
}
