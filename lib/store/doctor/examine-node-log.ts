import { lockHolder } from '../directory/lock.ts';
import {
  type ExaminedLog,
  type ExamineOptions,
  examineLog,
  examineMovingLog,
  type LogFiles,
} from '../log/examine.ts';
import { closeAll } from '../log/scan.ts';
import type { Disk } from '../ports.ts';
import { snapshotsIn } from './check-snapshots.ts';

/** What recovery would find of the log of a node. */
export type NodeLog = ExaminedLog & {
  /** Pid of the node that holds it, maybe empty; null if none does. */
  readonly holder: string | null;
};

/**
 * Comes to the verdict of recovery on the log of a node, whether that runs or not, or starts just
 * then. The caller closes the files of the scan.
 *
 * @param root the directory of the node.
 * @param files at least one segment among them.
 * @param cluster of the node; null if it is not known.
 * @throws {StorageError} IO.
 */
export async function examineNodeLog(
  root: string,
  disk: Disk,
  owner: number,
  files: LogFiles,
  cluster: string | null,
): Promise<NodeLog> {
  const look = async (): Promise<ExamineOptions> => {
    const { labels } = await snapshotsIn(root, cluster);
    const snapshots = labels.map(({ snapshot: { index, term }, isReceived }) => {
      return { index, term, isReceived, isDamaged: false };
    });
    return { tailBytes: 0, snapshots };
  };
  if (lockHolder(root) === null) {
    const examined = await examineLog(disk, owner, files, await look());
    // whoever has it now may have written to it before it was read
    if (lockHolder(root) === null) return { ...examined, holder: null };
    await closeAll(examined.scan?.segments ?? []);
  }
  const examined = await examineMovingLog(disk, owner, look);
  return { ...examined, holder: lockHolder(root) ?? '' };
}
