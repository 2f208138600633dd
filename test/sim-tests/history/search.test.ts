import test from 'ava';
import { Chance } from '../../sim/chance.ts';
import { checkLinearizable } from '../../sim/history/linearizable.ts';
import type { Model } from '../../sim/history/model.ts';
import type { Members, Operation } from '../../sim/history/operation.ts';

type RegisterAsk =
  | { readonly op: 'read' }
  | { readonly op: 'write'; readonly value: number }
  | { readonly op: 'swap'; readonly from: number; readonly value: number };

/** One number, which is 0 at first; values may repeat. */
const REGISTER: Model<number, RegisterAsk, Members> = {
  init: 0,
  step(state, ask, reply) {
    if (ask.op === 'read') return reply?.['value'] === state ? state : null;
    if (ask.op === 'write') return ask.value;
    const swapped = state === ask.from;
    if (reply && reply['swapped'] !== swapped) return null;
    return swapped ? ask.value : state;
  },
  kind: ({ op }) => (op === 'read' ? 'read' : 'write'),
  partition: () => 'the register',
  isCertain: () => true,
  isTooLate: () => false,
  name: (state) => state,
};

type RegisterOperation = Operation<RegisterAsk>;

test('the search says of small histories what trying every order says', (t) => {
  const said = { linearizable: 0, violated: 0 };
  for (let seed = 1; seed <= 4000; seed += 1) {
    const operations = randomHistory(new Chance(seed));
    const { result, longest, stuck } = checkLinearizable(operations, REGISTER);
    const truth = hasOrder(operations, REGISTER.init) ? 'linearizable' : 'violated';
    t.is(result, truth, `seed ${seed}: ${JSON.stringify(operations)}`);
    said[truth] += 1;
    if (result === 'linearizable') continue;
    t.true(stuck !== null && !longest.includes(stuck), `seed ${seed}`);
    t.true(isOrder(longest), `seed ${seed}: the longest order is one`);
  }
  t.true(said.linearizable > 1000 && said.violated > 1000, JSON.stringify(said));
});

/** Up to seven operations of up to four clients that are told anything. */
function randomHistory(chance: Chance): readonly RegisterOperation[] {
  const operations: RegisterOperation[] = [];
  let place = 0;
  let retired = 0;
  const underway = new Map<number, RegisterOperation>();
  for (let events = chance.whole(2, 14); events > 0; events -= 1) {
    place += 1;
    const slot = chance.whole(1, 4);
    const operation = underway.get(slot);
    if (!operation) {
      const id = operations.length + 1;
      const client = slot + 4 * retired;
      const answer = { kind: 'unknown' } as const;
      const ask = randomAsk(chance);
      const called = { id, client, ask, calledAt: place, returnedAt: null, answer };
      underway.set(slot, called);
      operations.push(called);
    } else {
      underway.delete(slot);
      if (chance.happens(0.2)) retired += 1;
      else operations[operation.id - 1] = answered(operation, place, chance);
    }
  }
  return operations;
}

function randomAsk(chance: Chance): RegisterAsk {
  const value = chance.whole(0, 2);
  const op = chance.pick(['read', 'write', 'swap'] as const);
  if (op === 'read') return { op };
  return op === 'write' ? { op, value } : { op, from: chance.whole(0, 2), value };
}

function answered(operation: RegisterOperation, place: number, chance: Chance): RegisterOperation {
  const reply =
    operation.ask.op === 'read' ? { value: chance.whole(0, 2) } : { swapped: chance.happens(0.5) };
  return { ...operation, returnedAt: place, answer: { kind: 'ok', reply } };
}

/** Tries everything that may be next, and remembers nothing. */
function hasOrder(left: readonly RegisterOperation[], state: number): boolean {
  if (left.every(({ answer }) => answer.kind === 'unknown')) return true;
  const due = Math.min(...left.map(({ returnedAt }) => returnedAt ?? Number.POSITIVE_INFINITY));
  return left.some((operation) => {
    if (operation.calledAt > due) return false;
    const next = stepOf(state, operation);
    const others = left.filter((other) => other !== operation);
    return next !== null && hasOrder(others, next);
  });
}

function isOrder(operations: readonly RegisterOperation[]): boolean {
  let state: number | null = REGISTER.init;
  for (const operation of operations) {
    if (state !== null) state = stepOf(state, operation);
  }
  const inTime = operations.every((operation, i) =>
    operations
      .slice(i)
      .every(({ returnedAt }) => (returnedAt ?? Number.POSITIVE_INFINITY) > operation.calledAt),
  );
  return state !== null && inTime;
}

function stepOf(state: number, { ask, answer }: RegisterOperation): number | null {
  if (answer.kind === 'ok') return REGISTER.step(state, ask, answer.reply);
  return ask.op === 'read' ? state : REGISTER.step(state, ask, null);
}

/** Nothing reads what is read here, and it takes long to find out. */
function hardHistory(): readonly RegisterOperation[] {
  return Array.from({ length: 12 }, (_, i): RegisterOperation => {
    const ask: RegisterAsk = i < 11 ? { op: 'write', value: i } : { op: 'read' };
    const answer = { kind: 'ok', reply: { value: 99 } } as const;
    return { id: i, client: i, ask, calledAt: i, returnedAt: 100 + i, answer };
  });
}

test('a search that takes too long is undecided, and says of what', (t) => {
  const verdict = checkLinearizable(hardHistory(), REGISTER, { stepsMax: 1000 });
  const { result, partition, part, stuck, steps } = verdict;
  t.deepEqual([result, partition, part.length, stuck], ['undecided', 'the register', 12, null]);
  t.true(steps > 1000 && steps < 1100);
  t.is(checkLinearizable(hardHistory(), REGISTER).result, 'violated');
});

test('a read that tells the model something new is a choice like a write', (t) => {
  const fromUnknown: Model<number, RegisterAsk, Members> = {
    ...REGISTER,
    init: Number.NaN,
    step: (state, ask, reply) =>
      Number.isNaN(state) && ask.op === 'read'
        ? Number(reply?.['value'])
        : REGISTER.step(state, ask, reply),
    name: (state) => `${state}`,
  };
  const read = (id: number, value: number): RegisterOperation => ({
    id,
    client: 1,
    ask: { op: 'read' },
    calledAt: 2 * id,
    returnedAt: 2 * id + 1,
    answer: { kind: 'ok', reply: { value } },
  });
  t.is(checkLinearizable([read(1, 7), read(2, 7)], fromUnknown).result, 'linearizable');
  t.is(checkLinearizable([read(1, 7), read(2, 8)], fromUnknown).result, 'violated');
});

test('what is wrong in one part counts, however undecided another is', (t) => {
  const parts = { ...REGISTER, partition: ({ op }: RegisterAsk) => op.replace('write', 'read') };
  const swap: RegisterOperation = {
    id: 20,
    client: 20,
    ask: { op: 'swap', from: 5, value: 6 },
    calledAt: 200,
    returnedAt: 201,
    answer: { kind: 'ok', reply: { swapped: true } },
  };
  const verdict = checkLinearizable([...hardHistory(), swap], parts, { stepsMax: 1000 });
  t.deepEqual([verdict.result, verdict.partition, verdict.stuck], ['violated', 'swap', swap]);
});
