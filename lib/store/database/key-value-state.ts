import type { Key } from '../../wire/arguments.ts';
import type { Raw } from '../../wire/raw.ts';
import type { Change } from '../state-machine.ts';
import type { History } from './history.ts';
import type { KeyValue, KeyValues } from './key-values.ts';

/**
 * Keys, history and rev, moved on together: every write is one rev, one change and one piece of
 * history. Writes need the transaction of the machine around them.
 */
export class KeyValueState {
  readonly values: KeyValues;
  readonly history: History;
  #rev: number;
  #changes: Change[] = [];

  constructor(values: KeyValues, history: History, rev: number) {
    this.values = values;
    this.history = history;
    this.#rev = rev;
  }

  /** Writes so far, since the database was empty. */
  get rev(): number {
    return this.#rev;
  }

  get(key: Key): KeyValue | null {
    return this.values.get(key.bytes);
  }

  put(key: Key, value: Raw): void {
    this.#rev += 1;
    this.values.put(key.bytes, value.bytes, this.#rev);
    this.#note(key, value.bytes);
  }

  /** @returns false, with nothing changed, if there is no such key. */
  delete(key: Key): boolean {
    if (!this.values.has(key.bytes)) return false;
    this.#rev += 1;
    this.values.remove(key.bytes);
    this.#note(key, null);
    return true;
  }

  /** What changed since this was asked last. */
  takeChanges(): readonly Change[] {
    const taken = this.#changes;
    this.#changes = [];
    return taken;
  }

  #note(key: Key, value: Uint8Array | null): void {
    this.history.add(this.#rev, key.bytes, value);
    this.#changes.push({ rev: this.#rev, key: key.text, value });
  }
}
