import type { NodeId } from '../../lib/core/types.ts';
import type { Chance } from './chance.ts';
import type { Fault } from './faults.ts';

/** Whom it strikes: whoever leads then, or `id` if nobody does or it was not meant for the leader. */
export type Whom = { readonly id: NodeId; readonly leader: boolean };

/** One thing that goes wrong at a moment of a run. Times in simulated ms. */
export type Action = { readonly at: number; readonly whom: Whom } & (
  | { readonly fault: 'kill'; readonly downMs: number }
  | { readonly fault: 'leave'; readonly stalledMs: number }
  | {
      readonly fault: 'power';
      readonly downMs: number;
      readonly kept: number;
      readonly torn: number;
    }
  | {
      readonly fault: 'blackout';
      readonly downMs: number;
      readonly kept: number;
      readonly torn: number;
    }
  | {
      readonly fault: 'boundary';
      /** Ends before so many operations of the disk from now. */
      readonly operations: number;
      readonly downMs: number;
      readonly losesPower: boolean;
    }
  | { readonly fault: 'transfer'; readonly to: NodeId | null }
  | { readonly fault: 'pause' | 'stall' | 'full' | 'clog'; readonly ms: number }
  | { readonly fault: 'ioError' | 'lie'; readonly operations: number; readonly downMs: number }
  | { readonly fault: 'cut' | 'oneWay'; readonly side: readonly NodeId[]; readonly ms: number }
  | {
      readonly fault: 'partial';
      readonly links: readonly (readonly [NodeId, NodeId])[];
      readonly ms: number;
    }
  | { readonly fault: 'clientCut'; readonly ms: number; readonly repliesOnly: boolean }
  | { readonly fault: 'reset'; readonly peer: NodeId }
  | { readonly fault: 'replay' | 'stranger'; readonly peer: NodeId; readonly kind: number }
  | { readonly fault: 'jump'; readonly ms: number }
  | { readonly fault: 'rot'; readonly place: number; readonly bit: number }
  | { readonly fault: 'wipe'; readonly place: number; readonly downMs: number }
  | { readonly fault: 'reconfigure'; readonly changes: readonly VoteChange[] }
);

/** A server shall vote, or shall not. */
export type VoteChange = { readonly kind: 'promote' | 'demote'; readonly id: NodeId };

/**
 * What is drawn among all others. Changes of who votes (reconfigurations.ts) and lost disks
 * (`drawWipes`) are drawn apart.
 */
export type ScriptedFault = Exclude<Action['fault'], 'reconfigure' | 'wipe'>;

/** What is drawn in some proportion: how often each fault comes compared with the others. */
const WEIGHTS: Readonly<Record<ScriptedFault, number>> = {
  kill: 4,
  boundary: 4,
  power: 3,
  blackout: 1,
  leave: 1,
  transfer: 3,
  pause: 3,
  cut: 7,
  oneWay: 3,
  partial: 3,
  clog: 1,
  clientCut: 1,
  reset: 2,
  replay: 2,
  stranger: 2,
  jump: 1,
  stall: 2,
  ioError: 1,
  lie: 1,
  full: 1,
  rot: 0.5,
};

const SCRIPTED = Object.keys(WEIGHTS) as readonly ScriptedFault[];

export type ScriptOptions = {
  readonly size: number;
  readonly troubleMs: number;
  readonly electionMsMax: number;
  readonly actions: number;
  /** Classes that this run does without. */
  readonly without: ReadonlySet<Fault>;
};

/** Draws the whole misfortune of a run in advance, so that parts of it can be left out. */
export function drawScript(chance: Chance, options: ScriptOptions): readonly Action[] {
  const kinds = SCRIPTED.filter((fault) => !options.without.has(fault));
  if (kinds.length === 0) return [];
  const weights = kinds.map((fault) => WEIGHTS[fault] * chance.between(0.2, 2));
  const actions = Array.from({ length: options.actions }, () =>
    drawAction(chance, weighted(chance, kinds, weights), options),
  );
  return actions.sort((a, b) => a.at - b.at);
}

