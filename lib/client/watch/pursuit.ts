import { unreachable } from '../../kit/assert.ts';
import type { Change, Changes, Entries, KeyValue } from '../operations.ts';
import type { Claim } from './claim.ts';
import type { WatchItem } from './item.ts';
import { Sequence } from './sequence.ts';
import { sizeOfChange } from './size.ts';

/** What a watch has to ask the cluster. */
export type Ask =
  /** Which rev is the last one now? Everything acknowledged before is at or before it. */
  | { readonly kind: 'End' }
  /** What changed after `since`? Of a node that has `atLeast`; any node if that is null. */
  | { readonly kind: 'Changes'; readonly since: number; readonly atLeast: number | null }
  /** Which keys are there, `from` this one on? At first (null) of the newest state. */
  | { readonly kind: 'Keys'; readonly from: string | null; readonly atLeast: number | null };

export type Answer =
  | { readonly kind: 'Answered'; readonly reply: Pick<Changes, 'at'> | Changes | Entries }
  | { readonly kind: 'Compacted'; readonly oldest: number }
  /** There was no answer: the same has to be asked again after a while. */
  | { readonly kind: 'Failed' };

export type PursuitOptions = {
  /** Only changes of this key, if it is given. */
  readonly key: string | null;
  /** Everything up to this rev is known; null to begin with what comes from now on. */
  readonly since: number | null;
  /** Reads the keys anew when history is gone; else `lost` is told, and it is over. */
  readonly rereads: boolean;
  /** Most bytes that wait to be taken; see `bytesMax`. */
  readonly bufferBytes: number;
  readonly hand: (item: WatchItem, bytes: number) => void;
  /** Changes were compacted before they could be read. Nothing more will come. */
  readonly lost: (oldest: number) => void;
};

/** Nothing heard for so long: something may be missing, so ask. */
export const SILENCE_MS = 1000;
/** Events of what the cluster has for certain may be so late; then ask. */
const LATE_MS = 500;
/** After an ask that failed, pause. */
const PAUSE_MS = 200;

/** A reading of all keys that is under way. */
type Reading = { rev: number | null; from: string | null; readonly oldest: number };

/**
 * One watch as a state machine, without sockets and clocks: what is heard goes in, items come out,
 * and `next` says what to ask. One thing is asked at a time.
 *
 *     End ─► following ⇄ asking for Changes
 *                ▲             │ compacted
 *                └──── Keys ◄──┘
 *
 * However much of the event feed is lost, doubled or late, `Sequence` hands over every change once
 * and in order; here it is decided when to ask for what is missing. Memory is bounded: while too much
 * waits to be taken, what is heard is dropped, and asked for when there is room again.
 */
export class Pursuit {
  readonly #options: PursuitOptions;
  /** Null until it is known where to begin. */
  #sequence: Sequence | null;
  #reading: Reading | null = null;
  #isAsking = false;
  #isOver = false;
  #waitingBytes = 0;
  #isFull = false;
  #heardAtMs = Number.NEGATIVE_INFINITY;
  #pausedUntilMs = Number.NEGATIVE_INFINITY;
  /** No node could be found that has what was heard. */
  #isDoubted = false;
  /** The cluster had this rev then, and we did not. */
  #late: { readonly rev: number; readonly atMs: number } | null = null;

  constructor(options: PursuitOptions) {
    this.#options = options;
    this.#sequence = options.since === null ? null : this.#begin(options.since);
  }

  /** Everything up to here was handed over, or null before it is known where to begin. */
  get known(): number | null {
    return this.#sequence?.known ?? null;
  }

  #begin(since: number): Sequence {
    return new Sequence(since, this.#options.bufferBytes);
  }

