import type { Key } from '../../wire/arguments.ts';
import type { Raw } from '../../wire/raw.ts';
import type { Change } from '../state-machine.ts';
import type { History } from './history.ts';
import type { KeyValue, KeyValues } from './key-values.ts';
import type { Lease, Leases } from './leases.ts';

/**
 * Keys, history, leases and rev, moved on together: every write is one rev, one change and one piece
 * of history, and a key is held by the lease that was written last with it. Writes need the
 * transaction of the machine around them.
 */
export class KeyValueState {
  readonly values: KeyValues;
  readonly history: History;
  readonly leases: Leases;
  #rev: number;
  #changes: Change[] = [];

  constructor(values: KeyValues, history: History, leases: Leases, rev: number) {
    this.values = values;
    this.history = history;
    this.leases = leases;
    this.#rev = rev;
  }

  /** Writes so far, since the database was empty. */
  get rev(): number {
    return this.#rev;
  }

  get(key: Key): KeyValue | null {
    return this.values.get(key.bytes);
  }

  /** @param lease which is there, and holds the key from now on; null for none. */
  put(key: Key, value: Raw, lease: number | null): void {
    this.#rev += 1;
    const held = lease ?? 0;
    const past = this.values.put(key.bytes, value.bytes, this.#rev, held);
    if (past !== held) this.#change(key, past, held);
    this.#note(key, value.bytes);
  }

  /** @returns false, with nothing changed, if there is no such key. */
  delete(key: Key): boolean {
    const lease = this.values.leaseOf(key.bytes);
    if (lease === null) return false;
    if (lease !== 0) this.leases.detach(lease, key.bytes);
    this.#remove(key);
    return true;
  }

  /** The lease ends, and its keys go with it, each as a change of its own. */
  end(lease: Lease): void {
    for (const bytes of this.leases.remove(lease)) {
      this.#remove({ text: bytes.toString('utf8'), bytes });
    }
  }

  /** What changed since this was asked last. */
  takeChanges(): readonly Change[] {
    const taken = this.#changes;
    this.#changes = [];
    return taken;
  }

  #change(key: Key, past: number, lease: number): void {
    if (past !== 0) this.leases.detach(past, key.bytes);
    if (lease !== 0) this.leases.attach(lease, key.bytes);
  }

  #remove(key: Key): void {
    this.#rev += 1;
    this.values.remove(key.bytes);
    this.#note(key, null);
  }

  #note(key: Key, value: Uint8Array | null): void {
    this.history.add(this.#rev, key.bytes, value);
    this.#changes.push({ rev: this.#rev, key: key.text, value });
  }
}
