import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StorageCode } from '../../../lib/kit/errors.ts';
import type { Level, Part } from '../../../lib/store/doctor/finding.ts';
import { SECTOR_BYTES } from '../../../lib/store/log/segment.ts';

/** What was done to a directory, and what is said of it besides `ok`. */
export type Row = readonly [
  name: string,
  how: 'closed' | 'killed',
  damage: (root: string) => void,
  said: readonly (readonly [Level, Part, RegExp, StorageCode?])[],
];

export const THIRD = '000000000003.wal';
export const SECOND_BATCH = 2 * SECTOR_BYTES;

export function changeFile(path: string, change: (bytes: Buffer) => void): void {
  const bytes = readFileSync(path);
  change(bytes);
  writeFileSync(path, bytes);
}

export const inLog =
  (name: string, change: (bytes: Buffer) => void) =>
  (root: string): void =>
    changeFile(join(root, 'wal', name), change);

export const inJson =
  (name: string, fields: object) =>
  (root: string): void => {
    const found = JSON.parse(readFileSync(join(root, name), 'utf8')) as object;
    writeFileSync(join(root, name), JSON.stringify({ ...found, ...fields }));
  };

export const put =
  (name: string, bytes: string | Buffer) =>
  (root: string): void =>
    writeFileSync(join(root, name), bytes);

export const gone =
  (...names: string[]) =>
  (root: string): void => {
    for (const name of names) rmSync(join(root, name), { recursive: true });
  };

export const note = (part: Part, says: RegExp) => [['note', part, says] as const];
export const refuses = (part: Part, code: StorageCode, says: RegExp) => [
  ['refuses', part, says, code] as const,
];

/** What follows the last batch of a node that was killed: it ends where the blank sectors begin. */
export function lastBatch(bytes: Buffer): number {
  let at = 0;
  for (let from = 0; from < bytes.length; from += SECTOR_BYTES) {
    if (bytes.toString('latin1', from, from + 4) === 'RMQB') at = from;
  }
  return at;
}
