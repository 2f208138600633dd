import type { Config } from '../../config/schema.ts';
import { becomeMember, findPlace } from '../../streams/join.ts';
import { NO_PLACE, type Place } from '../../streams/place.ts';
import { type RunningNode, runNode } from '../../streams/run-node.ts';
import type { Places } from '../../streams/world.ts';
import { connect } from '../client/client.ts';
import type { Logger } from '../kit/logger.ts';

/** What a command line says of the node to start. */
export type NodeToStart = {
  readonly config: Config;
  readonly id: number;
  readonly logger: Logger;
  /** Where it listens, if that was said. */
  readonly listens: Places | null;
  /** Client endpoints of members of the cluster that it is to be added to, or null. */
  readonly members: readonly string[] | null;
};

/**
 * Starts a node; with `members`, as a new member of the cluster that those are of.
 *
 * @param stopped settles when somebody wants it to stop, even while it looks for the cluster.
 */
export async function startNode(
  { config, id, logger, listens, members }: NodeToStart,
  stopped: Promise<unknown>,
): Promise<RunningNode | null> {
  if (members === null) {
    return await runNode(config, id, logger, undefined, { ...NO_PLACE, listens });
  }
  const client = connect({ endpoints: members });
  const joining = { config, id, client, endpoints: members, listens, logger };
  try {
    const place = await Promise.race([findPlace(joining), stopped.then(() => null)]);
    if (place === null) {
      await client.close();
      return null;
    }
    return await join(joining, place);
  } catch (reason) {
    await client.close();
    throw reason;
  }
}

/** A node that asks to be added unless it is a member, and ends with the reason if the cluster never will. */
async function join(joining: Parameters<typeof findPlace>[0], place: Place): Promise<RunningNode> {
  const { config, id, logger, client } = joining;
  const node = await runNode(config, id, logger, undefined, place);
  if (!place.isJoining) {
    await client.close();
    return node;
  }
  const failed = becomeMember(joining, node)
    .finally(() => client.close())
    .then(() => node.ended);
  // whichever comes first: the end of the node, or that it cannot become a member
  return { ...node, ended: Promise.race([node.ended, failed]) };
}
