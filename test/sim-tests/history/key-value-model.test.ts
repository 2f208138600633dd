import test from 'ava';
import { Chance } from '../../sim/chance.ts';
import { KeyValueModel } from '../../sim/history/key-value-model.ts';
import type { Ask } from '../../sim/history/operation.ts';
import { type Asked, apply, memoryMachine, read } from '../../store/machine-world.ts';
import { Story } from './story.ts';
import { Traffic } from './traffic.ts';

test('the model replies what the database replies', (t) => {
  const met = new Set<string>();
  for (let seed = 1; seed <= 200; seed += 1) {
    const story = new Story();
    const mix = { operations: 60, clients: 1, keys: 5, unknown: 0, isMixed: true };
    new Traffic(story, new Chance(seed), mix).play();
    const machine = memoryMachine();
    const model = new KeyValueModel();
    for (const { ask } of story.operations) {
      met.add(ask.op);
      const isRead = model.freshness(ask) !== null;
      const expected = isRead ? model.read(ask) : model.apply(ask, machine.applied + 1);
      const [found] = isRead ? [read(machine, asked(ask))] : apply(machine, asked(ask));
      t.deepEqual(found, { ok: true, ...expected }, `seed ${seed}: ${JSON.stringify(ask)}`);
    }
    t.is(model.rev, machine.rev);
  }
  t.deepEqual([...met].sort(), ['cas', 'changes', 'delete', 'get', 'put', 'range', 'txn']);
});

test('keys are in the order of their bytes, whatever JavaScript thinks of it', (t) => {
  const model = new KeyValueModel();
  for (const key of ['\u{1f600}', '\uffff', 'b', 'é', 'a'])
    model.apply({ op: 'put', key, value: 1 }, 1);
  const { entries } = model.read({ op: 'range' }) as { entries: { key: string }[] };
  t.deepEqual(
    entries.map(({ key }) => key),
    ['a', 'b', 'é', '\uffff', '\u{1f600}'],
  );
});

function asked(ask: Ask): Asked {
  return { ...ask };
}
