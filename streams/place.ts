import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Subject } from 'rxjs';
import type { Config } from '../config/schema.ts';
import type { Index, Member, NodeId } from '../lib/core/types.ts';
import { ConfigError, IdentityError } from '../lib/kit/errors.ts';
import type { Logger } from '../lib/kit/logger.ts';
import type { DataDirectory } from '../lib/store/directory/data-directory.ts';
import { NAME } from '../lib/store/directory/identity.ts';
import type { Places } from './world.ts';

/** A node's place among the others. */
export type Place = {
  /** Where it listens; null if the configuration, or its own data, says so. */
  readonly listens: Places | null;
  /** It is added to a cluster that is there, rather than one of those that begin a new one. */
  readonly isJoining: boolean;
  /** What is in its data directory is known to the cluster that it joins. */
  readonly isKnown: boolean;
  /** It knows that the cluster has removed it, and asks to be added nevertheless. */
  readonly wasRemoved: boolean;
};

export const NO_PLACE: Place = {
  listens: null,
  isJoining: false,
  isKnown: false,
  wasRemoved: false,
};

/**
 * The members that the cluster of the node began with. A node that joins a cluster has the history
 * of that one to come, so it must not have another already; what was begun and has nothing in it
 * does not count.
 *
 * @throws {IdentityError} if it has.
 */
export async function foundersFor(
  { listens, isJoining, isKnown }: Place,
  directory: DataDirectory,
  last: Index,
): Promise<readonly Member[]> {
  if (!isJoining || isKnown || directory.members.length === 0 || !listens) return directory.members;
  if (last > 0) {
    throw new IdentityError(
      `${directory.path} holds a node that has begun a cluster of its own, with a history that this one does not share: start it with an empty data directory, or under another id`,
    );
  }
  await directory.beginAsAdded(listens);
  return [];
}

/** True if a node has begun to be kept at `path`: what it is then stands there. */
export function hasIdentity(path: string): boolean {
  return existsSync(join(path, NAME));
}

export function memberIn(members: readonly Member[], id: NodeId): Member | null {
  return members.find((member) => member.id === id) ?? null;
}

/**
 * Whether a node has to ask to be added. One that is a member by its own log does not, whatever it is
 * started with: if it was removed meanwhile, that is not to be undone by a restart.
 */
export function hasToAsk(
  { isJoining, wasRemoved }: Place,
  members: readonly Member[],
  id: NodeId,
): boolean {
  return isJoining && (wasRemoved || memberIn(members, id) === null);
}

export function unknownNode({ nodes }: Pick<Config, 'nodes'>, id: NodeId): ConfigError {
  const ids = nodes.map((node) => node.id).join(', ');
  return new ConfigError([
    `nodes: there is no node ${id}; the configuration names ${ids}. To add one to a running cluster: --join tcp://HOST:PORT (the client endpoint of a member), and where it listens: --peer, --client, --events`,
  ]);
}

/** The members of the log count, whatever a configuration file names. */
export function tellDifference(
  configured: readonly { readonly id: NodeId }[],
  members: readonly { readonly id: NodeId }[],
  logger: Logger,
): void {
  const [named, taken] = [configured, members].map((all) => all.map(({ id }) => id).sort(byNumber));
  if (members.length === 0 || `${named}` === `${taken}`) return;
  logger.info('members.differ', { configured: named, members: taken });
}

function byNumber(a: number, b: number): number {
  return a - b;
}

/**
 * The cluster has removed this node: it remembers that, and leaves. If it cannot be written down
 * it will be told again at its next start.
 */
export async function leaveForGood(
  directory: DataDirectory,
  index: Index,
  logger: Logger,
  leaving$: Subject<void>,
): Promise<void> {
  try {
    await directory.setRemoved(index);
  } catch (reason) {
    logger.error('log.note', { note: reason instanceof Error ? reason.message : String(reason) });
  }
  logger.warn('removed', { index });
  leaving$.next();
}
