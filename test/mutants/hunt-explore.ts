import { BOUNDS, type Bounds, disksOf } from '../explore/bounds.ts';
import { hunt } from '../explore/hunt.ts';
import type { Hunt } from './hunters.ts';

const WORLDS = 3_000_000;

/** From small to wide: from empty disks, from disks that earlier terms have left, and with all that can go wrong. */
const SPACES: readonly Bounds[] = [
  BOUNDS,
  { ...BOUNDS, crashes: 0, disks: disksOf(['1', '', '']) },
  { ...BOUNDS, crashes: 0, disks: disksOf(['1', '2', '']), terms: 4 },
  { ...BOUNDS, terms: 3, drops: 1, duplicates: 1, beats: 1, resignations: 1 },
];

/** Hunts with every order of events within small bounds, breadth first. */
export const huntExplore: Hunt = async ({ seconds }) => {
  for (const bounds of SPACES) {
    const share = seconds / SPACES.length;
    const prey = hunt({ bounds, states: WORLDS, seconds: share });
    if (prey === null) continue;
    return { kind: prey.kind === 'error' ? 'crash' : 'invariant', rule: prey.rule };
  }
  return null;
};
