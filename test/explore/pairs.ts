const GROW_AT = 0.7;

/**
 * A map from two 32-bit numbers to one, in flat memory: 12 bytes a place. Used where millions of
 * entries would be too many objects.
 */
export class Pairs {
  #mask: number;
  #highs: Int32Array;
  #lows: Int32Array;
  /** One more than the value; 0 is a free place. */
  #values: Int32Array;
  #size = 0;

  constructor(capacity = 1 << 12) {
    this.#mask = capacity - 1;
    this.#highs = new Int32Array(capacity);
    this.#lows = new Int32Array(capacity);
    this.#values = new Int32Array(capacity);
  }

  get size(): number {
    return this.#size;
  }

  /** The value of the pair, or -1. */
  get(high: number, low: number): number {
    return (this.#values[this.#find(high | 0, low | 0)] as number) - 1;
  }

  /** The value that the pair has already, or -1, and now it has this one. Values are 0 or more. */
  add(high: number, low: number, value: number): number {
    const at = this.#find(high | 0, low | 0);
    const known = (this.#values[at] as number) - 1;
    if (known >= 0) return known;
    this.#highs[at] = high;
    this.#lows[at] = low;
    this.#values[at] = value + 1;
    this.#size += 1;
    if (this.#size > GROW_AT * this.#values.length) this.#grow();
    return -1;
  }

  #find(high: number, low: number): number {
    let at = Math.imul(high ^ Math.imul(low, 0x85ebca6b), 0x9e3779b1);
    at = (at ^ (at >>> 15)) & this.#mask;
    while (this.#values[at] !== 0 && (this.#highs[at] !== high || this.#lows[at] !== low)) {
      at = (at + 1) & this.#mask;
    }
    return at;
  }

  #grow(): void {
    const [highs, lows, values] = [this.#highs, this.#lows, this.#values];
    const capacity = values.length * 2;
    this.#mask = capacity - 1;
    this.#highs = new Int32Array(capacity);
    this.#lows = new Int32Array(capacity);
    this.#values = new Int32Array(capacity);
    for (let i = 0; i < values.length; i += 1) {
      if (values[i] === 0) continue;
      const at = this.#find(highs[i] as number, lows[i] as number);
      this.#highs[at] = highs[i] as number;
      this.#lows[at] = lows[i] as number;
      this.#values[at] = values[i] as number;
    }
  }
}
