import test from 'ava';
import type { NodeId } from '../../lib/core/types.ts';
import { Stage } from './stage.ts';
import { elect } from './together.ts';

/** n1 has committed the entry at 2 with n2 and n3, of whom nobody has heard that it is. It is gone. */
const COMMITTED = `
cluster 5
elect n1 n2 n3
settle n1 n2 n3
propose n1 7
deliver n1->n2 AppendEntries
deliver n1->n3 AppendEntries
sync n1
sync n2
sync n3
deliver n2->n1
deliver n3->n1
crash n1
lose n1
wait 300 n2 n3 n4 n5
`;

const LEFT: readonly NodeId[] = [2, 3, 4, 5];

/** One try to be elected: who stands, and who hears it and is heard. */
type Try = { readonly candidate: NodeId; readonly voters: readonly NodeId[] };

const TRIES: readonly Try[] = LEFT.flatMap((candidate) =>
  subsetsOf(LEFT.filter((id) => id !== candidate)).map((voters) => ({ candidate, voters })),
);

function subsetsOf(ids: readonly NodeId[]): readonly (readonly NodeId[])[] {
  const [first, ...rest] = ids;
  if (first === undefined) return [[]];
  return subsetsOf(rest).flatMap((subset) => [subset, [first, ...subset]]);
}

test('R20: whoever wins a later term, by whatever votes, has what was committed before', (t) => {
  const stood = new Map<NodeId, number>();
  const won = new Map<NodeId, number>();
  for (const first of TRIES) {
    for (const second of TRIES) {
      const stage = new Stage();
      const { actors } = stage;
      stage.play(COMMITTED);
      for (const { candidate, voters } of [first, second]) {
        stood.set(candidate, (stood.get(candidate) ?? 0) + 1);
        actors.wait(600, LEFT);
        if (!elect(actors, candidate, voters)) continue;
        won.set(candidate, (won.get(candidate) ?? 0) + 1);
        if (actors.server(candidate).log.termAt(2) !== 1) t.fail(`n${candidate} lacks it`);
      }
    }
  }
  t.is(stood.size, 4);
  t.deepEqual([...won.keys()].sort(), [2, 3], 'n4 and n5 lack the entry, and never win');
  t.true([...won.values()].every((wins) => wins > 50));
});
