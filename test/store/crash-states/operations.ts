import type { Write } from '../../../lib/core/outcome.ts';
import type { Term } from '../../../lib/core/types.ts';
import type { LogImage } from '../log-model.ts';
import { entries, hard, write } from '../log-world.ts';

/** What a server may ask of its log. Short names, because they are typed to replay a failure. */
export type Operation =
  /** Appends one entry: a batch of one sector. */
  | 'small'
  /** Appends one entry that needs three sectors, most of them zeros. */
  | 'large'
  /** Takes away up to two entries and puts one of a new term in their place. */
  | 'replace'
  /** A vote in this term, or the next term if the vote is given; just when a mark is begun. */
  | 'vote'
  /** Two writes in one commit; the second replaces what the first appended. */
  | 'two'
  /** Nothing for a while, so that the log writes a mark. */
  | 'mark';

export const OPERATIONS: readonly Operation[] = [
  'small',
  'large',
  'replace',
  'vote',
  'two',
  'mark',
];

const LARGE_BYTES = 900;

/**
 * What `operation` commits to a log that holds `image`; nothing for a mark.
 *
 * @param number of the operation, so that no two of them store the same.
 */
export function writesOf(operation: Operation, image: LogImage, number: number): readonly Write[] {
  const { term, vote } = image.hard;
  const length = image.entries.length;
  const letter = String.fromCharCode(97 + number);
  switch (operation) {
    case 'small':
      return [append(image, letter)];
    case 'large':
      return [append(image, letter + '\0'.repeat(LARGE_BYTES))];
    case 'replace':
      return [newLeader(Math.max(1, length - 1), term, letter)];
    case 'vote':
      return [write([], vote === null ? hard(Math.max(1, term), 2) : hard(term + 1))];
    case 'two':
      return [append(image, letter), newLeader(length + 1, Math.max(1, term), letter, letter)];
    case 'mark':
      return [];
  }
}

function append({ hard: { term }, entries: { length } }: LogImage, payload: string): Write {
  if (term > 0) return write(entries(length + 1, term, payload));
  return write(entries(length + 1, 1, payload), hard(1));
}

function newLeader(first: number, term: Term, ...payloads: string[]): Write {
  return write(entries(first, term + 1, ...payloads), hard(term + 1));
}

/** Every sequence of `length` operations, in order. */
export function* sequencesOf(length: number): Generator<readonly Operation[]> {
  if (length === 0) {
    yield [];
    return;
  }
  for (const before of sequencesOf(length - 1)) {
    for (const operation of OPERATIONS) yield [...before, operation];
  }
}
