import test from 'ava';
import { checkLinearizable } from '../../sim/history/linearizable.ts';
import type { Model } from '../../sim/history/model.ts';
import type { Members, Operation } from '../../sim/history/operation.ts';
import { drawOperations, tellHistory } from '../../sim/history/tell-history.ts';

type QueueAsk =
  | { readonly op: 'push'; readonly queue: string; readonly item: number }
  | { readonly op: 'pop'; readonly queue: string }
  | { readonly op: 'length'; readonly queue: string };

/** Queues, as a user of the simulator would describe a state machine of their own. */
const QUEUE: Model<readonly number[], QueueAsk, Members> = {
  init: [],
  step(items, ask, reply) {
    if (ask.op === 'push') return [...items, ask.item];
    if (ask.op === 'length') return reply?.['length'] === items.length ? items : null;
    const [first = null, ...rest] = items;
    return reply === null || reply['item'] === first ? rest : null;
  },
  kind: ({ op }) => (op === 'length' ? 'read' : 'write'),
  partition: ({ queue }) => queue,
  isCertain: () => true,
  isTooLate: () => false,
  name: (items) => items.join(),
};

/** Operations of one client each, by when they are called and return; `reply` null is unknown. */
function history(
  ...rows: readonly (readonly [QueueAsk, number, number, Members | null])[]
): readonly Operation<QueueAsk>[] {
  return rows.map(([ask, calledAt, returnedAt, reply], i) => ({
    id: i + 1,
    client: i + 1,
    ask,
    calledAt,
    returnedAt: reply ? returnedAt : null,
    answer: reply ? { kind: 'ok', reply } : { kind: 'unknown' },
  }));
}

const push = (item: number, queue = 'q'): QueueAsk => ({ op: 'push', queue, item });
const pop = (queue = 'q'): QueueAsk => ({ op: 'pop', queue });
const LENGTH: QueueAsk = { op: 'length', queue: 'q' };

test('a queue gives its items in some order that keeps to real time', (t) => {
  const overlapping = history(
    [push(1), 1, 5, {}],
    [push(2), 2, 3, {}],
    [pop(), 6, 8, { item: 2 }],
    [pop(), 7, 9, { item: 1 }],
    [LENGTH, 10, 11, { length: 0 }],
  );
  t.is(checkLinearizable(overlapping, QUEUE).result, 'linearizable');
  t.deepEqual(tellHistory(checkLinearizable(overlapping, QUEUE)), ['the history is linearizable']);
});

test('a push of unknown outcome may come late, or never', (t) => {
  const late = (item: number | null) =>
    history([push(1), 1, 2, null], [pop(), 3, 4, { item: null }], [pop(), 5, 6, { item }]);
  t.is(checkLinearizable(late(1), QUEUE).result, 'linearizable');
  t.is(checkLinearizable(late(null), QUEUE).result, 'linearizable');
  t.is(checkLinearizable(late(2), QUEUE).result, 'violated');
});

test('queues have nothing to do with each other, unless the model says so', (t) => {
  const crossed = history([push(1, 'a'), 1, 2, {}], [pop('b'), 3, 4, { item: 1 }]);
  const verdict = checkLinearizable(crossed, QUEUE);
  t.deepEqual([verdict.result, verdict.partition], ['violated', 'b']);
  const shared = {
    ...QUEUE,
    partition: ({ op, queue }: QueueAsk) => (op === 'pop' ? null : queue),
  };
  t.is(checkLinearizable(crossed, shared).result, 'linearizable');
});

test('who is told of a violation sees who was under way when', (t) => {
  const verdict = checkLinearizable(
    history(
      [push(1), 1, 2, {}],
      [push(9), 3, 4, null],
      [push(2), 5, 7, {}],
      [pop(), 6, 10, { item: 1 }],
      [pop(), 8, 9, { item: 1 }],
      [LENGTH, 11, 12, { length: 7 }],
    ),
    QUEUE,
  );
  t.is(
    `\n${tellHistory(verdict).join('\n')}\n`,
    `
part q: 3 operations fit, and then operation 5 fits nowhere
   1  ├─┤                  client 1  push queue=q item=1  (1)  → ok
          ├─────────────>  client 2  push queue=q item=9  (2)  → unknown
   2        ├───┤          client 3  push queue=q item=2  (3)  → ok
   3          ├───────┤    client 4  pop queue=q  (4)  → item=1
   ×              ├─┤      client 5  pop queue=q  (5)  → item=1
`,
  );
});

test('operations can be drawn by themselves', (t) => {
  const [one, other] = history([push(1), 1, 4, {}], [pop(), 2, 9, null]);
  if (!one || !other) throw new Error('there are two');
  const rejected: Operation<QueueAsk> = {
    ...one,
    id: 3,
    answer: { kind: 'rejected', code: 'BUSY' },
  };
  t.deepEqual(drawOperations([other, rejected]), [
    '      ├───┤    client 1  push queue=q item=1  (3)  → BUSY',
    '        ├───>  client 2  pop queue=q  (2)  → unknown',
  ]);
});
