import { checksum } from '../../lib/kit/checksum.ts';
import { pack } from '../../lib/wire/pack.ts';

/** Frames with any header at all, under a checksum that is right. */
export function sealed(fields: readonly unknown[], run?: Uint8Array): Uint8Array[] {
  const packed = pack(fields);
  const sum = Buffer.alloc(4);
  sum.writeUInt32LE(checksum(packed));
  const header = Buffer.concat([packed, sum]);
  return run ? [header, run] : [header];
}
