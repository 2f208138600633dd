import test from 'ava';
import { Chance } from '../../sim/chance.ts';
import { SeenSet } from '../../sim/history/seen-set.ts';

const MUST_WORDS = 2;
const WORDS = 3;

test('a place is news unless one with the same musts and state had no more of the others', (t) => {
  const chance = new Chance(1);
  const set = new SeenSet(MUST_WORDS, WORDS);
  const before: { bits: Uint32Array; state: number }[] = [];
  const said = [0, 0];
  for (let turn = 0; turn < 5000; turn += 1) {
    const bits = new Uint32Array(WORDS).map(() => chance.whole(0, 7));
    const state = chance.whole(0, 3);
    const isKnown = before.some(
      (seen) =>
        seen.state === state &&
        seen.bits[0] === bits[0] &&
        seen.bits[1] === bits[1] &&
        ((seen.bits[2] ?? 0) | (bits[2] ?? 0)) === bits[2],
    );
    // one hash for many musts, so that places must be told apart by more than that
    t.is(set.add(bits, (bits[0] ?? 0) & 1, state), !isKnown, `turn ${turn}`);
    said[isKnown ? 1 : 0] = (said[isKnown ? 1 : 0] ?? 0) + 1;
    before.push({ bits, state });
  }
  t.true(
    said.every((count) => count > 500),
    `${said}`,
  );
});
