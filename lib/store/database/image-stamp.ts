import { StorageError } from '../../kit/errors.ts';
import type { Disk } from '../ports.ts';

/** What is known about an image of the database without opening it. */
export type ImageStamp = {
  /** Layout of the tables. */
  readonly format: number;
  /** The boot in which it was written last; null if boots have no names here. */
  readonly boot: string | null;
  /**
   * `closed`: stopped cleanly and synced, so it holds across boots. `open`: in use, or its process
   * was killed. `opening`: its process died while it opened the file, which may be why.
   */
  readonly state: (typeof STATES)[number];
};

const STATES = ['opening', 'open', 'closed'] as const;

export const STAMP_NAME = 'stamp.json';
export const TEMPORARY_NAME = `${STAMP_NAME}.new`;

/** @returns null if there is none, and a sentence if it cannot be read. */
export async function readStamp(disk: Disk): Promise<ImageStamp | string | null> {
  if (!(await disk.list()).includes(STAMP_NAME)) return null;
  try {
    const file = await disk.open(STAMP_NAME);
    try {
      const text = String(await file.read(0, await file.size()));
      return parseStamp(text) ?? `${STAMP_NAME} is damaged`;
    } finally {
      await file.close();
    }
  } catch (reason) {
    // What cannot be read vouches for nothing, and that is all there is to know.
    if (reason instanceof StorageError) return reason.message;
    throw reason;
  }
}

function parseStamp(text: string): ImageStamp | null {
  let stamp: unknown;
  try {
    stamp = JSON.parse(text);
  } catch {
    // Not JSON is as good as JSON that is no stamp.
    return null;
  }
  if (typeof stamp !== 'object' || stamp === null) return null;
  const { format, boot, state: found } = stamp as Record<string, unknown>;
  const state = STATES.find((known) => known === found);
  if (!Number.isSafeInteger(format) || !state) return null;
  return { format: format as number, boot: typeof boot === 'string' ? boot : null, state };
}

/** Replaces the stamp; durable when it resolves. */
export async function writeStamp(disk: Disk, stamp: ImageStamp): Promise<void> {
  if ((await disk.list()).includes(TEMPORARY_NAME)) await disk.remove(TEMPORARY_NAME);
  const file = await disk.create(TEMPORARY_NAME);
  file.write(0, [Buffer.from(`${JSON.stringify(stamp)}\n`)]);
  await file.sync();
  await file.close();
  await disk.rename(TEMPORARY_NAME, STAMP_NAME);
  await disk.syncDirectory();
}
