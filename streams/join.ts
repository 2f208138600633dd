import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Config } from '../config/schema.ts';
import { type Client, type Members, RaftmqError } from '../lib/client/client.ts';
import { isVoter } from '../lib/core/quorum.ts';
import type { NodeId } from '../lib/core/types.ts';
import { ConfigError, IdentityError } from '../lib/kit/errors.ts';
import type { Logger } from '../lib/kit/logger.ts';
import { rateLimited } from '../lib/kit/rate-limit.ts';
import { peekIdentity } from '../lib/store/directory/data-directory.ts';
import type { Identity } from '../lib/store/directory/identity.ts';
import { NO_PLACE, type Place, unknownNode } from './place.ts';
import type { RunningNode } from './run-node.ts';
import type { Places } from './world.ts';

/** How long to wait before a cluster is asked again that could not be reached, or did not agree. */
const AGAIN_MS = 500;
/** How often it is told that nothing has come of it yet, or how far behind the node is. */
const TELL_MS = 5_000;
const ASK_MS = 3_000;
/** A node that its cluster began with starts without it after so long. */
const PATIENCE_MS = 5_000;

/** A node that is to be added to a cluster that is there. */
export type Joining = {
  readonly config: Config;
  readonly id: NodeId;
  /** A client of members of the cluster. Whoever made it closes it. */
  readonly client: Client;
  /** Where the client connects, for messages. */
  readonly endpoints: readonly string[];
  /** Where the node listens, if that was said; else the configuration or the cluster says so. */
  readonly listens: Places | null;
  readonly logger: Logger;
};

/**
 * Looks for the place of the node in the cluster, for as long as it takes to reach one of its
 * members. Changes nothing, here or there. A node that has been added before needs nobody to start:
 * if all nodes of a cluster start at once, none of them may wait for the others.
 *
 * @throws {ConfigError} if it is another cluster, or nothing says where the node listens.
 * @throws {IdentityError} if the cluster has a member of that id whose data is not what is here.
 */
export async function findPlace(joining: Joining): Promise<Place> {
  const { config, id, endpoints } = joining;
  const stored = await peekIdentity(join(config.data, `${id}`));
  const isHere = stored !== null && stored.removed === null;
  const listens = joining.listens ?? config.nodes.find((one) => one.id === id) ?? null;
  if (isHere && stored.members.length === 0) {
    return { listens, isJoining: true, isKnown: true, wasRemoved: false };
  }
  const found = await look(joining, isHere ? PATIENCE_MS : Number.POSITIVE_INFINITY);
  if (found === null) return { ...NO_PLACE, listens };
  const { cluster, members } = found;
  if (cluster !== config.cluster) {
    throw new ConfigError([
      `--join: the cluster at ${endpoints.join(', ')} is called ${JSON.stringify(cluster)}, and this node is configured for ${JSON.stringify(config.cluster)}: give it --cluster ${cluster}, or join another`,
    ]);
  }
  const member = members.find((one) => one.id === id);
  checkSame(joining, stored, member);
  const places = listens ?? member ?? stored?.listens;
  if (!places) throw unknownNode(config, id);
  const { peer, client, events } = places;
  const wasRemoved = (stored?.removed ?? null) !== null;
  const isKnown = member !== undefined || wasRemoved;
  return { listens: { peer, client, events }, isJoining: true, isKnown, wasRemoved };
}

type Known = { readonly cluster: string; readonly members: Members['members'] };

/** @returns null if nobody could be reached in that time. */
async function look(
  { client, endpoints, logger }: Joining,
  patienceMs: number,
): Promise<Known | null> {
  const untilMs = performance.now() + patienceMs;
  const waiting = rateLimited(logger, { intervalMs: TELL_MS, by: [] });
  for (;;) {
    try {
      const { cluster } = await client.status({ timeoutMs: ASK_MS });
      const { members } = await client.members({ timeoutMs: ASK_MS });
      if (members.length > 0) return { cluster, members };
      waiting.warn('join.waiting', { endpoints, reason: 'it has no members' });
    } catch (reason) {
      if (!(reason instanceof RaftmqError) || reason.code === 'CLOSED') throw reason;
      waiting.warn('join.waiting', { endpoints, reason: reason.reply.message });
    }
    if (performance.now() > untilMs) return null;
    await pause(AGAIN_MS);
  }
}

/** What the cluster knows under this id must be what is here. */
function checkSame(
  { config, id }: Joining,
  stored: Identity | null,
  member: Members['members'][number] | undefined,
): void {
  const path = join(config.data, `${id}`);
  const pinned = member?.incarnation ?? null;
  if (pinned !== null && pinned !== stored?.incarnation) {
    throw new IdentityError(
      `node ${id} is a member of the cluster already, and its data is not in ${path}: if it runs elsewhere, give this one another id or stop it there; if that data is lost, remove ${id} first (raftmq client: remove ${id}), and start this again`,
    );
  }
}

/**
 * Asks the cluster to add the node that runs, until it has or the node ends, and tells how the node
 * gets on until it votes.
 *
 * @throws {IdentityError} if the cluster will never add it as it is.
 */
export async function becomeMember(joining: Joining, node: RunningNode): Promise<void> {
  const { id, logger } = joining;
  let isOver = false;
  const end = (): void => {
    isOver = true;
  };
  node.ended.then(end, end);
  const wasVoter = isVoterHere(node, id);
  if (node.isJoining) await askUntilAdded(joining, node, () => isOver);
  let wasAdded = false;
  const behind = rateLimited(logger, { intervalMs: TELL_MS, by: [] });
  while (!isOver && !isVoterHere(node, id)) {
    const view = node.view();
    const isLearner = view?.configuration.learners.includes(id) ?? false;
    if (isLearner && !wasAdded) logger.info('join.added');
    wasAdded ||= isLearner;
    const commit = await commitOf(joining);
    if (view && commit !== null && view.last < commit) {
      behind.info('join.behind', { last: view.last, commit });
    }
    await pause(AGAIN_MS);
  }
  if (!isOver && !wasVoter) logger.info('join.promoted');
}

function isVoterHere(node: RunningNode, id: NodeId): boolean {
  const view = node.view();
  return view !== null && isVoter(view.configuration, id);
}

async function askUntilAdded(
  joining: Joining,
  node: RunningNode,
  isOver: () => boolean,
): Promise<void> {
  const { client, id, logger } = joining;
  const refused = rateLimited(logger, { intervalMs: TELL_MS, by: ['reason'] });
  let hasAsked = false;
  while (!isOver()) {
    try {
      const { members } = await client.members({ timeoutMs: ASK_MS });
      if (members.some((member) => member.id === id)) return;
      if (!hasAsked) logger.info('join.asking', { id });
      hasAsked = true;
      await client.addMember({ id, ...node.listens, incarnation: node.incarnation });
      return;
    } catch (reason) {
      if (!(reason instanceof RaftmqError)) throw reason;
      const { code, reply } = reason;
      if (code === 'BAD_REQUEST') throw new IdentityError(`cannot be added: ${reply.message}`);
      refused.warn('join.refused', { reason: reply.message });
    }
    await pause(AGAIN_MS);
  }
}

/** How far the cluster is, or null if nobody says so now. */
async function commitOf({ client }: Joining): Promise<number | null> {
  try {
    return (await client.status({ timeoutMs: ASK_MS })).commit;
  } catch (reason) {
    if (!(reason instanceof RaftmqError)) throw reason;
    return null;
  }
}
