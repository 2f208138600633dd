import type { Row, Table } from './tables.ts';
import { readU48, U48_BYTES, writeU48 } from './u48.ts';

/** What ends by log time. */
export type MortalKind = 'session' | 'lease';
/** One of them and when to look at it, in ms of log time. */
export type Deadline = { readonly kind: MortalKind; readonly id: number; readonly at: number };

const KINDS: readonly MortalKind[] = ['session', 'lease'];
const KEY_BYTES = 2 * U48_BYTES + 1;
const PRESENT = Buffer.from([1]);

/**
 * When to look whether something has ended, the earliest first: rows without content whose keys are
 *
 *     u48 log time in ms   u8 kind   u48 id
 *
 * Nobody moves a row when a life is prolonged, which happens at every write of a session: whoever
 * looks finds that the end is later by now, and puts the row there.
 */
export class Deadlines {
  readonly #table: Table;
  /** The earliest; undefined while that must be looked up. */
  #next: number | null | undefined = undefined;

  constructor(table: Table) {
    this.#table = table;
  }

  /** When the earliest falls, or null if there is none. */
  get next(): number | null {
    if (this.#next === undefined) {
      const [first] = this.#table.keys(null, null);
      this.#next = first ? readU48(first, 0) : null;
    }
    return this.#next;
  }

  add(deadline: Deadline): void {
    this.#table.put(keyOf(deadline), PRESENT);
    this.#next = undefined;
  }

  remove(deadline: Deadline): void {
    this.#table.remove(keyOf(deadline));
    this.#next = undefined;
  }

  rows(): Iterable<Row> {
    return this.#table.rows(null, null);
  }

  /** Those that fall at `now` or before, `max` at most, the earliest first. */
  due(now: number, max: number): readonly Deadline[] {
    const due: Deadline[] = [];
    const next = this.next;
    if (next === null || next > now) return due;
    const after = keyOf({ kind: 'session', id: 0, at: now + 1 });
    for (const key of this.#table.keys(null, after)) {
      due.push(deadlineIn(key));
      if (due.length === max) break;
    }
    return due;
  }
}

function keyOf({ kind, id, at }: Deadline): Buffer {
  const key = Buffer.allocUnsafe(KEY_BYTES);
  writeU48(key, at, 0);
  key.writeUInt8(KINDS.indexOf(kind), U48_BYTES);
  writeU48(key, id, U48_BYTES + 1);
  return key;
}

function deadlineIn(key: Buffer): Deadline {
  const kind = KINDS[key.readUInt8(U48_BYTES)] ?? 'session';
  return { at: readU48(key, 0), kind, id: readU48(key, U48_BYTES + 1) };
}
