import test from 'ava';
import { Chance } from '../../sim/chance.ts';
import {
  checkKeyValueLinearizable,
  checkKeyValueWitness,
} from '../../sim/history/key-value-history.ts';
import type { Operation } from '../../sim/history/operation.ts';
import { Story } from './story.ts';
import { Traffic } from './traffic.ts';

test('what the witness accepts has an order, whatever an answer was changed to', (t) => {
  const said = { accepted: 0, violated: 0 };
  for (let seed = 1; seed <= 1500; seed += 1) {
    const chance = new Chance(seed);
    const story = new Story();
    const isMixed = chance.happens(0.3);
    new Traffic(story, chance, {
      operations: 25,
      clients: 4,
      keys: 2,
      unknown: 0.05,
      isMixed,
    }).play();
    const { committed, operations } = story.history();
    const changed = changeOne(operations, chance);
    const isAccepted = checkKeyValueWitness({ committed, operations: changed }).length === 0;
    for (const options of [{}, { committed }]) {
      const { result } = checkKeyValueLinearizable(changed, options);
      t.false(isAccepted && result !== 'linearizable', `seed ${seed}: the witness is too kind`);
      if (result === 'violated') said.violated += 1;
    }
    if (isAccepted) said.accepted += 1;
  }
  t.true(said.accepted > 500 && said.violated > 500, JSON.stringify(said));
});

/** Somebody gets the answer that another one got, or has it earlier, or asked later. */
function changeOne(operations: readonly Operation[], chance: Chance): readonly Operation[] {
  const answered = operations.filter(({ answer }) => answer.kind === 'ok');
  const [one, other] = [chance.pick(answered), chance.pick(answered)];
  const sooner = { ...one, returnedAt: one.calledAt + 0.5 };
  const later = { ...one, calledAt: Number(one.returnedAt) - 0.5 };
  const changed = chance.pick([{ ...one, answer: other.answer }, sooner, later]);
  return operations.map((operation) => (operation === one ? changed : operation));
}
