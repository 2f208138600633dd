import { valueEnd } from '../../../lib/wire/walk.ts';
import type { Chance } from '../chance.ts';

/** Fields of a header before the one that says what kind of mail it is (lib/wire/peer.ts). */
const FIELDS_BEFORE_KIND = 5;
const DEPTH = 2;
/** Kinds from here on are requests and answers that servers pass on. */
const FIRST_PASSED_ON = 16;

/** What kind of mail it is, as a number of the wire; 0 if it cannot be read. */
export function kindOf([header]: readonly Uint8Array[]): number {
  if (!header) return 0;
  let at = 1;
  for (let i = 0; i < FIELDS_BEFORE_KIND && at > 0; i += 1) at = valueEnd(header, at, DEPTH);
  return at > 0 ? (header[at] ?? 0) : 0;
}

/** Mail of the core may come twice; requests that are passed on are done as often as they come. */
export function isOfCore(frames: readonly Uint8Array[]): boolean {
  return kindOf(frames) < FIRST_PASSED_ON;
}

/** The frames with a few bits turned over, at any place. */
export function corrupted(frames: readonly Buffer[], chance: Chance): readonly Buffer[] {
  const bytes = Buffer.concat(frames);
  for (let flips = chance.pick([1, 1, 1, 2, 8, 32]); flips > 0; flips -= 1) {
    const at = chance.whole(0, bytes.length - 1);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << chance.whole(0, 7));
  }
  let end = 0;
  return frames.map(({ length }) => {
    end += length;
    return bytes.subarray(end - length, end);
  });
}
