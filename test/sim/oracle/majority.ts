import type { Configuration, NodeId } from '../../../lib/core/types.ts';

/**
 * True if those that `agree` are more than half of each set that decides. The arithmetic of
 * lib/core/quorum.ts once more, in other words, so that a mistake in one of them shows.
 */
export function isEnough(
  { voters, outgoing }: Configuration,
  agree: (id: NodeId) => boolean,
): boolean {
  return [voters, outgoing].every(
    (members) =>
      members.length === 0 ||
      members.filter(agree).length > members.filter((id) => !agree(id)).length,
  );
}
