import type { Change, WatchItem } from '../../../lib/client/client.ts';
import type { Applied } from '../../../lib/store/state-machine.ts';
import { unpack } from '../../../lib/wire/unpack.ts';
import { rule } from './rule.ts';

/** All changes that were committed, as the servers that apply them have them. */
export class Changes {
  readonly #all: Change[] = [];

  /** The newest rev. */
  get rev(): number {
    return this.#all.length;
  }

  applied(done: readonly Applied[]): void {
    for (const { rev, key, value } of done.flatMap(({ changes }) => changes)) {
      const change: Change =
        value === null ? { rev, key, deleted: true } : { rev, key, value: valueIn(value) };
      if (rev === this.#all.length + 1) this.#all.push(change);
      else rule(isSame(this.#all[rev - 1], change), `rev ${rev} is not the same on all servers`);
    }
  }

  at(rev: number): Change | null {
    return this.#all[rev - 1] ?? null;
  }

  /** The next change above `rev` of a key with this prefix. */
  next(rev: number, prefix: string): Change | null {
    for (let at = rev; at < this.#all.length; at += 1) {
      const change = this.#all[at] as Change;
      if (change.key.startsWith(prefix)) return change;
    }
    return null;
  }

  /** The last change up to `rev` of each key with this prefix that was there then. */
  state(rev: number, prefix: string): ReadonlyMap<string, Change> {
    const state = new Map<string, Change>();
    for (const change of this.#all.slice(0, rev)) {
      if (!change.key.startsWith(prefix)) continue;
      if (change.deleted) state.delete(change.key);
      else state.set(change.key, change);
    }
    return state;
  }
}

/** Holds what a watch hands over against what was committed. */
export class WatchJudge {
  readonly #changes: Changes;
  readonly #prefix: string;
  readonly #name: string;
  /** Everything up to here was handed over; null until the watch says where it begins. */
  #known: number | null;
  /** Keys that were handed over by a reading that goes on, and the rev of which it is. */
  #reading: { readonly rev: number; readonly keys: Map<string, Change> } | null = null;

  constructor(changes: Changes, prefix: string, name: string, since: number | null) {
    this.#changes = changes;
    this.#prefix = prefix;
    this.#name = name;
    this.#known = since;
  }

  /** The watch begins after this rev. */
  began(rev: number): void {
    this.#known ??= rev;
  }

  hands(item: WatchItem): void {
    if ('reread' in item) {
      rule(item.rev >= (this.#known ?? 0), `${this.#name} reads a state that is older than it has`);
      if (item.reread === 'begin') this.#reading = { rev: item.rev, keys: new Map() };
      else this.#endReading(item.rev);
    } else if (this.#reading) this.#readKey(this.#reading.rev, item);
    else this.#change(item);
  }

  #change(change: Change): void {
    const expected = this.#changes.next(this.#known ?? 0, this.#prefix);
    const told = `${this.#name} hands over ${change.rev} after ${this.#known}`;
    rule(isSame(expected, change), `${told}, where ${expected?.rev} comes next`);
    this.#known = change.rev;
  }

  #readKey(rev: number, change: Change): void {
    rule(change.rev <= rev, `${this.#name} reads rev ${change.rev} in a state at ${rev}`);
    rule(isSame(this.#changes.at(change.rev), change), `${this.#name} reads what nobody wrote`);
    this.#reading?.keys.set(change.key, change);
  }

  /** All that was there at the rev, except for what has changed since: that comes as a change. */
  #endReading(rev: number): void {
    const { keys = new Map<string, Change>() } = this.#reading ?? {};
    this.#reading = null;
    this.#known = rev;
    const state = this.#changes.state(rev, this.#prefix);
    for (const [key, change] of keys) {
      rule(state.get(key)?.rev === change.rev, `${this.#name} reads ${key} at ${change.rev}`);
    }
    for (const [key, { rev: written }] of state) {
      const isLater = this.#isWrittenAfter(rev, key);
      rule(keys.has(key) || isLater, `${this.#name} does not read ${key}, written at ${written}`);
    }
  }

  #isWrittenAfter(rev: number, key: string): boolean {
    for (let at = rev; at < this.#changes.rev; at += 1) {
      if (this.#changes.at(at + 1)?.key === key) return true;
    }
    return false;
  }

  /** What has not been handed over, or null. */
  get missing(): string | null {
    if (this.#reading) return `${this.#name} still reads`;
    const next = this.#changes.next(this.#known ?? 0, this.#prefix);
    return next === null ? null : `${this.#name} has not handed over rev ${next.rev}`;
  }
}

function valueIn(bytes: Uint8Array): unknown {
  const unpacked = unpack(bytes);
  rule(typeof unpacked !== 'string', `a value that is none: ${unpacked}`);
  return unpacked.value;
}

/** Values of simulated clients are strings. */
function isSame(a: Change | null | undefined, b: Change): boolean {
  return a?.rev === b.rev && a.key === b.key && a.deleted === b.deleted && a.value === b.value;
}
