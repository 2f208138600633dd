/** Counts of up to 48 bits as six bytes, most significant first, so that they sort as numbers. */
export const U48_BYTES = 6;

export function u48(count: number): Buffer {
  const bytes = Buffer.allocUnsafe(U48_BYTES);
  bytes.writeUIntBE(count, 0, U48_BYTES);
  return bytes;
}

export function readU48(bytes: Buffer, at: number): number {
  return bytes.readUIntBE(at, U48_BYTES);
}

export function writeU48(bytes: Buffer, count: number, at: number): void {
  bytes.writeUIntBE(count, at, U48_BYTES);
}
