import type { Index, NodeId } from '../../../lib/core/types.ts';

/** How a request ended, as far as a story tells. */
export type Ending = 'write' | 'read' | 'refused' | 'given up';

/** Each as it is told once, and more often. */
const ENDINGS: readonly (readonly [Ending, string])[] = [
  ['write', 'writes'],
  ['read', 'reads'],
  ['refused', 'refused'],
  ['given up', 'given up'],
];

/** Fewer answers than this are no news by themselves. */
const NEWS = 10;

/** What one leader has found committed: all of a range, unless others led in between. */
type Commits = { readonly first: Index; readonly last: Index; readonly count: number };

/** What goes on all the time, counted between two lines of a story. */
export class Meanwhile {
  readonly #commits = new Map<NodeId, Commits>();
  readonly #endings = new Map<Ending, number>();

  commits(leader: NodeId, first: Index, last: Index, count = last - first + 1): void {
    const known = this.#commits.get(leader) ?? { first, last, count: 0 };
    this.#commits.set(leader, {
      first: Math.min(known.first, first),
      last: Math.max(known.last, last),
      count: known.count + count,
    });
  }

  ends(ending: Ending, times = 1): void {
    this.#endings.set(ending, (this.#endings.get(ending) ?? 0) + times);
  }

  /** Adds what went on later. */
  add(later: Meanwhile): void {
    for (const [leader, { first, last, count }] of later.#commits)
      this.commits(leader, first, last, count);
    for (const [ending, times] of later.#endings) this.ends(ending, times);
  }

  get isEmpty(): boolean {
    return this.#commits.size === 0 && this.#endings.size === 0;
  }

  /** Whether it is worth a line. */
  get isNews(): boolean {
    const answers = [...this.#endings.values()].reduce((sum, times) => sum + times, 0);
    return this.#commits.size > 0 || answers >= NEWS;
  }

  tell(): string {
    const commits = [...this.#commits].map(
      ([leader, some]) => `n${leader} commits ${tellCommits(some)}`,
    );
    const endings = ENDINGS.flatMap(([ending, endings]) => {
      const times = this.#endings.get(ending) ?? 0;
      return times === 0 ? [] : [`${times} ${times === 1 ? ending : endings}`];
    });
    const clients = endings.length === 0 ? [] : [`clients: ${endings.join(', ')}`];
    return `meanwhile ${[...commits, ...clients].join('; ')}`;
  }
}

function tellCommits({ first, last, count }: Commits): string {
  if (count !== last - first + 1) return `${count} entries up to ${last}`;
  return first === last ? `${first}` : `${first}..${last}`;
}
