import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Index } from '../../core/types.ts';
import { readOnlyDisk } from '../disk/disk-real.ts';
import type { LogFiles } from '../log/examine.ts';
import { closeAll, type Scan } from '../log/scan.ts';
import { type Owner, ownerCheck, segmentName } from '../log/segment.ts';
import { examineNodeLog } from './examine-node-log.ts';
import { type Finding, finding, refusal } from './finding.ts';
import { logOf } from './layout.ts';

/** What the other checks go by. */
export type LogFacts = {
  readonly last: Index;
  /** The place before the first entry that it holds. */
  readonly base: Index;
  /** Of the segment where the log ends. */
  readonly activeBytes: number;
  /** Bytes of segments that were made in advance. */
  readonly spareBytes: number;
};

/**
 * The verdict of recovery on the log.
 *
 * @param files at least one segment among them.
 * @returns null of a log that would be refused.
 * @throws {StorageError} IO.
 */
export async function* checkLog(
  root: string,
  owner: Owner,
  files: LogFiles,
): AsyncGenerator<Finding, LogFacts | null> {
  const disk = readOnlyDisk(logOf(root));
  const examined = await examineNodeLog(root, disk, ownerCheck(owner), files, owner.cluster);
  const { scan, torn, laterIds, fault } = examined;
  const isRunning = examined.holder !== null;
  await closeAll(scan?.segments ?? []);
  if (fault !== null) yield refusal('log', fault);
  if (scan === null || fault !== null) return null;

  const active = scan.segments.at(-1);
  const path = active?.path ?? disk.path;
  if (torn !== null) {
    yield finding(
      'note',
      'log',
      `${path} at offset ${scan.end}: ${torn.bytes} bytes of an unfinished batch (${torn.why}); nothing in it was acknowledged, and a start drops it`,
    );
  }
  const unused = isRunning ? [] : laterIds;
  for (const id of unused) {
    const says = `${disk.path}/${segmentName(id)}: made in advance and not used; a start removes it, and makes it anew when it is needed`;
    yield finding('note', 'log', says);
  }
  const spareBytes = laterIds
    .map((id) => statSync(join(disk.path, segmentName(id)), { throwIfNoEntry: false })?.size ?? 0)
    .reduce((sum, bytes) => sum + bytes, 0);
  yield finding('ok', 'log', inWords(scan, isRunning));
  const activeBytes = active?.bytes ?? 0;
  return {
    last: scan.positions.last.index,
    base: scan.positions.base.index,
    activeBytes,
    spareBytes,
  };
}

function inWords({ positions, hard, segments, sequence }: Scan, isRunning: boolean): string {
  const { base, last } = positions;
  const count = last.index - base.index;
  const held = count === 0 ? 'no entries' : `entries ${base.index + 1} to ${last.index}`;
  const vote = hard.vote === null ? 'no vote' : `vote for node ${hard.vote}`;
  const moving = isRunning ? '; the node may write on, so its very end is not judged' : '';
  return `segments: ${segments.length}, batches: ${sequence}, every one as it was written: ${held}, term ${hard.term}, ${vote}${moving}`;
}
