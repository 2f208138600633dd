import type { Chance } from './chance.ts';
import type { Action, ScriptOptions, VoteChange } from './script.ts';

/**
 * Draws when an operator changes who votes: in half of the runs, and then as often as anything else
 * happens. Votes are taken only from servers whose disks may rot (trouble.ts): among those that
 * vote, a majority must be able to come back whatever happens.
 */
export function drawReconfigurations(
  chance: Chance,
  { size, troubleMs, actions }: Omit<ScriptOptions, 'without'>,
): readonly Action[] {
  const few = Math.ceil(size / 2) - 1;
  if (few === 0 || chance.happens(0.5)) return [];
  const count = chance.whole(1, Math.max(1, Math.round(actions / 2)));
  return Array.from({ length: count }, (): Action => {
    const changes = [drawChange(chance, few)];
    const other = drawChange(chance, few);
    if (chance.happens(0.4) && other.id !== changes[0]?.id) changes.push(other);
    // whoever does not lead passes it on
    const whom = { id: chance.whole(1, size), leader: chance.happens(0.8) };
    return { at: chance.between(0, troubleMs), whom, fault: 'reconfigure', changes };
  });
}

function drawChange(chance: Chance, few: number): VoteChange {
  return { kind: chance.happens(0.6) ? 'demote' : 'promote', id: chance.whole(1, few) };
}
