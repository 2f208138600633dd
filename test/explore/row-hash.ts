import type { Row } from './world.ts';

/**
 * 64 bits that stand for a row, in two numbers. Two of ten million different worlds are taken as
 * one with a chance of about 3 in a million.
 */
export class RowHash {
  high = 0;
  low = 0;

  of(row: Row, length: number): void {
    let a = 0x9e3779b9 ^ length;
    let b = 0x7f4a7c15 ^ length;
    for (let i = 0; i < length; i += 1) {
      const number = row[i] as number;
      a = mix(a ^ number, 0x85ebca6b);
      b = mix((b + number) | 0, 0xc2b2ae35);
    }
    this.high = mix(a ^ (b << 7), 0x27d4eb2f);
    this.low = mix(b ^ (a >>> 9), 0x165667b1);
  }
}

/** Spreads every bit of `number` over all bits (a step of MurmurHash3's end). */
function mix(number: number, by: number): number {
  let h = number ^ (number >>> 16);
  h = Math.imul(h, by);
  h ^= h >>> 13;
  h = Math.imul(h, 0x9e3779b1);
  return h ^ (h >>> 16);
}
