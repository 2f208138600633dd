import { isMember } from '../../core/configuration-code.ts';
import type { Index, Member, NodeId } from '../../core/types.ts';
import { StorageError } from '../../kit/errors.ts';
import { createLog } from '../log/create-log.ts';
import { isTemporary, type Owner, segmentId } from '../log/segment.ts';
import type { Disk } from '../ports.ts';

/**
 * `identity.json` says whose data directory this is, and from which members its cluster began. It is
 * written twice: first with `hasLog` false, before anything else; then with `hasLog` true, once an
 * empty log is durable. Nobody gets the directory before that, so as long as `hasLog` is false
 * nothing was ever stored there, and once it is true a directory without a log has lost one. Later
 * it is only written when the cluster removes the node, or takes it back.
 */
export type Identity = Owner & {
  readonly format: number;
  /** The configuration before the first entry of the log: its voters. None if the node was added. */
  readonly members: readonly Member[];
  /** Where a node that was added listens, until its log says so. */
  readonly listens: Places | null;
  /** The entry of the configuration by which the cluster has removed the node. */
  readonly removed: Index | null;
  readonly hasLog: boolean;
};

export type Places = Pick<Member, 'peer' | 'client' | 'events'>;

/** Who wants a directory. What a directory is told when it is new counts for good. */
export type Applicant = {
  readonly cluster: string;
  readonly node: NodeId;
  /** Those whom a new cluster begins with, of which this node is one; in any order. */
  readonly members: readonly Member[];
  /** Where the node listens that is to be added to a cluster that is there; null for a founder. */
  readonly joins?: Places | null;
};

/** The members that a new cluster begins with, if it begins with these nodes. */
export function foundersOf(
  nodes: readonly (Places & { readonly id: NodeId })[],
): readonly Member[] {
  return nodes.map(({ id, peer, client, events }) => {
    return { id, peer, client, events, incarnation: null };
  });
}

export const NAME = 'identity.json';
export const TEMPORARY = 'identity.json.tmp';
/** 1 held the ids of the voters only: nothing could be added to them. */
const FORMAT = 2;

/**
 * Makes sure that the directory belongs to this node, and has a log. A new directory is given both.
 *
 * @param wal the directory of the log; it exists, and may be empty.
 * @param newIncarnation for a new directory.
 * @throws {StorageError} FOREIGN, REMOVED, TOO_NEW, CORRUPT, FULL, IO.
 */
export async function establishIdentity(
  root: Disk,
  wal: Disk,
  applicant: Applicant,
  newIncarnation: number,
): Promise<Identity> {
  const files = await wal.list();
  const found = await findIdentity(root, wal.path, files, applicant);
  const { cluster, node, members, joins = null } = applicant;
  const identity = {
    format: FORMAT,
    ...{ cluster, node, incarnation: found?.incarnation ?? newIncarnation },
    ...(found ?? { members: joins ? [] : members, listens: joins, removed: null }),
  };
  if (found?.hasLog) {
    const established = { ...found, format: FORMAT, removed: null };
    if (found.format !== FORMAT || found.removed !== null) await writeIdentity(root, established);
    return established;
  }
  if (found === null) await writeIdentity(root, { ...identity, hasLog: false });
  const leftovers = files.filter((name) => segmentId(name) !== null || isTemporary(name));
  for (const name of leftovers) await wal.remove(name);
  const { incarnation } = identity;
  await createLog(wal, { cluster, node, incarnation });
  const established = { ...identity, format: FORMAT, hasLog: true };
  await writeIdentity(root, established);
  return established;
}

/**
 * What a start finds, and may go on with; changes nothing.
 *
 * @param files in the directory of the log, which is at `walPath`.
 * @param applicant who wants the directory, or null if that does not matter.
 * @returns null if it is a new directory.
 * @throws {StorageError} FOREIGN, TOO_NEW, CORRUPT, IO: why it must not go on.
 */
export async function findIdentity(
  root: Disk,
  walPath: string,
  files: readonly string[],
  applicant: Applicant | null,
): Promise<Identity | null> {
  const hasSegments = files.some((name) => segmentId(name) !== null);
  const found = await readIdentity(root);
  if (found === null) {
    if (hasSegments) throw lost(root.path, `there is a log, but no ${NAME}`);
    return null;
  }
  checkFormat(found, root.path);
  const completed = applicant === null ? found : complete(found, applicant, root.path);
  if (found.hasLog && !hasSegments) {
    throw lost(walPath, `${NAME} says that there is a log, but it is gone`);
  }
  return completed;
}

async function readIdentity(root: Disk): Promise<Identity | null> {
  if (!(await root.list()).includes(NAME)) return null;
  const file = await root.open(NAME);
  try {
    const text = (await file.read(0, await file.size())).toString();
    return parseIdentity(text, root.path);
  } finally {
    await file.close();
  }
}

