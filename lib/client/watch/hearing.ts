import { CHANGE, type DecodedEvent, MARK } from '../../wire/event.ts';
import type { Change } from '../operations.ts';
import type { Claim } from './claim.ts';

/** A claim about the keys under `prefix`. */
export type Hearing = { readonly prefix: string; readonly claim: Claim };

/**
 * What an event says to those who watch: a mark about its prefix, a change about each prefix that
 * its node knows to be watched. Nothing, if it says nothing about them or cannot be true.
 */
export function hearingsOf({ topic, event }: DecodedEvent, bytes: number): readonly Hearing[] {
  if (topic.startsWith(MARK)) {
    const { rev, last } = event;
    const claim = claimOf(last, rev, [], bytes);
    return claim ? [{ prefix: topic.slice(MARK.length), claim }] : [];
  }
  const { after, rev, key } = event;
  if (!topic.startsWith(CHANGE) || !Array.isArray(after) || typeof key !== 'string') return [];
  const change = changeOf(event);
  return after.flatMap((pair: unknown) => {
    const [prefixBytes, before] = Array.isArray(pair) ? pair : [];
    const claim = claimOf(before, rev, [change], bytes);
    const prefix = startOf(key, prefixBytes);
    return claim && prefix !== null ? [{ prefix, claim }] : [];
  });
}

function changeOf(event: DecodedEvent['event']): Change {
  const { rev, key, value, deleted } = event as unknown as Change;
  return deleted === true ? { rev, key, deleted } : { rev, key, value };
}

function claimOf(
  after: unknown,
  upTo: unknown,
  changes: readonly Change[],
  bytes: number,
): Claim | null {
  if (!isRev(after) || !isRev(upTo) || after > upTo) return null;
  return { after, upTo, changes, bytes };
}

function isRev(number: unknown): number is number {
  return Number.isSafeInteger(number) && (number as number) >= 0;
}

/** The first `bytes` of a key, or null if that is no number of bytes. */
function startOf(key: string, bytes: unknown): string | null {
  if (!isRev(bytes)) return null;
  const start = key.slice(0, bytes);
  // as many characters as bytes: ASCII
  return Buffer.byteLength(start) === bytes
    ? start
    : Buffer.from(key).subarray(0, bytes).toString('utf8');
}
