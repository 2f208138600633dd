import { basename, join, resolve } from 'node:path';
import type { Member } from '../../core/types.ts';
import { type Applicant, findIdentity, type Identity } from '../directory/identity.ts';
import { lockHolder } from '../directory/lock.ts';
import { readOnlyDisk } from '../disk/disk-real.ts';
import { type SnapshotPlace, surveyLog } from '../log/examine.ts';
import { gapFault } from '../recover-server.ts';
import { kindOfName } from '../snapshot/names.ts';
import { checkDatabase } from './check-database.ts';
import { checkNames, checkRights } from './check-files.ts';
import { checkLog, type LogFacts } from './check-log.ts';
import { checkRecordings } from './check-recordings.ts';
import { checkSnapshots } from './check-snapshots.ts';
import { checkSpace } from './check-space.ts';
import { type Finding, finding, orRefusal, refusal } from './finding.ts';
import { isDirectory, logOf, namesIn, snapshotsOf } from './layout.ts';

/** What a directory is held against. */
export type Expectation = {
  /** The cluster that the directory should be of, or null to take it as it is. */
  readonly cluster: { readonly name: string; readonly nodes: readonly Member[] } | null;
  /** Full size of a segment (`wal.segmentBytes`). */
  readonly segmentBytes: number;
};

/**
 * Says what is right and wrong in the data directory of one node, the verdicts being those of a
 * start. Changes nothing, and does not need the node to be stopped.
 *
 * @throws {Error} of the operating system, if the directory may not even be listed.
 */
export async function* checkDirectory(
  path: string,
  expected: Expectation,
): AsyncGenerator<Finding> {
  const root = resolve(path);
  const examination = new Examination(root, expected);
  yield* orRefusal('rights', checkRights(root));
  yield* orRefusal('lock', examination.lock());
  yield* orRefusal('identity', examination.identity());
  yield* orRefusal('snapshots', examination.snapshots());
  yield* orRefusal('log', examination.log());
  yield* orRefusal('files', checkNames(root));
  yield* orRefusal('recordings', checkRecordings(root));
  // the last: whatever else there is to say is said before LMDB reads a file
  yield* orRefusal('database', examination.database());
}

class Examination {
  readonly #root: string;
  readonly #expected: Expectation;
  /** Nothing was ever stored. */
  #isNew = false;
  #identity: Identity | null = null;
  #snapshots: readonly SnapshotPlace[] = [];
  #log: LogFacts | null = null;

  constructor(root: string, expected: Expectation) {
    this.#root = root;
    this.#expected = expected;
  }

  *lock(): Generator<Finding> {
    const holder = lockHolder(this.#root);
    if (holder === null) yield finding('ok', 'lock', 'nobody holds the directory');
    else {
      const says = `held by pid ${holder || 'unknown'}: the node runs, so what follows of the log and the recordings may be in motion, and the database is not looked into`;
      yield finding('note', 'lock', says);
    }
  }

  async *identity(): AsyncGenerator<Finding> {
    const walPath = logOf(this.#root);
    const names = isDirectory(walPath) ? await readOnlyDisk(walPath).list() : [];
    const disk = readOnlyDisk(this.#root);
    const found = await findIdentity(disk, walPath, names, null);
    this.#identity = found;
    this.#isNew = !found?.hasLog;
    if (found === null || !found.hasLog) {
      const says = `${this.#root}: nothing was ever stored here, and a start makes a new node of it; if node ${basename(this.#root)} has run elsewhere, bring its directory here first`;
      yield finding('note', 'identity', says);
      return;
    }
    const { node, cluster, incarnation, members } = found;
    const began =
      members.length === 0
        ? 'added to it'
        : `first voters ${members.map(({ id }) => id).join(', ')}`;
    const says = `node ${node} of cluster ${JSON.stringify(cluster)}, ${began}, incarnation ${incarnation}`;
    yield finding('ok', 'identity', says);
    await findIdentity(disk, walPath, names, this.#applicant());
    const named = this.#expected.cluster?.nodes.map(({ id }) => id);
    if (named && !named.includes(node)) {
      yield finding(
        'warning',
        'identity',
        `the configuration names the nodes ${named.join(', ')}, and none of them is ${node}: correct the configuration, or the directory is not used`,
      );
    }
  }

  /** Who will want this directory: the node of its number. */
  #applicant(): Applicant | null {
    const { cluster } = this.#expected;
    const node = Number(basename(this.#root));
    if (cluster === null || !cluster.nodes.some(({ id }) => id === node)) return null;
    return { cluster: cluster.name, node, members: cluster.nodes };
  }

  async *snapshots(): AsyncGenerator<Finding> {
    const identity = this.#identity;
    if (identity?.hasLog) this.#snapshots = yield* checkSnapshots(this.#root, identity.cluster);
  }

  async *log(): AsyncGenerator<Finding> {
    const identity = this.#identity;
    if (!identity?.hasLog) return;
    const files = await surveyLog(readOnlyDisk(logOf(this.#root)));
    this.#log = yield* checkLog(this.#root, identity, files);
    if (this.#log !== null) {
      yield checkSpace(this.#root, this.#log, this.#expected.segmentBytes);
    }
  }

  async *database(): AsyncGenerator<Finding> {
    // asked again: a node may have started since, and LMDB would not know of this reader
    if (lockHolder(this.#root) !== null) return;
    // a new log would be empty, whatever there is of a database
    const last = this.#isNew ? 0 : (this.#log?.last ?? null);
    const applied = yield* checkDatabase(this.#root, last);
    const base = this.#log?.base ?? 0;
    const isWhole = this.#snapshots.some(({ index, isDamaged }) => !isDamaged && index >= base);
    if (applied === null || isWhole) return;
    const [newest = null] = namesIn(snapshotsOf(this.#root))
      .filter((name) => kindOfName(name) === 'snapshot')
      .reverse();
    const path = newest === null ? null : join(snapshotsOf(this.#root), newest);
    const fault = gapFault(applied, base, path);
    if (fault !== null) yield refusal('database', fault);
  }
}
