import type { Write } from '../../lib/core/outcome.ts';
import type { HardState } from '../../lib/core/types.ts';
import type { Recovered } from '../../lib/store/log-store.ts';
import { entries, hard, readAll, told, write } from './log-world.ts';

/** What a log must hold, kept in the simplest way there is. */
export type LogImage = { readonly hard: HardState; readonly entries: readonly string[] };

export const NOTHING: LogImage = { hard: { term: 0, vote: null }, entries: [] };

/** The log after a commit. */
export function after(image: LogImage, writes: readonly Write[]): LogImage {
  let { hard, entries } = image;
  for (const write of writes) {
    hard = write.hard ?? hard;
    const first = write.entries[0]?.index;
    if (first !== undefined) entries = [...entries.slice(0, first - 1), ...write.entries.map(told)];
  }
  return { hard, entries };
}

/** What recovery found, read back from disk, and checked against what it says about it. */
export async function imageOf(recovered: Recovered): Promise<LogImage> {
  const all = await readAll(recovered, 2000);
  const { tail, terms, last } = recovered;
  const ends = all.slice(all.length - tail.length);
  if (tail.map(told).join() !== ends.join()) throw new Error('the tail is not the end of the log');
  for (let index = 1; index <= all.length; index += 1) {
    const term = terms.findLast(({ first }) => first <= index)?.term;
    if (!all[index - 1]?.startsWith(`${index}/${term} `))
      throw new Error(`term of ${index} is wrong`);
  }
  if (last.index !== all.length || (terms.at(-1)?.term ?? 0) !== last.term) {
    throw new Error('the last entry is not the end of the log');
  }
  return { hard: recovered.hard, entries: all };
}

/** A commit that a server could make in this state: an append, a replacement, a vote, or several. */
export function anyCommit(image: LogImage, random: () => number): Write[] {
  const writes: Write[] = [];
  let now = image;
  const count = 1 + Math.floor(random() * 3);
  for (let i = 0; i < count; i += 1) {
    const next = anyWrite(now, random);
    writes.push(next);
    now = after(now, [next]);
  }
  return writes;
}

function anyWrite(image: LogImage, random: () => number): Write {
  const { term, vote } = image.hard;
  const kind = random();
  if (kind < 0.15) return write([], hard(term + 1, random() < 0.5 ? 2 : null));
  if (kind < 0.2 && vote === null) return write([], hard(term, 3));
  const payloads = Array.from({ length: 1 + Math.floor(random() * 4) }, () => anyPayload(random));
  const length = image.entries.length;
  if (kind < 0.35 && length > 0) {
    const first = 1 + Math.floor(length * Math.max(random(), random()));
    return write(entries(first, term + 1, ...payloads), hard(term + 1));
  }
  return write(entries(length + 1, term, ...payloads));
}

function anyPayload(random: () => number): string {
  const size = Math.floor(random() ** 4 * 1800);
  return (random() < 0.3 ? '\0' : String.fromCharCode(97 + Math.floor(random() * 26))).repeat(size);
}
