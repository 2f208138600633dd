import { crc32 } from 'node:zlib';

/** CRC-32 (the polynomial of zlib and Ethernet) of `bytes`, as an unsigned 32-bit integer. */
export function checksum(bytes: Uint8Array, seed = 0): number {
  return crc32(bytes, seed);
}
