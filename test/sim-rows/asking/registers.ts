import { type Chance, chanceOf } from '../../sim/chance.ts';
import type { Ask, Value } from '../../sim/history/operation.ts';
import type { Subject } from '../../sim/subject.ts';

/** So few values that a wrong one is often told for the right one by chance, but not for long. */
const VALUES = 5;
/** Registers at one time, and how often each is asked before another takes its place. */
const REGISTERS = 2;
const ASKED_MIN = 30;
const ASKED_MAX = 90;

/** Clients that contend for few registers of few values, as Jepsen's do. */
export const registers: Subject<Ask>['asking'] = ({ seed }) => {
  const places = Array.from({ length: REGISTERS }, (_, i) => new Place(seed, i));
  return {
    draw: (chance) => drawAsk(chance, chance.pick(places).next()),
    isLocal: () => false,
    learn: () => {},
  };
};

/** One register after another: each is asked so often, so that they do not begin and end together. */
class Place {
  readonly #chance: Chance;
  readonly #name: string;
  #count = 0;
  #left = 0;

  constructor(seed: number, place: number) {
    this.#chance = chanceOf(seed, 'register', place);
    this.#name = `r${place}`;
  }

  next(): string {
    if (this.#left === 0) {
      this.#count += 1;
      this.#left = this.#chance.whole(ASKED_MIN, ASKED_MAX);
    }
    this.#left -= 1;
    return `${this.#name}-${this.#count}`;
  }
}

function drawAsk(chance: Chance, key: string): Ask {
  const value = (): Value => chance.whole(0, VALUES - 1);
  const dice = chance.between(0, 1);
  if (dice < 0.4) return { op: 'get', key, read: 'linearizable' };
  if (dice < 0.7) return { op: 'put', key, value: value() };
  return { op: 'cas', key, expect: { value: value() }, value: value() };
}
