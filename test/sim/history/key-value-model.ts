import { isDeepStrictEqual } from 'node:util';
import type {
  Ask,
  Changes,
  Condition,
  Get,
  Members,
  Range,
  Step,
  Txn,
  Value,
} from './operation.ts';
import type { Freshness, Replay } from './replay.ts';

type Kept = {
  readonly value: Value;
  readonly rev: number;
  readonly created: number;
  readonly version: number;
};

/** What happened to one key; its rev is its place among all changes, from 1. */
type Change =
  | { readonly key: string; readonly value: Value }
  | { readonly key: string; readonly deleted: true };

const LIMIT_DEFAULT = 1000;
const STEP_LIMIT_DEFAULT = 100;

/**
 * The key-value database as INTERFACE §3 describes it, in the simplest way there is: one map and one
 * list. It knows no limits of bytes and forgets nothing, so it stands for histories of small values
 * that are shorter than the past a database keeps.
 */
export class KeyValueModel implements Replay<Ask> {
  readonly #keys: Map<string, Kept>;
  readonly #changes: Change[];
  /** All keys in byte order; null if a key came or went since they were put in order. */
  #ordered: readonly string[] | null = null;

  constructor(keys: Iterable<readonly [string, Kept]> = [], changes: readonly Change[] = []) {
    this.#keys = new Map(keys);
    this.#changes = [...changes];
  }

  get rev(): number {
    return this.#changes.length;
  }

  /** All that ever changed, oldest first: two models with the same changes are the same. */
  get changes(): readonly Change[] {
    return this.#changes;
  }

  copy(): KeyValueModel {
    return new KeyValueModel(this.#keys, this.#changes);
  }

  freshness(ask: Ask): Freshness | null {
    if (ask.op !== 'get' && ask.op !== 'range' && ask.op !== 'changes') return null;
    return { isStale: ask.read === 'stale', atLeast: ask.atLeast ?? 0 };
  }

  apply(ask: Ask, index: number): Members {
    return { ...this.#answer(ask), index };
  }

  read(ask: Ask): Members {
    return this.#answer(ask);
  }

  #answer(ask: Ask): Members {
    switch (ask.op) {
      case 'txn':
        return this.#txn(ask);
      case 'changes':
        return this.#since(ask);
      case 'range':
        return this.#range(ask, ask.limit ?? LIMIT_DEFAULT);
      default:
        return this.#step(ask);
    }
  }

  #step(step: Step): Members {
    switch (step.op) {
      case 'get':
        return this.#get(step);
      case 'range':
        return this.#range(step, step.limit ?? STEP_LIMIT_DEFAULT);
      case 'put':
        this.#put(step.key, step.value);
        return { rev: this.rev };
      case 'delete': {
        const deleted = this.#delete(step.key);
        return { deleted, rev: this.rev };
      }
      case 'cas': {
        const swapped = this.#holds(step);
        if (swapped) this.#put(step.key, step.value);
        const found = this.#keys.get(step.key);
        const current = swapped || !found ? {} : { current: found.value };
        return { swapped, ...current, rev: this.rev };
      }
    }
  }

  #txn(txn: Txn): Members {
    const succeeded = (txn.if ?? []).every((condition) => this.#holds(condition));
    const steps = (succeeded ? txn.then : txn.else) ?? [];
    const results = steps.map((step) => this.#step(step));
    return { succeeded, results, rev: this.rev };
  }

  #get({ key }: Get): Members {
    const found = this.#keys.get(key);
    return found ? { found: true, ...found, at: this.rev } : { found: false, at: this.rev };
  }

  #range({ from = '', to, prefix = '' }: Range, limit: number): Members {
    const keys = this.#inOrder().filter(
      (key) =>
        key.startsWith(prefix) &&
        byteOrder(key, from) >= 0 &&
        (to === undefined || byteOrder(key, to) < 0),
    );
    const entries = keys.slice(0, limit).map((key) => ({ key, ...this.#keys.get(key) }));
    return { entries, more: keys.length > limit, at: this.rev };
  }

  #since({ since, prefix = '', limit = LIMIT_DEFAULT }: Changes): Members {
    const found: Members[] = [];
    for (let rev = since + 1; rev <= this.rev; rev += 1) {
      const change = this.#changes[rev - 1] as Change;
      if (change.key.startsWith(prefix)) found.push({ rev, ...change });
    }
    return { changes: found.slice(0, limit), more: found.length > limit, at: this.rev };
  }

  #holds({ key, expect }: Condition): boolean {
    const found = this.#keys.get(key);
    if ('absent' in expect) return found === undefined;
    if ('rev' in expect) return found?.rev === expect.rev;
    return found !== undefined && isDeepStrictEqual(found.value, expect.value);
  }

  #put(key: string, value: Value): void {
    const rev = this.rev + 1;
    const before = this.#keys.get(key);
    if (!before) this.#ordered = null;
    const { created, version } = before ?? { created: rev, version: 0 };
    this.#keys.set(key, { value, rev, created, version: version + 1 });
    this.#changes.push({ key, value });
  }

  #delete(key: string): boolean {
    if (!this.#keys.delete(key)) return false;
    this.#ordered = null;
    this.#changes.push({ key, deleted: true });
    return true;
  }

  #inOrder(): readonly string[] {
    this.#ordered ??= [...this.#keys.keys()].sort(byteOrder);
    return this.#ordered;
  }
}

function byteOrder(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
