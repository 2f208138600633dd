import type { Change } from '../operations.ts';

/**
 * A statement about the history of the keys under a prefix: above the rev `after`, and up to `upTo`,
 * `changes` are all there are, in order. A change in the event feed makes one, so does a mark, and
 * so does a page of `changes`. What is committed never changes, so a claim that is true once is true
 * for ever, on whichever node and however late it is heard.
 */
export type Claim = {
  readonly after: number;
  readonly upTo: number;
  readonly changes: readonly Change[];
  /** About how much memory the changes take. */
  readonly bytes: number;
};
