import type { Refusal, Reply } from '../../wire/client.ts';
import type { Deadlines } from './deadlines.ts';
import { decodeKept, encodeKept } from './kept-reply.ts';
import { ReplyWindow } from './reply-window.ts';
import type { Row, Table } from './tables.ts';
import { readU48, U48_BYTES, u48, writeU48 } from './u48.ts';

/** A session while a transaction is under way. */
export type Session = {
  readonly id: number;
  readonly ttlMs: number;
  /** When it ends, in ms of log time. */
  endsAt: number;
  /** Where its row in `Deadlines` is: at the end it had when it was looked at last. */
  lookAt: number;
  readonly replies: ReplyWindow;
};

/**
 * The sessions of clients (Raft thesis §6.3), one row each. The key is the session's id, which is
 * the index of the entry that opened it; the value
 *
 *     offset  0  u48 ttl    6  u48 ends at    12  u48 looked at at    18  u48 floor
 *            24  u48 newest seq                                       30  the replies (`ReplyWindow`)
 *
 * A transaction reads and writes the row of a session once, however many of its writes it holds.
 */
export class Sessions {
  readonly #table: Table;
  readonly #deadlines: Deadlines;
  readonly #touched = new Map<number, Session>();
  #count = 0;

  constructor(table: Table, deadlines: Deadlines) {
    this.#table = table;
    this.#deadlines = deadlines;
    for (const _ of table.keys(null, null)) this.#count += 1;
  }

  get count(): number {
    return this.#count;
  }

  open(id: number, ttlMs: number, endsAt: number): void {
    const replies = new ReplyWindow(0, 0, NOTHING);
    this.#touched.set(id, { id, ttlMs, endsAt, lookAt: endsAt, replies });
    this.#deadlines.add({ kind: 'session', id, at: endsAt });
    this.#count += 1;
  }

  /** What is changed in it is kept by `flush`, in the same transaction. */
  find(id: number): Session | null {
    const known = this.#touched.get(id);
    if (known) return known;
    const row = this.#table.get(u48(id));
    if (row === null) return null;
    const session = readRow(id, row);
    this.#touched.set(id, session);
    return session;
  }

  /** Puts off looking at it until the end that it has by now. */
  putOff(session: Session): void {
    this.#deadlines.remove({ kind: 'session', id: session.id, at: session.lookAt });
    session.lookAt = session.endsAt;
    this.#deadlines.add({ kind: 'session', id: session.id, at: session.lookAt });
  }

  remove({ id, lookAt }: Session): void {
    this.#deadlines.remove({ kind: 'session', id, at: lookAt });
    this.#touched.delete(id);
    this.#table.remove(u48(id));
    this.#count -= 1;
  }

  /** Writes what was changed since the last time. */
  flush(): void {
    for (const session of this.#touched.values()) this.#table.put(u48(session.id), rowOf(session));
    this.#touched.clear();
  }

  rows(): Iterable<Row> {
    return this.#table.rows(null, null);
  }
}

/** The first reply to the write `seq` of a session, or null. */
export function firstReply({ replies }: Session, seq: number): Reply | Refusal | null {
  const kept = replies.find(seq);
  return kept && decodeKept(kept);
}

export function keepReply({ replies }: Session, seq: number, reply: Reply | Refusal): void {
  replies.add(seq, encodeKept(reply));
}

const NOTHING = Buffer.alloc(0);
const ITEMS_AT = 5 * U48_BYTES;

function rowOf({ ttlMs, endsAt, lookAt, replies }: Session): Buffer {
  const { items } = replies;
  const row = Buffer.allocUnsafe(ITEMS_AT + items.length);
  [ttlMs, endsAt, lookAt, replies.floor, replies.newest].forEach((count, i) => {
    writeU48(row, count, i * U48_BYTES);
  });
  row.set(items, ITEMS_AT);
  return row;
}

function readRow(id: number, row: Buffer): Session {
  const at = (place: number): number => readU48(row, place * U48_BYTES);
  const replies = new ReplyWindow(at(3), at(4), row.subarray(ITEMS_AT));
  return { id, ttlMs: at(0), endsAt: at(1), lookAt: at(2), replies };
}
