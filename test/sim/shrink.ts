import { cpuUsedMs } from './cpu-used.ts';
import { FAULT_NAMES } from './faults.ts';
import { drawPlan, type PlanChanges } from './plan.ts';
import type { Played } from './play.ts';
import type { Action } from './script.ts';
import type { Violation } from './violation.ts';

/** A failing run made small. */
export type Shrunk = {
  readonly changes: PlanChanges;
  readonly played: Played;
  /** Runs that it took. */
  readonly runs: number;
};

/**
 * Leaves out of a failing run whatever it can fail without: classes of faults, actions of the script,
 * servers, clients, time. What remains breaks the same rule, if not in the same words.
 *
 * @param changes what the run was played with: what it did without is not brought back.
 * @param replay plays the seed with changes.
 * @param seconds of CPU time to spend at most; the smallest run so far is given then.
 */
export async function shrink(
  failed: Played,
  changes: PlanChanges,
  replay: (changes: PlanChanges) => Promise<Played>,
  seconds: number,
): Promise<Shrunk> {
  const search = new Search(failed, changes, replay, seconds);
  await search.quieten();
  await search.forget();
  await search.reduce();
  await search.quieten();
  return search.result;
}

class Search {
  readonly #seed: number;
  readonly #violation: Violation;
  readonly #replay: (changes: PlanChanges) => Promise<Played>;
  readonly #endMs: number;
  #best: Shrunk;
  #runs = 0;

  constructor(
    failed: Played,
    changes: PlanChanges,
    replay: (changes: PlanChanges) => Promise<Played>,
    seconds: number,
  ) {
    this.#replay = replay;
    this.#seed = failed.seed;
    this.#violation = failed.violation as Violation;
    this.#endMs = cpuUsedMs() + seconds * 1000;
    this.#best = {
      changes: { keep: scriptOf(failed.seed, changes).map((_, i) => i), ...changes },
      played: failed,
      runs: 0,
    };
  }

  get result(): Shrunk {
    return { ...this.#best, runs: this.#runs };
  }

  get #keep(): readonly number[] {
    return this.#best.changes.keep ?? [];
  }

  /** @returns whether the run still fails with these changes, which are kept then. */
  async #try(more: PlanChanges): Promise<boolean> {
    if (cpuUsedMs() > this.#endMs) return false;
    const changes = { ...this.#best.changes, ...more };
    this.#runs += 1;
    const played = await this.#replay(changes);
    if (!played.violation || !isAlike(played.violation, this.#violation)) return false;
    this.#best = { changes, played, runs: this.#runs };
    return true;
  }

  /** Does without classes of faults that strike all the time. */
  async quieten(): Promise<void> {
    for (const fault of FAULT_NAMES) {
      const { without = [] } = this.#best.changes;
      if (!without.includes(fault)) await this.#try({ without: [...without, fault] });
    }
  }

  /** Leaves out actions, first many at once, in the end one by one (Zeller: delta debugging). */
  async forget(): Promise<void> {
    const { simulatedMs } = this.#best.played;
    const actions = scriptOf(this.#seed, this.#best.changes);
    await this.#try({ keep: this.#keep.filter((i) => (actions[i]?.at ?? 0) <= simulatedMs) });
    await this.#try({ keep: [] });
    for (let size = Math.ceil(this.#keep.length / 2); size >= 1; size = Math.floor(size / 2)) {
      for (let at = 0; at < this.#keep.length; ) {
        const keep = this.#keep.filter((_, i) => i < at || i >= at + size);
        if (!(await this.#try({ keep }))) at += size;
      }
    }
  }

  /** Fewer servers, fewer and calmer clients, and an earlier end. */
  async reduce(): Promise<void> {
    for (const size of [1, 2, 3, 4]) {
      if (size < this.#best.played.plan.size && (await this.#try({ size }))) break;
    }
    await this.#try({ connections: 1 });
    for (const calm of [100, 30, 10, 3]) if (await this.#try({ calm })) break;
    for (const part of [0.1, 0.3, 0.6]) {
      const troubleMs = Math.ceil(this.#best.played.plan.troubleMs * part);
      if (await this.#try({ troubleMs })) break;
    }
  }
}

/** The whole script, which places count in. */
function scriptOf(seed: number, { size }: PlanChanges): readonly Action[] {
  return drawPlan(seed, size === undefined ? {} : { size }).actions;
}

/** The same kind of violation in the same words, whatever the numbers. */
function isAlike(a: Violation, b: Violation): boolean {
  return a.kind === b.kind && firstWords(a) === firstWords(b);
}

function firstWords({ message }: Violation): string {
  return message.replace(/[^a-z ]/gi, '').slice(0, 30);
}

/** The options of `simulate` that play just this run. */
export function replayOptions(seed: number, changes: PlanChanges): string {
  const { size, without = [], keep, troubleMs, connections, calm } = changes;
  const left = FAULT_NAMES.filter((fault) => !without.includes(fault));
  const options = [
    ['seed', seed],
    ['nodes', size],
    ['faults', without.length > 0 ? left.join() || 'none' : undefined],
    ['keep', keep && (keep.join() || 'none')],
    ['trouble', troubleMs],
    ['connections', connections],
    ['calm', calm],
  ] as const;
  return options
    .flatMap(([name, value]) => (value === undefined ? [] : [`--${name} ${value}`]))
    .join(' ');
}