  /** A claim of the event feed. */
  heard(claim: Claim, nowMs: number): void {
    this.#heardAtMs = nowMs;
    if (!this.#sequence || this.#isOver) return;
    if (this.#isFull || this.#reading) this.#sequence.hear(claim.upTo);
    else this.#take(claim);
  }

  /** The cluster has this rev, as a node has said in passing. Its event may be on the way. */
  told(rev: number, nowMs: number): void {
    const known = this.known;
    if (known !== null && rev > known) this.#late ??= { rev, atMs: nowMs };
  }

  /** `bytes` of what was handed over were taken. */
  taken(bytes: number): void {
    this.#waitingBytes -= bytes;
    if (this.#waitingBytes <= this.#options.bufferBytes / 2) this.#isFull = false;
  }

  /** What to ask now, if anything. Whoever gets an ask has to bring its answer. */
  next(nowMs: number): Ask | null {
    if (this.#isOver || this.#isAsking || this.#isFull || nowMs < this.#pausedUntilMs) return null;
    const ask = this.#wanted(nowMs);
    this.#isAsking = ask !== null;
    return ask;
  }

  #wanted(nowMs: number): Ask | null {
    if (this.#reading)
      return { kind: 'Keys', from: this.#reading.from, atLeast: this.#reading.rev };
    if (!this.#sequence) return { kind: 'End' };
    const { known, heard } = this.#sequence;
    if (this.#late && this.#late.rev <= known) this.#late = null;
    if (this.#late && nowMs - this.#late.atMs >= LATE_MS) this.#sequence.hear(this.#late.rev);
    const atLeast = this.#isDoubted ? null : heard;
    if (heard > known) return { kind: 'Changes', since: known, atLeast };
    if (nowMs - this.#heardAtMs < SILENCE_MS) return null;
    this.#heardAtMs = nowMs;
    return { kind: 'Changes', since: known, atLeast: null };
  }

  answered(ask: Ask, answer: Answer, nowMs: number): void {
    if (answer.kind === 'Answered') this.#onReply(ask, answer.reply, nowMs);
    else if (answer.kind === 'Compacted') this.#onCompacted(answer.oldest);
    else {
      this.#pausedUntilMs = nowMs + PAUSE_MS;
      this.#isDoubted = true;
    }
    // Not before: a reader who takes what is handed over may look whether there is more to ask.
    this.#isAsking = false;
  }

  #onReply(ask: Ask, reply: Pick<Changes, 'at'> | Changes | Entries, nowMs: number): void {
    switch (ask.kind) {
      case 'End':
        this.#sequence = this.#begin(reply.at);
        this.#heardAtMs = nowMs;
        break;
      case 'Changes':
        this.#onChanges(ask.since, reply as Changes);
        break;
      case 'Keys':
        this.#onKeys(this.#reading as Reading, reply as Entries);
        break;
      default:
        unreachable(ask);
    }
  }

  #onChanges(since: number, { changes, at, more }: Changes): void {
    const last = changes.at(-1);
    // a node that is behind has nothing to say of what comes after its own rev
    const upTo = more ? (last?.rev ?? since) : at;
    this.#take({ after: since, upTo, changes, bytes: 0 });
    // all there is, as a majority says: whatever was heard beyond it will be heard of again
    if (this.#isDoubted && !more) this.#sequence?.forget();
    this.#isDoubted = false;
  }

  #onCompacted(oldest: number): void {
    // the event feed brought what is missing, while it was asked for in vain
    if (!this.#reading && (this.known ?? 0) >= oldest) return;
    if (!this.#options.rereads) {
      this.#isOver = true;
      this.#options.lost(oldest);
      return;
    }
    this.#reading = { rev: null, from: null, oldest };
  }

  #onKeys(reading: Reading, { entries, more, at }: Entries): void {
    const { oldest } = reading;
    if (reading.rev === null) {
      reading.rev = at;
      this.#hand({ reread: 'begin', rev: at, oldest }, 0);
    }
    const { rev } = reading;
    // what was written after the first page was read comes again, as a change
    for (const entry of entries) if (entry.rev <= rev) this.#handKey(entry);
    const last = entries.at(-1);
    if (more && last) {
      reading.from = `${last.key}\0`;
      return;
    }
    this.#reading = null;
    const heard = this.#sequence?.heard ?? rev;
    this.#sequence = this.#begin(rev);
    this.#sequence.hear(heard);
    this.#hand({ reread: 'end', rev, oldest }, 0);
  }

  #handKey({ key, value, rev }: KeyValue): void {
    this.#handChange({ rev, key, value });
  }

  #take(claim: Claim): void {
    for (const change of this.#sequence?.take(claim) ?? []) this.#handChange(change);
  }

  #handChange(change: Change): void {
    const { key } = this.#options;
    if (key === null || change.key === key) this.#hand(change, sizeOfChange(change));
  }

  #hand(item: WatchItem, bytes: number): void {
    this.#waitingBytes += bytes;
    if (this.#waitingBytes >= this.#options.bufferBytes) this.#isFull = true;
    this.#options.hand(item, bytes);
  }
}
