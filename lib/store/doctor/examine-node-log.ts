import { lockHolder } from '../directory/lock.ts';
import { type ExaminedLog, examineLog, examineMovingLog, type LogFiles } from '../log/examine.ts';
import { closeAll } from '../log/scan.ts';
import type { Disk } from '../ports.ts';

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
 * @throws {StorageError} IO.
 */
export async function examineNodeLog(
  root: string,
  disk: Disk,
  owner: number,
  files: LogFiles,
): Promise<NodeLog> {
  const options = { tailBytes: 0 };
  if (lockHolder(root) === null) {
    const examined = await examineLog(disk, owner, files, options);
    // whoever has it now may have written to it before it was read
    if (lockHolder(root) === null) return { ...examined, holder: null };
    await closeAll(examined.scan?.segments ?? []);
  }
  const examined = await examineMovingLog(disk, owner, options);
  return { ...examined, holder: lockHolder(root) ?? '' };
}