function parseIdentity(text: string, path: string): Identity {
  try {
    const value: unknown = JSON.parse(text);
    const identity = readIdentityIn(value);
    if (identity !== null) return identity;
  } catch (reason) {
    // Not JSON at all is reported like JSON of another shape.
    if (!(reason instanceof SyntaxError)) throw reason;
  }
  throw lost(path, `${NAME} cannot be read`);
}

function readIdentityIn(value: unknown): Identity | null {
  if (typeof value !== 'object' || value === null) return null;
  const { format, cluster, node, incarnation, hasLog, ...more } = value as Record<string, unknown>;
  if (typeof format === 'number' && format > FORMAT) return value as Identity;
  const isSound =
    (format === FORMAT || format === 1) &&
    typeof cluster === 'string' &&
    Number.isSafeInteger(node) &&
    Number.isSafeInteger(incarnation) &&
    typeof hasLog === 'boolean';
  const members = format === 1 ? withoutPlaces(more['voters']) : more['members'];
  if (!isSound || !Array.isArray(members) || !members.every(isMember)) return null;
  const { listens = null, removed = null } = more;
  if (listens !== null && !isPlaces(listens)) return null;
  if (removed !== null && !Number.isSafeInteger(removed)) return null;
  return { ...(value as Identity), members, listens, removed: removed as Index | null };
}

/** Of the members that an earlier version named there are only the ids. */
function withoutPlaces(voters: unknown): readonly Member[] | null {
  if (!Array.isArray(voters)) return null;
  return voters.map((id) => ({ id, peer: '', client: '', events: '', incarnation: null }));
}

function checkFormat({ format }: Identity, path: string): void {
  if (format <= FORMAT) return;
  throw new StorageError(
    'TOO_NEW',
    `${path} has format ${format}, this program knows ${FORMAT}: start the version that wrote it, or a newer one`,
  );
}

/** What is there, with what an earlier version did not write down. */
function complete(found: Identity, wanted: Applicant, path: string): Identity {
  if (found.cluster !== wanted.cluster || found.node !== wanted.node) {
    throw new StorageError(
      'FOREIGN',
      `${path} belongs to node ${found.node} of cluster "${found.cluster}", not to node ${wanted.node} of "${wanted.cluster}": give this node a directory of its own, or correct the configuration`,
    );
  }
  if (found.removed !== null && !wanted.joins) {
    throw new StorageError(
      'REMOVED',
      `${path} is of node ${found.node}, which was removed from its cluster (entry ${found.removed}): start it with --join and the client endpoint of a member to add it again, or bring in another node, under a new id or with an empty directory`,
    );
  }
  if (found.format > 1) return found;
  const members = found.members.map((member) => {
    const known = wanted.members.find(({ id }) => id === member.id);
    if (known) return known;
    const ids = found.members.map(({ id }) => id).join(', ');
    throw new StorageError(
      'FOREIGN',
      `${path} was written by an earlier version, for a cluster of nodes ${ids}, and the configuration does not say where node ${member.id} is: name the same nodes once more for this start`,
    );
  });
  return { ...found, members };
}

/** Writes down that the node is one that is added, and not one of those that begin a cluster. */
export async function setAdded(root: Disk, identity: Identity, listens: Places): Promise<void> {
  await writeIdentity(root, { ...identity, format: FORMAT, members: [], listens });
}

/** Writes down that the cluster has removed the node, or with null that it is to be a member again. */
export async function setRemoved(
  root: Disk,
  identity: Identity,
  removed: Index | null,
): Promise<void> {
  await writeIdentity(root, { ...identity, format: FORMAT, removed });
}

async function writeIdentity(root: Disk, identity: Identity): Promise<void> {
  if ((await root.list()).includes(TEMPORARY)) await root.remove(TEMPORARY);
  const file = await root.create(TEMPORARY);
  try {
    file.write(0, [Buffer.from(`${JSON.stringify(identity, null, 2)}\n`)]);
    await file.sync();
  } finally {
    await file.close();
  }
  await root.rename(TEMPORARY, NAME);
  await root.syncDirectory();
}

function isPlaces(value: unknown): value is Places {
  if (typeof value !== 'object' || value === null) return false;
  const { peer, client, events } = value as Record<string, unknown>;
  return [peer, client, events].every((endpoint) => typeof endpoint === 'string');
}

function lost(path: string, found: string): StorageError {
  return new StorageError(
    'CORRUPT',
    `${path}: ${found}. What this node promised may be lost, so it must not go on under its name: put the missing files back, or retire this node and bring in a new one under another id`,
  );
}
