import type { Snapshot } from '../../core/snapshot.ts';

/** Of a copy of the state machine that is being made. */
export const TAKING = 'taking.tmp';

type Named = Pick<Snapshot, 'index' | 'term' | 'checksum'>;

/** `INDEX-TERM-CHECKSUM.snapshot`, in hexadecimal: sorted by name is sorted by index. */
export function snapshotName({ index, term, checksum }: Named): string {
  const digits = (count: number, length: number) => count.toString(16).padStart(length, '0');
  return `${digits(index, 12)}-${digits(term, 12)}-${digits(checksum, 8)}.snapshot`;
}

/** Of a snapshot that is being received. */
export function partName(snapshot: Named): string {
  return `${snapshotName(snapshot)}.part`;
}

const NAME = /^([0-9a-f]{12})-([0-9a-f]{12})-([0-9a-f]{8})\.snapshot(\.part)?$/;

/** What a file in the directory of snapshots is by its name; `unknown` is not one of ours. */
export function kindOfName(name: string): 'snapshot' | 'part' | 'temporary' | 'unknown' {
  // the database puts a lock file beside a copy while it is looked into
  if (name.startsWith(TAKING)) return 'temporary';
  const found = NAME.exec(name);
  if (found === null) return 'unknown';
  return found[4] === undefined ? 'snapshot' : 'part';
}
