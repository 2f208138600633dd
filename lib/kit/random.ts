/**
 * A seeded generator whose whole state is one unsigned 32-bit number, so that chance can live in a
 * state and be replayed (Marsaglia's xorshift with a final multiplication).
 */
export function nextRandom(state: number): number {
  let x = state === 0 ? 0x9e3779b9 : state;
  x ^= x << 13;
  x ^= x >>> 17;
  x ^= x << 5;
  return x >>> 0;
}

/** A number in [0, 1) from a generator's state. */
export function fraction(state: number): number {
  return (Math.imul(state, 0x9e3779bb) >>> 0) / 0x1_0000_0000;
}
