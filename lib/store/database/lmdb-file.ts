import {
  closeSync,
  existsSync,
  fstatSync,
  openSync,
  readSync,
  statSync,
  truncateSync,
} from 'node:fs';
import { open } from 'node:fs/promises';

/**
 * What must be known about an LMDB file before LMDB touches it, because LMDB would not answer with
 * an error: opening a file that is not one of its own ends the process with SIGSEGV (its binding
 * frees twice when an open fails), and so does reading pages that are missing, with SIGBUS.
 *
 * The first two pages of a file describe it, in turns:
 *
 *     offset 24  u32 magic   28  u32 version   48  u32 bytes of a page
 */
const MAGIC_AT = 24;
const MAGIC = 0xbeef_c0de;
const VERSION_AT = 28;
const PAGE_BYTES_AT = 48;
const PAGE_BYTES = [4096, 8192, 16_384, 32_768, 65_536];
const HEADER_BYTES = 64;

/** @returns a sentence if the file is not LMDB's; null if it is, is empty, or does not exist. */
export function faultOfHeader(path: string): string | null {
  if (!existsSync(path)) return null;
  const fd = openSync(path, 'r');
  try {
    if (fstatSync(fd).size === 0) return null;
    const first = readHeader(fd, 0);
    const pageBytes = first.readUInt32LE(PAGE_BYTES_AT);
    if (!PAGE_BYTES.includes(pageBytes)) return 'it does not start like an LMDB file';
    const second = readHeader(fd, pageBytes);
    const isPair =
      first.readUInt32LE(MAGIC_AT) === MAGIC &&
      second.readUInt32LE(MAGIC_AT) === MAGIC &&
      second.readUInt32LE(VERSION_AT) === first.readUInt32LE(VERSION_AT);
    return isPair ? null : 'its first two pages do not describe an LMDB file';
  } finally {
    closeSync(fd);
  }
}

/** What lies behind the end of the file reads as zeros. */
function readHeader(fd: number, at: number): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  readSync(fd, header, 0, HEADER_BYTES, at);
  return header;
}

/**
 * Lengthens the file to `bytes` with zeros if it is shorter, as it may be: LMDB need not write its
 * last pages while they are free. If more than that is missing, LMDB reports zeros as damage.
 */
export function fillUp(path: string, bytes: number): void {
  if (isShorter(path, bytes)) truncateSync(path, bytes);
}

export function isShorter(path: string, bytes: number): boolean {
  return statSync(path).size < bytes;
}

/** Read and handed over at a time. */
const COPY_BYTES = 1024 * 1024;

/**
 * Hands over the first `pages` pages of a file that LMDB may write to meanwhile. The first two, which
 * say which of the others count, are read before this returns.
 */
export async function copyFile(
  path: string,
  pageBytes: number,
  pages: number,
  write: (bytes: Uint8Array) => Promise<void>,
): Promise<void> {
  const head = Buffer.alloc(2 * pageBytes);
  const fd = openSync(path, 'r');
  try {
    readSync(fd, head, 0, head.length, 0);
  } finally {
    closeSync(fd);
  }
  await write(head);
  const file = await open(path, 'r');
  try {
    const piece = Buffer.allocUnsafeSlow(COPY_BYTES);
    for (let at = head.length; at < pages * pageBytes; at += COPY_BYTES) {
      const length = Math.min(COPY_BYTES, pages * pageBytes - at);
      const { bytesRead } = await file.read(piece, 0, length, at);
      // LMDB need not write its last pages while they are free
      piece.fill(0, bytesRead, length);
      await write(piece.subarray(0, length));
    }
  } finally {
    await file.close();
  }
}
