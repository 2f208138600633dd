import type { Change } from '../operations.ts';

/**
 * The history between what a watch had handed over and `oldest` is gone, so it reads the keys anew,
 * as they are at `rev`. After the beginning each key comes once, with the rev of its last write,
 * which is at most `rev`; after the end changes come again, from `rev` on. Keys that do not come
 * are gone, or were written after `rev`: then their change follows.
 */
export type Reread = {
  readonly reread: 'begin' | 'end';
  readonly rev: number;
  /** The smallest `since` from which changes were still known. */
  readonly oldest: number;
};

/** What a watch hands over. */
export type WatchItem = Change | Reread;
