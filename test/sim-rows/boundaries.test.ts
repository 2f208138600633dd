import test from 'ava';
import type { NodeId } from '../../lib/core/types.ts';
import { Cluster } from './cluster.ts';
import { ELECTION_MS } from './quiet-plan.ts';

type Boundary = {
  readonly id: NodeId;
  /** How many operations of its disk come before the crash. */
  readonly operations: number;
  readonly losesPower: boolean;
};

/**
 * A cluster begins, elects, and writes into small segments; before one operation of one disk its
 * process ends, or its power fails. Then it is started again, then all are.
 *
 * @returns whether there was such an operation.
 */
async function live({ id, operations, losesPower }: Boundary): Promise<boolean> {
  const c = new Cluster(3, { disk: { segmentBytes: 2048 }, seed: 9 });
  let hasEnded = false;
  c.server(id).storage.strikeAt(operations, () => {
    hasEnded = true;
    if (losesPower) c.server(id).losePower({ kept: 0.5, torn: 0.3 });
    else c.crash(id);
  });
  c.start(...c.ids);
  for (let i = 0; i < 3; i += 1) await c.agree(2, { op: 'put', key: 'k', value: 'x'.repeat(700) });
  await c.run(ELECTION_MS / 2);
  if (!hasEnded) return false;
  c.start(id);
  await c.agree(3);
  c.powerCut(...c.ids);
  c.start(...c.ids);
  await c.agree(3);
  await c.alike(...c.ids);
  const wrong = c.wrongInHistory();
  if (wrong !== null) throw new Error(wrong);
  return true;
}

/** With this seed n1 is the first leader. */
for (const [id, losesPower] of [
  [1, false],
  [1, true],
  [2, true],
] as const) {
  const how = losesPower ? 'loses power' : 'ends';
  test(`P09: a crash before or after any effect forgets nothing that was promised: n${id} ${how}`, async (t) => {
    let operations = 0;
    while (await live({ id, operations, losesPower })) operations += 1;
    t.true(operations > 20, `${operations} operations`);
    t.log(`${operations} operations of the disk`);
  });
}
