import type { Fetched, Snapshotted } from '../../lib/core/input.ts';
import { votersOnly } from '../../lib/core/quorum.ts';
import type { Snapshot } from '../../lib/core/snapshot.ts';
import type { Configuration } from '../../lib/core/types.ts';
import { entryId } from './servers.ts';

/** `snapshot('7/2')` ends with the entry 7 of term 2. */
export function snapshot(
  end: string,
  configuration: Configuration = votersOnly([1, 2, 3]),
): Snapshot {
  return { ...entryId(end), configuration, rev: 0, bytes: 100, checksum: 7 };
}

export function taken(end: string): Snapshotted {
  return { kind: 'Snapshotted', snapshot: snapshot(end) };
}

export function fetched(end: string, configuration?: Configuration): Fetched {
  return { kind: 'Fetched', snapshot: snapshot(end, configuration) };
}
