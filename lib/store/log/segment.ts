import type { NodeId } from '../../core/types.ts';
import { checksum } from '../../kit/checksum.ts';
import { StorageError } from '../../kit/errors.ts';

/**
 * The file format of the write-ahead log, outer part: one segment is one file.
 *
 *     sector 0     header, below; the rest of the sector is zero
 *     sector 1 …   batches (batch.ts), each beginning at a sector and following the one before it
 *     then         blank sectors (blank.ts), which nothing has been written to yet
 *
 *     offset  0  u32  magic "RMQS"       4  u32  CRC-32 of the rest of the sector
 *             8  u32  format (1)        12  u32  owner
 *            16  u48  segment id        22  u48  bytes of the whole file
 *
 * All numbers are little-endian. A segment has its full size, and is blank and synced, before its
 * first batch is written, so that a later sync has data to write but no size or block to record.
 */
export const SECTOR_BYTES = 512;
/** Where the first batch of a segment begins. */
export const FIRST_BATCH = SECTOR_BYTES;
export const FORMAT = 1;
const MAGIC = 0x53514d52;

/** Room for the header, a first batch, another one, and the batch that ends the segment. */
export const SEGMENT_BYTES_MIN = 4 * SECTOR_BYTES;
/** Positions are kept in 32 bits. */
export const SEGMENT_BYTES_MAX = 2 ** 32 - SECTOR_BYTES;

/** Each segment is up to so many times the one before it, until they have their full size. */
const GROWTH = 4;

/** How large the segment after one of `bytes` is made. @param full size of a segment. */
export function nextSegmentBytes(bytes: number, full: number): number {
  return Math.min(full, bytes * GROWTH);
}

/** A place in the log on disk. Segment ids rise, so places have an order. */
export type Place = { readonly segment: number; readonly offset: number };

/** True if `a` lies before `b`. */
export function isBefore(a: Place, b: Place): boolean {
  return a.segment < b.segment || (a.segment === b.segment && a.offset < b.offset);
}

/** Whose log this is. A new incarnation of a node begins a new log. */
export type Owner = {
  readonly cluster: string;
  readonly node: NodeId;
  readonly incarnation: number;
};

/** Stands for the owner in every header, so that files cannot change hands unnoticed. */
export function ownerCheck({ cluster, node, incarnation }: Owner): number {
  return checksum(Buffer.from(JSON.stringify([cluster, node, incarnation])));
}

const NAME = /^([0-9a-f]{12})\.wal$/;

export function segmentName(id: number): string {
  return `${id.toString(16).padStart(12, '0')}.wal`;
}

/** The id in a segment's file name, or null if it is not one. */
export function segmentId(name: string): number | null {
  const digits = NAME.exec(name)?.[1];
  return digits === undefined ? null : Number.parseInt(digits, 16);
}

/** Name of a segment while it is being prepared: it holds nothing that anyone relies on. */
export function temporaryName(id: number): string {
  return `${segmentName(id)}.tmp`;
}

export function isTemporary(name: string): boolean {
  return name.endsWith('.wal.tmp');
}

export type SegmentHeader = {
  readonly owner: number;
  readonly id: number;
  readonly bytes: number;
};

export function encodeSegmentHeader({ owner, id, bytes }: SegmentHeader): Buffer {
  const sector = Buffer.alloc(SECTOR_BYTES);
  sector.writeUInt32LE(MAGIC, 0);
  sector.writeUInt32LE(FORMAT, 8);
  sector.writeUInt32LE(owner, 12);
  sector.writeUIntLE(id, 16, 6);
  sector.writeUIntLE(bytes, 22, 6);
  sector.writeUInt32LE(checksum(sector.subarray(8)), 4);
  return sector;
}

/** Whose segment it is by its first sector, or null if that does not look like one. */
export function ownerIn(sector: Buffer): number | null {
  const isHeader = sector.length === SECTOR_BYTES && sector.readUInt32LE(0) === MAGIC;
  return isHeader ? sector.readUInt32LE(12) : null;
}

/**
 * Checks the first sector of the file at `path` against what it must be.
 *
 * @param size of the file as the file system tells it.
 * @throws {StorageError} CORRUPT, TOO_NEW or FOREIGN.
 */
export function checkSegmentHeader(
  sector: Buffer,
  size: number,
  expected: { readonly path: string; readonly owner: number; readonly id: number },
): SegmentHeader {
  const { path } = expected;
  const intact =
    sector.length === SECTOR_BYTES &&
    sector.readUInt32LE(0) === MAGIC &&
    sector.readUInt32LE(4) === checksum(sector.subarray(8));
  if (!intact) throw corrupt(path, 0, 'the header of the segment is damaged');

  const format = sector.readUInt32LE(8);
  if (format > FORMAT) {
    throw new StorageError(
      'TOO_NEW',
      `${path} has format ${format}, this program knows ${FORMAT}: start the version that wrote it, or a newer one`,
    );
  }
  const header = {
    owner: sector.readUInt32LE(12),
    id: sector.readUIntLE(16, 6),
    bytes: sector.readUIntLE(22, 6),
  };
  if (header.owner !== expected.owner) {
    throw new StorageError(
      'FOREIGN',
      `${path} belongs to the log of another node: put back the files of this node's own directory`,
    );
  }
  if (header.id !== expected.id) {
    throw corrupt(path, 0, `its header says segment ${header.id}, its name ${expected.id}`);
  }
  if (header.bytes !== size) {
    throw corrupt(path, size, `the file has ${size} bytes, it was made with ${header.bytes}`);
  }
  return header;
}

/** Says that bytes which may have been acknowledged cannot be read back. */
export function corrupt(path: string, offset: number, found: string): StorageError {
  return new StorageError(
    'CORRUPT',
    `${path} at offset ${offset}: ${found}. Acknowledged entries may be in it, so nothing was changed. ${REMEDY}`,
  );
}

const REMEDY =
  'Restore this data directory from a copy of the same disk, or retire this node and bring in a new one under another id; do not delete or edit the file.';
