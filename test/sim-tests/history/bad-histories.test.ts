import test from 'ava';
import { Chance } from '../../sim/chance.ts';
import {
  checkKeyValueLinearizable,
  checkKeyValueWitness,
} from '../../sim/history/key-value-history.ts';
import type { Ask, Put } from '../../sim/history/operation.ts';
import type { Rule } from '../../sim/history/violation.ts';
import { Story } from './story.ts';
import { Traffic } from './traffic.ts';

const SEEDS = 100;

/** What goes wrong, told between other traffic: it plays on wherever `pause` is called. */
type Plant = (story: Story, pause: () => void) => void;

/** No key of the other traffic, and before all of them. */
const KEY = 'a';
const GET: Ask = { op: 'get', key: KEY };

function put(value: string, key = KEY): Put {
  return { op: 'put', key, value };
}

const rejects = test.macro({
  exec(t, rule: Rule, plant: Plant, options?: { readonly isMixed: boolean }) {
    const isMixed = options?.isMixed ?? false;
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const chance = new Chance(seed);
      const story = new Story();
      const mix = { operations: 30, clients: 3, keys: 3, unknown: isMixed ? 0 : 0.1, isMixed };
      const traffic = new Traffic(story, chance, mix);
      const pause = (): void => {
        for (let turns = chance.whole(0, 8); turns > 0; turns -= 1) traffic.turn();
      };
      pause();
      plant(story, pause);
      traffic.play();

      const history = story.history();
      const { operations, committed } = history;
      const rules = checkKeyValueWitness(history).map((violation) => violation.rule);
      t.true(rules.includes(rule), `seed ${seed}: the witness complains of ${rules}`);
      for (const options of [{}, { committed }]) {
        const { result } = checkKeyValueLinearizable(operations, options);
        t.is(result, 'violated', `seed ${seed}`);
      }
    }
  },
  title: (what) => `both checkers reject ${what}`,
});

test('a stale read', rejects, 'real time', (story, pause) => {
  story.all(1, put('x'));
  pause();
  const before = story.committed.length;
  story.all(2, put('y'));
  pause();
  const get = story.call(1, GET);
  pause();
  story.answer(get, story.look(GET, before));
});

test('a deleted key that comes back', rejects, 'real time', (story, pause) => {
  story.all(1, put('x'));
  const before = story.committed.length;
  pause();
  story.all(1, { op: 'delete', key: KEY });
  pause();
  const get = story.call(2, GET);
  story.answer(get, story.look(GET, before));
});

test('a lost update', rejects, 'acknowledged', (story, pause) => {
  story.all(1, put('x'));
  pause();
  const lost = story.call(1, put('y'));
  story.answer(lost, story.database.copy().apply(lost.ask, story.committed.length + 1));
  pause();
  story.all(2, GET);
});

test('two swaps of one value', rejects, 'reply', (story, pause) => {
  story.all(1, put('x'));
  const [one, other] = ['y', 'z'].map((value, i) =>
    story.call(1 + i, { op: 'cas', key: KEY, expect: { value: 'x' }, value }),
  );
  if (!one || !other) return;
  pause();
  story.take(one);
  story.take(other);
  story.answer(one);
  pause();
  story.answer(other, { ...one.reply, index: other.reply?.['index'] });
});

test('a write that is applied twice', rejects, 'once', (story, pause) => {
  const write = story.call(1, put('x'));
  story.take(write);
  story.answer(write);
  pause();
  story.all(2, put('y'));
  story.append(write.id, write.ask);
  pause();
  story.all(3, GET);
});

test('a write that is acknowledged at its second index', rejects, 'once', (story, pause) => {
  const write = story.call(1, put('x'));
  story.take(write);
  story.all(2, GET);
  pause();
  story.all(2, put('y'));
  story.all(2, GET);
  pause();
  story.answer(write, story.append(write.id, write.ask));
  story.all(2, GET);
});

test('a read of a write that is rejected', rejects, 'reply', (story, pause) => {
  story.all(1, put('x'));
  const write = story.call(1, put('y'));
  const dirty = story.database.copy();
  dirty.apply(write.ask, story.committed.length + 1);
  pause();
  const get = story.call(2, GET);
  story.answer(get, { ...dirty.read(GET), at: story.database.rev });
  pause();
  story.reject(write, 'NOT_LEADER');
});

test('a write that is rejected and takes effect', rejects, 'rejected', (story, pause) => {
  story.all(1, put('x'));
  const write = story.call(1, put('y'));
  story.reject(write, 'NO_LEADER');
  pause();
  story.take(write);
  pause();
  story.all(2, GET);
});

test('reads that go back in time', rejects, 'real time', (story, pause) => {
  story.all(1, put('x'));
  const before = story.committed.length;
  const write = story.call(1, put('y'));
  pause();
  story.take(write);
  story.all(2, GET);
  pause();
  const get = story.call(3, GET);
  story.answer(get, story.look(GET, before));
  story.answer(write);
});

test('a write of unknown outcome that is seen and gone', rejects, 'real time', (story, pause) => {
  story.all(1, put('x'));
  const before = story.committed.length;
  const write = story.call(1, put('y'));
  story.take(write);
  pause();
  story.all(2, GET);
  const get = story.call(2, GET);
  pause();
  story.answer(get, story.look(GET, before));
});

test('a value that was never written', rejects, 'reply', (story, pause) => {
  story.all(1, put('x'));
  pause();
  const get = story.call(2, GET);
  story.answer(get, { ...story.look(GET), value: 'never' });
});

test('a swap of a value that is not there', rejects, 'reply', (story, pause) => {
  story.all(1, put('x'));
  pause();
  const cas = story.call(2, { op: 'cas', key: KEY, expect: { value: 'w' }, value: 'y' });
  story.take(cas);
  pause();
  const { index } = cas.reply ?? {};
  story.answer(cas, { swapped: true, rev: story.database.rev + 1, index });
});

test('answers that are given to each other', rejects, 'reply', (story, pause) => {
  story.all(1, put('x'));
  story.all(1, put('y', 'b'));
  pause();
  const one = story.call(1, GET);
  const other = story.call(2, { op: 'get', key: 'b' });
  pause();
  story.answer(one, story.look(other.ask));
  story.answer(other, story.look(one.ask));
});

test(
  'half a transaction',
  rejects,
  'reply',
  (story, pause) => {
    const both: Ask = { op: 'range', to: 'c' };
    // biome-ignore lint/suspicious/noThenProperty: that is its name in the protocol
    story.all(1, { op: 'txn', then: [put('x'), put('y', 'b')] });
    pause();
    const half = story.database.copy();
    half.apply(put('w'), 0);
    // biome-ignore lint/suspicious/noThenProperty: that is its name in the protocol
    const txn = story.call(1, { op: 'txn', then: [put('w'), put('z', 'b')] });
    const range = story.call(2, both);
    story.take(txn);
    story.answer(range, half.read(both));
    pause();
    story.answer(txn);
  },
  { isMixed: true },
);
