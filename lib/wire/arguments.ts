import { type Refusal, refuse } from './client.ts';
import { Raw } from './raw.ts';
import { readBoolean, readString, readUint, scanMap } from './scan.ts';
import { shown } from './shown.ts';
import { asBuffer, textStart } from './walk.ts';

/** Longest key, in bytes of UTF-8; the shortest has one. */
export const KEY_BYTES_MAX = 1024;
/** Longest bound of a range: one byte more makes the first place after the longest key. */
const BOUND_BYTES_MAX = KEY_BYTES_MAX + 1;

/** A key as text, and as the UTF-8 bytes that order it (a view of the request's frame). */
export type Key = { readonly text: string; readonly bytes: Uint8Array };

/** What a key must be: hold this value (see `sameValue`), have this rev, or not be there. */
export type Expectation =
  | { readonly kind: 'value'; readonly value: Raw }
  | { readonly kind: 'rev'; readonly rev: number }
  | { readonly kind: 'absent' };

/** How fresh a read must be: `lease` is served as `linearizable` in this version. */
export const READ_MODES = ['linearizable', 'lease', 'stale'] as const;
export type ReadMode = (typeof READ_MODES)[number];

/** What every read may say. `atLeast`: wait until the serving node's state has that rev. */
export type ReadOptions = { readonly read: ReadMode; readonly atLeast: number };

/** The read options of a request, whatever its operation. */
export function readOptions(args: ReadonlyMap<string, Raw>): ReadOptions | Refusal {
  const taken = new Arguments(args, 'read', Number.POSITIVE_INFINITY);
  const options = taken.readOptions();
  return taken.refusal ?? options;
}

/**
 * Takes arguments by name, checking each. The first that is wrong is remembered as a refusal, and
 * everything taken after it is worthless: look at `refusal` before use.
 */
export class Arguments {
  readonly #args: ReadonlyMap<string, Raw>;
  /** What the arguments are of, for messages. */
  readonly #place: string;
  readonly #valueBytesMax: number;
  #refusal: Refusal | null = null;

  constructor(args: ReadonlyMap<string, Raw>, place: string, valueBytesMax: number) {
    this.#args = args;
    this.#place = place;
    this.#valueBytesMax = valueBytesMax;
  }

  /** What was wrong first, or null. */
  get refusal(): Refusal | null {
    return this.#refusal;
  }

  /** Refuses the request, unless something was wrong before. */
  refuse(what: string): void {
    this.#refusal ??= refuse('BAD_REQUEST', `${this.#place}: ${what}`);
  }

  /** Takes what is nested: the arguments of one item of a list. What is wrong there is wrong here. */
  within<T>(args: ReadonlyMap<string, Raw>, place: string, take: (item: Arguments) => T): T {
    const item = new Arguments(args, `${this.#place}: ${place}`, this.#valueBytesMax);
    const taken = take(item);
    this.#refusal ??= item.refusal;
    return taken;
  }

  /** Refuses every argument that is not among `names`. */
  only(...names: readonly string[]): void {
    for (const name of this.#args.keys()) {
      if (names.includes(name)) continue;
      const hint = names.length === 0 ? 'there are none' : `known are ${names.join(', ')}`;
      this.refuse(`unknown argument ${shown(name)}; ${hint}`);
    }
  }

  optional(name: string): Raw | null {
    return this.#args.get(name) ?? null;
  }

  key(): Key {
    const raw = this.#required('key');
    const text = readString(raw);
    const bytes = text === null ? raw.bytes : textBytes(raw);
    if (text === null) this.refuse('key must be a string (msgpack str, UTF-8)');
    else if (bytes.length === 0 || bytes.length > KEY_BYTES_MAX) {
      this.refuse(`key must have 1 to ${KEY_BYTES_MAX} bytes, not ${bytes.length}`);
    }
    return { text: text ?? '', bytes };
  }

  /** Any msgpack value. */
  value(): Raw {
    return this.#checkSize(this.#required('value'));
  }

  #checkSize(value: Raw): Raw {
    const { length } = value.bytes;
    if (length > this.#valueBytesMax) {
      const message = `${this.#place}: a value of ${length} bytes; at most ${this.#valueBytesMax} are taken`;
      this.#refusal ??= refuse('TOO_LARGE', message);
    }
    return value;
  }

  /** An integer from `min` to `max`; `otherwise` stands in if it is left out. */
  uint(name: string, min: number, max: number, otherwise?: number): number {
    const raw = this.optional(name);
    if (!raw && otherwise !== undefined) return otherwise;
    const value = raw && readUint(raw);
    if (value !== null && value >= min && value <= max) return value;
    this.refuse(`${name} must be an integer from ${min} to ${max}`);
    return min;
  }

  /** A place between keys, or a prefix of them: may be empty, and may be left out. */
  bound(name: string): string | null {
    const raw = this.optional(name);
    if (!raw) return null;
    const text = readString(raw);
    if (text === null || textBytes(raw).length > BOUND_BYTES_MAX) {
      this.refuse(`${name} must be a string of at most ${BOUND_BYTES_MAX} bytes`);
    }
    return text;
  }

  expectation(): Expectation {
    const members = scanMap(this.#required('expect').bytes);
    const entry = typeof members !== 'string' && members.size === 1 ? [...members][0] : undefined;
    const [name, raw] = entry ?? ['', NIL];
    if (name === 'value') return { kind: 'value', value: this.#checkSize(raw) };
    if (name === 'absent' && readBoolean(raw) === true) return { kind: 'absent' };
    const rev = name === 'rev' ? readUint(raw) : null;
    if (rev !== null && rev > 0) return { kind: 'rev', rev };
    this.refuse('expect must be one of {value: v}, {rev: n} with n from 1, {absent: true}');
    return { kind: 'absent' };
  }

  readOptions(): ReadOptions {
    const raw = this.optional('read');
    const mode = raw ? readString(raw) : READ_MODES[0];
    const read = READ_MODES.find((known) => known === mode);
    if (!read) this.refuse(`read must be one of ${READ_MODES.join(', ')}`);
    const atLeast = this.uint('atLeast', 0, Number.MAX_SAFE_INTEGER, 0);
    return { read: read ?? READ_MODES[0], atLeast };
  }

  #required(name: string): Raw {
    const raw = this.#args.get(name);
    if (!raw) this.refuse(`argument ${name} is missing`);
    return raw ?? NIL;
  }
}

const NIL = new Raw(Buffer.from([0xc0]));

/** The UTF-8 bytes of a str. */
function textBytes(raw: Raw): Uint8Array {
  return raw.bytes.subarray(textStart(asBuffer(raw.bytes), 0));
}
