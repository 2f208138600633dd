import { readU48, U48_BYTES, writeU48 } from './u48.ts';

/** How many seqs behind the newest a reply is kept, and how many bytes of them but the newest. */
export const REPLIES_MAX = 1024;
export const REPLIES_BYTES_MAX = 256 * 1024;

const ITEM_HEADER_BYTES = U48_BYTES + 4;
/** Room for replies beyond those that were read. */
const SPARE_BYTES = 1024;

/**
 * The first replies to the newest writes of a session, in the order of their seqs, each
 *
 *     u48 seq   u32 bytes of the reply   the reply
 *
 * They usually come in this order and leave in it, so adding one and dropping one is only moving an
 * end. What was at `floor` or below is forgotten.
 */
export class ReplyWindow {
  #bytes: Buffer;
  #start: number;
  #end: number;
  #floor: number;
  #newest: number;

  /** @param items as `items` gave them; copied. */
  constructor(floor: number, newest: number, items: Buffer) {
    this.#floor = floor;
    this.#newest = newest;
    this.#bytes = Buffer.allocUnsafe(items.length + SPARE_BYTES);
    this.#bytes.set(items, 0);
    this.#start = 0;
    this.#end = items.length;
  }

  /** No reply up to this seq is kept, and no write up to it is taken. */
  get floor(): number {
    return this.#floor;
  }

  get newest(): number {
    return this.#newest;
  }

  /** All of it, valid until the next change. */
  get items(): Buffer {
    return this.#bytes.subarray(this.#start, this.#end);
  }

  /** The reply to the write `seq`, a view; null if there is none. */
  find(seq: number): Buffer | null {
    if (seq > this.#newest) return null;
    const at = this.#place(seq);
    return at < this.#end && readU48(this.#bytes, at) === seq ? this.#replyAt(at) : null;
  }

  /** Keeps the reply to a write that has none yet and is above the floor. */
  add(seq: number, reply: Uint8Array): void {
    const bytes = ITEM_HEADER_BYTES + reply.length;
    this.#makeRoom(bytes);
    const at = seq > this.#newest ? this.#end : this.#place(seq);
    if (at < this.#end) this.#bytes.copyWithin(at + bytes, at, this.#end);
    writeU48(this.#bytes, seq, at);
    this.#bytes.writeUInt32BE(reply.length, at + U48_BYTES);
    this.#bytes.set(reply, at + ITEM_HEADER_BYTES);
    this.#end += bytes;
    this.#newest = Math.max(this.#newest, seq);
    this.forget(this.#newest - REPLIES_MAX);
    while (this.#isOver()) this.forget(readU48(this.#bytes, this.#start));
  }

  /** Forgets the replies up to `seq`. */
  forget(seq: number): void {
    if (seq <= this.#floor) return;
    this.#floor = seq;
    while (this.#start < this.#end && readU48(this.#bytes, this.#start) <= seq) {
      this.#start = this.#after(this.#start);
    }
  }

  /** One reply is always kept, whatever its size. */
  #isOver(): boolean {
    if (this.#end - this.#start <= REPLIES_BYTES_MAX) return false;
    return this.#after(this.#start) < this.#end;
  }

  /** Where `seq` is, or where it would be. */
  #place(seq: number): number {
    let at = this.#start;
    while (at < this.#end && readU48(this.#bytes, at) < seq) at = this.#after(at);
    return at;
  }

  #after(at: number): number {
    return at + ITEM_HEADER_BYTES + this.#bytes.readUInt32BE(at + U48_BYTES);
  }

  #replyAt(at: number): Buffer {
    return this.#bytes.subarray(at + ITEM_HEADER_BYTES, this.#after(at));
  }

  #makeRoom(bytes: number): void {
    if (this.#end + bytes <= this.#bytes.length) return;
    const kept = this.items;
    const larger = Buffer.allocUnsafe((kept.length + bytes) * 2);
    larger.set(kept, 0);
    this.#bytes = larger;
    this.#start = 0;
    this.#end = kept.length;
  }
}