/** How many runs have a server that loses its disk. */
const WIPED_PART = 0.4;

/**
 * At most one server of a run loses its disk. Of a chance of its own, and late, because members are
 * only known by their data once a leader has written that down.
 */
export function drawWipes(
  chance: Chance,
  { troubleMs, electionMsMax }: Pick<ScriptOptions, 'troubleMs' | 'electionMsMax'>,
): readonly Action[] {
  if (!chance.happens(WIPED_PART)) return [];
  const at = chance.between(0.3, 0.8) * troubleMs;
  const downMs = chance.between(0, 2) * electionMsMax;
  const whom = { id: 1, leader: false };
  return [{ fault: 'wipe', at, whom, place: chance.between(0, 1), downMs }];
}

function weighted<T>(chance: Chance, things: readonly T[], weights: readonly number[]): T {
  let left = chance.between(
    0,
    weights.reduce((sum, weight) => sum + weight, 0),
  );
  for (let i = 0; i < things.length; i += 1) {
    left -= weights[i] as number;
    if (left < 0) return things[i] as T;
  }
  return things.at(-1) as T;
}

function drawAction(chance: Chance, fault: ScriptedFault, options: ScriptOptions): Action {
  const { size, troubleMs, electionMsMax } = options;
  const someone = (): NodeId => chance.whole(1, size);
  const around = (least: number, most: number): number =>
    chance.between(least, most) * electionMsMax;
  const head = {
    at: chance.between(0, troubleMs),
    whom: { id: someone(), leader: chance.happens(0.5) },
  };
  const crash = {
    downMs: around(0, 2),
    kept: chance.pick([0, 0.5, 0.9]),
    torn: chance.pick([0, 0.3]),
  };
  switch (fault) {
    case 'kill':
      return { ...head, fault, downMs: crash.downMs };
    case 'leave':
      // Longer than a process that stops waits for what is under way.
      return { ...head, fault, stalledMs: chance.pick([0, 3000]) };
    case 'transfer':
      return { ...head, fault, to: chance.happens(0.3) ? null : someone() };
    case 'power':
    case 'blackout':
      return { ...head, fault, ...crash };
    case 'boundary':
      return {
        ...head,
        fault,
        operations: chance.whole(0, 12),
        downMs: crash.downMs,
        losesPower: chance.happens(0.5),
      };
    case 'pause':
    case 'stall':
    case 'clog':
    case 'full':
      return { ...head, fault, ms: around(0.1, 3) };
    case 'ioError':
    case 'lie':
      return { ...head, fault, operations: chance.whole(0, 8), downMs: crash.downMs };
    case 'cut':
    case 'oneWay':
      return { ...head, fault, side: drawSide(chance, size), ms: around(0.1, 4) };
    case 'partial':
      return { ...head, fault, links: drawLinks(chance, size), ms: around(0.5, 6) };
    case 'clientCut':
      return { ...head, fault, ms: around(0.5, 3), repliesOnly: chance.happens(0.5) };
    case 'reset':
      return { ...head, fault, peer: someone() };
    case 'replay':
    case 'stranger':
      return { ...head, fault, peer: someone(), kind: chance.whole(0, 999) };
    case 'jump':
      return { ...head, fault, ms: around(0.1, 4) };
    case 'rot':
      return { ...head, fault, place: chance.between(0, 1), bit: chance.whole(0, 7) };
    default:
      return fault satisfies never;
  }
}

/** A partition isolates one server, or splits the cluster somewhere. */
function drawSide(chance: Chance, size: number): readonly NodeId[] {
  const ids = Array.from({ length: size }, (_, i) => i + 1);
  return chance.happens(0.4) ? [] : chance.some(ids, size / 2);
}

/** About every third link is gone, so that hardly anybody sees what the others see. */
function drawLinks(chance: Chance, size: number): readonly (readonly [NodeId, NodeId])[] {
  const links: [NodeId, NodeId][] = [];
  for (let a = 1; a <= size; a += 1) {
    for (let b = a + 1; b <= size; b += 1) if (chance.happens(0.35)) links.push([a, b]);
  }
  return links;
}
