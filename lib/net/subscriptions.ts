import { isUtf8 } from 'node:buffer';

/** Topics have at most so many bytes (`kv.` and a key); a longer prefix matches none. */
const PREFIX_BYTES_MAX = 1100;
/** Most prefixes remembered. Beyond it every topic is taken to be wanted. */
export const PREFIXES_MAX = 10_000;

const SUBSCRIBE = 1;
const UNSUBSCRIBE = 0;
const BEYOND_ASCII = /[^\0-\x7f]/;

/**
 * What the subscribers of an XPUB want. It reports a prefix when the first one subscribes to it and
 * when the last one leaves, and drops what nobody wants by itself: this table saves the work of
 * making events, so it may take too much for wanted, but not too little. (It would if someone
 * cancelled what others subscribed to, which no ZeroMQ library does: the XPUB reports that, too.)
 *
 * Prefixes are bytes, and need not end where a character of UTF-8 does. Here they are strings of one
 * character a byte (latin1).
 */
export class Subscriptions {
  /** In order. */
  readonly #prefixes: string[] = [];
  /** Prefixes that found no place. */
  #untold = 0;
  /** What `startingWith` gave since the last change. */
  readonly #listed = new Map<string, readonly string[]>();

  /** Takes a message that the XPUB received. What is no (un)subscription has no effect. */
  take(message: Buffer): void {
    const kind = message[0];
    if (message.length > 1 + PREFIX_BYTES_MAX) return;
    this.#listed.clear();
    if (kind === SUBSCRIBE) this.#add(message.toString('latin1', 1));
    else if (kind === UNSUBSCRIBE) this.#remove(message.toString('latin1', 1));
  }

  /** True if anyone may have subscribed to a prefix of `topic`. */
  wants(topic: string): boolean {
    if (this.#untold > 0) return true;
    let rest = BEYOND_ASCII.test(topic) ? Buffer.from(topic).toString('latin1') : topic;
    // Of the prefixes that are not after `rest` the last one is a prefix of it, or any that is must
    // be a prefix of what the two have in common.
    for (;;) {
      const prefix = this.#prefixes[this.#placeAfter(rest) - 1];
      if (prefix === undefined) return false;
      const common = commonLength(prefix, rest);
      if (common === prefix.length) return true;
      rest = rest.slice(0, common);
    }
  }

  /** True if anyone may have subscribed to a topic that begins with `start`, which is ASCII. */
  wantsWithin(start: string): boolean {
    const next = this.#prefixes[this.#placeAfter(start)];
    return next?.startsWith(start) === true || this.wants(start);
  }

  /**
   * All prefixes that begin with `start`, as text, in the order of their bytes; those that are not
   * UTF-8 are left out. The same array as long as nothing changes.
   */
  startingWith(start: string): readonly string[] {
    const known = this.#listed.get(start);
    if (known) return known;
    const bytes = Buffer.from(start).toString('latin1');
    const texts = this.#prefixes
      .filter((prefix) => prefix.startsWith(bytes))
      .map(textOf)
      .filter((text) => text !== null);
    this.#listed.set(start, texts);
    return texts;
  }

  #add(prefix: string): void {
    const place = this.#placeAfter(prefix);
    if (this.#prefixes[place - 1] === prefix) return;
    if (this.#prefixes.length < PREFIXES_MAX) this.#prefixes.splice(place, 0, prefix);
    else this.#untold += 1;
  }

  #remove(prefix: string): void {
    const place = this.#placeAfter(prefix) - 1;
    if (this.#prefixes[place] === prefix) this.#prefixes.splice(place, 1);
    else if (this.#untold > 0) this.#untold -= 1;
  }

  /** How many prefixes are `text` or before it. */
  #placeAfter(text: string): number {
    let low = 0;
    let high = this.#prefixes.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#prefixes[middle] as string) <= text) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Bytes as text, or null if they are not UTF-8. */
function textOf(latin1: string): string | null {
  const bytes = Buffer.from(latin1, 'latin1');
  return isUtf8(bytes) ? bytes.toString('utf8') : null;
}

function commonLength(a: string, b: string): number {
  const end = Math.min(a.length, b.length);
  let at = 0;
  while (at < end && a.charCodeAt(at) === b.charCodeAt(at)) at++;
  return at;
}
