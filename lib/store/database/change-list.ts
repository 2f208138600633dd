/** Kept from one transaction to the next; a larger one gets memory of its own. */
const ARENA_BYTES = 256 * 1024;

type Change<T> = {
  readonly table: T;
  readonly key: Uint8Array;
  /** Null if the key was removed. */
  readonly value: Uint8Array | null;
};

/** The changes of one transaction, in order and copied, so that it can be done once more. */
export class ChangeList<T> {
  readonly #changes: Change<T>[] = [];
  #arena = Buffer.allocUnsafeSlow(ARENA_BYTES);
  #size = 0;

  clear(): void {
    this.#changes.length = 0;
    this.#size = 0;
    if (this.#arena.length > ARENA_BYTES) this.#arena = Buffer.allocUnsafeSlow(ARENA_BYTES);
  }

  add(table: T, key: Uint8Array, value: Uint8Array | null): void {
    this.#changes.push({ table, key: this.#copy(key), value: value && this.#copy(value) });
  }

  [Symbol.iterator](): Iterator<Change<T>> {
    return this.#changes[Symbol.iterator]();
  }

  #copy(bytes: Uint8Array): Uint8Array {
    if (this.#size + bytes.length > this.#arena.length) {
      // what was copied before stays where it is, and lives as long as the list refers to it
      this.#arena = Buffer.allocUnsafeSlow(Math.max(ARENA_BYTES, bytes.length * 2));
      this.#size = 0;
    }
    this.#arena.set(bytes, this.#size);
    const copy = this.#arena.subarray(this.#size, this.#size + bytes.length);
    this.#size += bytes.length;
    return copy;
  }
}
