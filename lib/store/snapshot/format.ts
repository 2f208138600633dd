import { encodeConfiguration, readConfiguration } from '../../core/configuration-code.ts';
import type { Snapshot } from '../../core/snapshot.ts';
import { checksum } from '../../kit/checksum.ts';

/**
 * The file format of snapshots. What the state machine wrote comes first, so that it can write it by
 * itself, and what is known about it afterwards:
 *
 *     content       the state machine's own bytes
 *     sums          u32  CRC-32 of each chunk of the content; a chunk has 1 MiB, the last one maybe less
 *     description   JSON: cluster, index, term, rev, bytes of the content, configuration
 *     end           the last 32 bytes
 *
 *     end  0  u32  magic "RMQP"       4  u32  CRC-32 of the rest of the end
 *          8  u32  format (1)        12  u32  CRC-32 of sums and description: the snapshot's checksum
 *         16  u48  bytes of content  22  u32  bytes of the description
 *         26  u8   1 if it came from another server, 0 if it was taken here
 *         27  zeros
 *
 * All numbers are little-endian. But for the mark of where it came from, two files of one
 * snapshot are equal on all servers of a cluster.
 */
export const CHUNK_BYTES = 1024 * 1024;
export const END_BYTES = 32;
export const FORMAT = 1;
const MAGIC = 0x50514d52;

/** What a file says about its content. */
export type Label = {
  readonly cluster: string;
  readonly snapshot: Snapshot;
  /** CRC-32 of each chunk. */
  readonly sums: Uint32Array;
  readonly isReceived: boolean;
};

type Unsummed = Omit<Label, 'snapshot'> & { readonly snapshot: Omit<Snapshot, 'checksum'> };

/** The label of a content that was just written, and the bytes that go behind it. */
export type MadeLabel = { readonly snapshot: Snapshot; readonly bytes: Buffer };

/** Puts a label together. The checksum of the snapshot is made here. */
export function encodeLabel({ cluster, snapshot, sums, isReceived }: Unsummed): MadeLabel {
  const description = describe(cluster, snapshot);
  const bytes = Buffer.alloc(4 * sums.length + description.length + END_BYTES);
  for (const [i, sum] of sums.entries()) bytes.writeUInt32LE(sum, 4 * i);
  bytes.set(description, 4 * sums.length);
  const end = bytes.subarray(bytes.length - END_BYTES);
  const sum = checksum(bytes.subarray(0, bytes.length - END_BYTES));
  end.writeUInt32LE(MAGIC, 0);
  end.writeUInt32LE(FORMAT, 8);
  end.writeUInt32LE(sum, 12);
  end.writeUIntLE(snapshot.bytes, 16, 6);
  end.writeUInt32LE(description.length, 22);
  end[26] = isReceived ? 1 : 0;
  end.writeUInt32LE(checksum(end.subarray(8)), 4);
  return { snapshot: { ...snapshot, checksum: sum }, bytes };
}

function describe(cluster: string, snapshot: Omit<Snapshot, 'checksum'>): Buffer {
  const { index, term, rev, bytes } = snapshot;
  const configuration = JSON.parse(
    Buffer.from(encodeConfiguration(snapshot.configuration)).toString(),
  );
  return Buffer.from(JSON.stringify({ cluster, index, term, rev, bytes, configuration }));
}

/** What the end of a file says about the rest of its label. */
export type End = {
  readonly format: number;
  readonly checksum: number;
  readonly contentBytes: number;
  /** Of sums and description. */
  readonly labelBytes: number;
  readonly isReceived: boolean;
};

export function chunksOf(bytes: number): number {
  return Math.ceil(bytes / CHUNK_BYTES);
}

/** Reads the last END_BYTES of a file, or says what is wrong with them. */
export function readEnd(end: Buffer): End | string {
  if (end.length < END_BYTES || end.readUInt32LE(0) !== MAGIC)
    return 'it does not end like a snapshot';
  if (end.readUInt32LE(4) !== checksum(end.subarray(8))) return 'its end is damaged';
  const contentBytes = end.readUIntLE(16, 6);
  return {
    format: end.readUInt32LE(8),
    checksum: end.readUInt32LE(12),
    contentBytes,
    labelBytes: 4 * chunksOf(contentBytes) + end.readUInt32LE(22),
    isReceived: end[26] === 1,
  };
}

/** Reads what lies between the content and `end`, or says what is wrong with it. */
export function readLabel(bytes: Buffer, end: End): Label | string {
  if (bytes.length !== end.labelBytes || checksum(bytes) !== end.checksum)
    return 'its description is damaged';
  const sums = new Uint32Array(chunksOf(end.contentBytes));
  for (let i = 0; i < sums.length; i += 1) sums[i] = bytes.readUInt32LE(4 * i);
  const described = readDescription(bytes.subarray(4 * sums.length));
  if (described === null || described.snapshot.bytes !== end.contentBytes) {
    return 'its description is not one of this program';
  }
  const { cluster, snapshot } = described;
  return {
    cluster,
    snapshot: { ...snapshot, checksum: end.checksum },
    sums,
    isReceived: end.isReceived,
  };
}

type Described = { readonly cluster: string; readonly snapshot: Omit<Snapshot, 'checksum'> };

function readDescription(json: Buffer): Described | null {
  const value = parse(json);
  if (value === null) return null;
  const { cluster, index, term, rev, bytes } = value;
  const configuration = readConfiguration(Buffer.from(JSON.stringify(value['configuration'])));
  const isWhole =
    typeof cluster === 'string' &&
    typeof configuration === 'object' &&
    isCount(index) &&
    isCount(term) &&
    isCount(rev) &&
    isCount(bytes);
  return isWhole ? { cluster, snapshot: { index, term, configuration, rev, bytes } } : null;
}

function parse(json: Buffer): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(json.toString());
    return typeof value === 'object' ? (value as Record<string, unknown> | null) : null;
  } catch {
    // Not JSON is as good as JSON that describes nothing.
    return null;
  }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
