import type { Snapshot } from '../../core/snapshot.ts';
import { checksum } from '../../kit/checksum.ts';
import { StorageError } from '../../kit/errors.ts';
import type { Disk } from '../ports.ts';
import { ContentWriter } from '../snapshot/content.ts';
import { encodeLabel, type Label } from '../snapshot/format.ts';
import { snapshotName } from '../snapshot/names.ts';

/** What a snapshot will say about itself, besides what follows from its content. */
export type About = {
  readonly cluster: string;
  readonly snapshot: Omit<Snapshot, 'bytes' | 'checksum'>;
  readonly isReceived: boolean;
};

/** Puts bytes one after the other, as `StateMachine.copy` gives them, into a content. */
export type Source = (write: (bytes: Uint8Array) => Promise<void>) => Promise<About>;

const TEMPORARY = '.tmp';

/**
 * Writes a snapshot to a new file, which has its name only when it is whole and durable.
 *
 * @param name of the file; null for the one that a node gives it.
 * @throws {StorageError} FULL, IO, or what `source` throws; then nothing is left of it.
 */
export async function writeSnapshot(
  disk: Disk,
  name: string | null,
  source: Source,
): Promise<Label> {
  const temporary = `${name ?? 'copying'}${TEMPORARY}`;
  const file = await disk.create(temporary);
  try {
    const writer = new ContentWriter(file);
    const { cluster, snapshot, isReceived } = await source((bytes) => writer.write(bytes));
    const { bytes, sums } = writer;
    const made = encodeLabel({ cluster, snapshot: { ...snapshot, bytes }, sums, isReceived });
    file.write(bytes, [made.bytes]);
    await file.sync();
    await file.close();
    await disk.rename(temporary, name ?? snapshotName(made.snapshot));
    await disk.syncDirectory();
    return { cluster, snapshot: made.snapshot, sums, isReceived };
  } catch (reason) {
    await file.close().catch(() => {}); // the reason is told, whatever else fails with it
    await disk.remove(temporary).catch(() => {});
    throw reason;
  }
}

/**
 * The content of a snapshot that is there, checked on the way, under another label.
 *
 * @param path for messages.
 */
export function contentOf(
  path: string,
  label: Label,
  content: AsyncIterable<Uint8Array>,
  about: (label: Label) => About,
): Source {
  return async (write) => {
    let chunk = 0;
    for await (const bytes of content) {
      if (checksum(bytes) !== label.sums[chunk]) {
        throw new StorageError('CORRUPT', `${path} is damaged: use another copy of it`);
      }
      await write(bytes);
      chunk += 1;
    }
    return about(label);
  };
}
