import { statfsSync } from 'node:fs';
import { nextSegmentBytes } from '../log/segment.ts';
import type { LogFacts } from './check-log.ts';
import { type Finding, finding } from './finding.ts';

/**
 * Whether the segment after the active one fits on the disk.
 *
 * @param segmentBytes full size of a segment (`wal.segmentBytes`).
 */
export function checkSpace(
  path: string,
  { activeBytes, spareBytes }: Pick<LogFacts, 'activeBytes' | 'spareBytes'>,
  segmentBytes: number,
): Finding {
  const { bavail, bsize } = statfsSync(path);
  const free = bavail * bsize;
  const next = nextSegmentBytes(activeBytes, segmentBytes);
  const says = `${free} bytes free on the disk of ${path}`;
  // what was made in advance is used, or removed before it is made anew
  if (free + spareBytes >= next) {
    return finding('ok', 'space', `${says}; the next segment of the log takes ${next}`);
  }
  return finding(
    'warning',
    'space',
    `${says}, and the next segment of the log takes ${next}: the node ends when it needs it; make room before`,
  );
}
