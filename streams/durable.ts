import { mergeMap, type Observable, type OperatorFunction } from 'rxjs';
import type { Input } from '../lib/core/input.ts';
import type { Outcome, Write } from '../lib/core/outcome.ts';
import type { LogStore } from '../lib/store/log-store.ts';
import { batchMap } from './batch-map.ts';

declare const durable: unique symbol;

/** Proof that `T`, and everything decided before it, would survive a crash. Minted only here. */
export type Durable<T> = T & { readonly [durable]: true };

/** Bounded by what peers and clients may have in flight; far below this in any real trouble. */
const PENDING_MAX = 65_536;

/**
 * Turns decisions into durable decisions, in order: one sync covers all that waited for the last.
 *
 * @throws {StorageError} through the stream, once and for all: a node that could not sync must
 *   not guess what the disk holds. It stops, and recovers by reading its log back.
 */
export function groupCommit(log: LogStore): OperatorFunction<Outcome, readonly Durable<Outcome>[]> {
  return batchMap((outcomes: readonly Outcome[]) => {
    const proven = outcomes as readonly Durable<Outcome>[];
    const writes = outcomes.map((outcome) => outcome.write).filter(isWrite);
    return writes.length === 0 ? proven : (log.commit(writes)?.then(() => proven) ?? proven);
  }, PENDING_MAX);
}

function isWrite(write: Write | null): write is Write {
  return write !== null;
}

/** The receipts of what has become durable: the core counts its own disk by them. */
export function receipts(durable$: Observable<readonly Durable<Outcome>[]>): Observable<Input> {
  return durable$.pipe(
    mergeMap((outcomes) => outcomes.flatMap(({ write }) => (write ? [write.receipt] : []))),
  );
}
