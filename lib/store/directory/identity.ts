import type { NodeId } from '../../core/types.ts';
import { StorageError } from '../../kit/errors.ts';
import { createLog } from '../log/create-log.ts';
import { isTemporary, type Owner, segmentId } from '../log/segment.ts';
import type { Disk } from '../ports.ts';

/**
 * `identity.json` says whose data directory this is. It is written twice: first with `hasLog` false, before
 * anything else; then with `hasLog` true, once an empty log is durable. Nobody gets the directory
 * before that, so as long as `hasLog` is false nothing was ever stored there, and once it is true
 * a directory without a log has lost one.
 */
export type Identity = Owner & {
  readonly format: number;
  readonly voters: readonly NodeId[];
  readonly hasLog: boolean;
};

/** Who wants a directory: a node of a cluster, and who votes in it. */
export type Applicant = {
  readonly cluster: string;
  readonly node: NodeId;
  /** In any order. They cannot change in this version. */
  readonly voters: readonly NodeId[];
};

export const NAME = 'identity.json';
export const TEMPORARY = 'identity.json.tmp';
const FORMAT = 1;

/**
 * Makes sure that the directory belongs to this node, and has a log. A new directory is given both.
 *
 * @param wal the directory of the log; it exists, and may be empty.
 * @param newIncarnation for a new directory.
 * @throws {StorageError} FOREIGN, TOO_NEW, CORRUPT, FULL, IO.
 */
export async function establishIdentity(
  root: Disk,
  wal: Disk,
  applicant: Applicant,
  newIncarnation: number,
): Promise<Owner> {
  const files = await wal.list();
  const found = await findIdentity(root, wal.path, files, applicant);
  const { cluster, node, voters } = applicant;
  const owner = { cluster, node, incarnation: found?.incarnation ?? newIncarnation };
  if (found?.hasLog) return owner;
  if (found === null)
    await writeIdentity(root, { format: FORMAT, ...owner, voters, hasLog: false });
  const leftovers = files.filter((name) => segmentId(name) !== null || isTemporary(name));
  for (const name of leftovers) await wal.remove(name);
  await createLog(wal, owner);
  await writeIdentity(root, { format: FORMAT, ...owner, voters, hasLog: true });
  return owner;
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
  if (applicant !== null) checkIdentity(found, applicant, root.path);
  if (found.hasLog && !hasSegments) {
    throw lost(walPath, `${NAME} says that there is a log, but it is gone`);
  }
  return found;
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
    if (isIdentity(value)) return value;
  } catch (reason) {
    // Not JSON at all is reported like JSON of another shape.
    if (!(reason instanceof SyntaxError)) throw reason;
  }
  throw lost(path, `${NAME} cannot be read`);
}

function isIdentity(value: unknown): value is Identity {
  if (typeof value !== 'object' || value === null) return false;
  const { format, cluster, node, incarnation, voters, hasLog } = value as Record<string, unknown>;
  if (typeof format === 'number' && format > FORMAT) return true;
  return (
    format === FORMAT &&
    typeof cluster === 'string' &&
    Number.isSafeInteger(node) &&
    Number.isSafeInteger(incarnation) &&
    Array.isArray(voters) &&
    voters.every(Number.isSafeInteger) &&
    typeof hasLog === 'boolean'
  );
}

function checkFormat({ format }: Identity, path: string): void {
  if (format <= FORMAT) return;
  throw new StorageError(
    'TOO_NEW',
    `${path} has format ${format}, this program knows ${FORMAT}: start the version that wrote it, or a newer one`,
  );
}

function checkIdentity(found: Identity, wanted: Applicant, path: string): void {
  if (found.cluster === wanted.cluster && found.node === wanted.node) {
    return checkVoters(inOrder(found.voters), inOrder(wanted.voters), path);
  }
  throw new StorageError(
    'FOREIGN',
    `${path} belongs to node ${found.node} of cluster "${found.cluster}", not to node ${wanted.node} of "${wanted.cluster}": give this node a directory of its own, or correct the configuration`,
  );
}

/** A majority of other voters may lack what a majority of these has acknowledged. */
function checkVoters(found: string, wanted: string, path: string): void {
  if (found === wanted) return;
  throw new StorageError(
    'FOREIGN',
    `${path} is of a cluster of nodes ${found}, and the configuration names ${wanted}: this version cannot change members without losing writes; name the same nodes again, or begin anew with another data directory`,
  );
}

function inOrder(voters: readonly NodeId[]): string {
  return [...voters].sort((a, b) => a - b).join(', ');
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

function lost(path: string, found: string): StorageError {
  return new StorageError(
    'CORRUPT',
    `${path}: ${found}. What this node promised may be lost, so it must not go on under its name: put the missing files back, or retire this node and bring in a new one under another id`,
  );
}
