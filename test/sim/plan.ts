import type { Settings } from '../../lib/core/settings.ts';
import type { Millis, NodeId } from '../../lib/core/types.ts';
import { type Chance, chanceOf } from './chance.ts';
import { FAULT_NAMES, type Fault } from './faults.ts';
import { drawReconfigurations } from './reconfigurations.ts';
import { type Action, drawScript, drawWipes } from './script.ts';

/**
 * What one seed plays: every seed draws its own size, speeds and troubles, and leaves some kinds of
 * trouble out, so that rare combinations come up. Times in simulated ms; `part` is a share of all
 * cases.
 */
export type Plan = {
  readonly seed: number;
  readonly size: number;
  readonly settings: Settings;
  /** Settings of single servers that differ from those of the others. */
  readonly own: Readonly<Record<NodeId, Partial<Settings>>>;
  /** How long trouble lasts before a part is healed for good. */
  readonly troubleMs: number;
  /** A trip round the event loop takes up to so long. */
  readonly loopMs: number;
  /** How many of the processes serve clients in a thread of their own. */
  readonly threadedPart: number;
  readonly network: NetworkPlan;
  readonly disk: DiskPlan;
  readonly snapshots: SnapshotsPlan;
  /** How far clocks run apart, each way. */
  readonly drift: number;
  readonly clients: ClientsPlan;
  readonly actions: readonly Action[];
};

export type NetworkPlan = {
  readonly delayMs: number;
  readonly lostPart: number;
  readonly doubledPart: number;
  readonly latePart: number;
  readonly lateMs: number;
  readonly lostBeatPart: number;
  /** In such a run one link never carries beats. */
  readonly isDeaf: boolean;
  readonly corruptPart: number;
  /** Mail under way to a process that ends reaches the one after it. */
  readonly keepsMail: boolean;
  /** Messages under way to one peer. */
  readonly messagesMax: number;
  /** How long a peer that does not answer goes unnoticed; a process that ends is noticed at once. */
  readonly detectMs: number;
  readonly reconnectMs: number;
};

export type DiskPlan = {
  readonly syncMs: number;
  /** A read that is late takes up to so long. */
  readonly lateReadMs: number;
  /** Largest batch that may be synced in the thread of the loop, in bytes. */
  readonly inThreadBytes: number;
  readonly segmentBytes: number;
  /** Quiet time before a mark. */
  readonly idleMs: number;
};

/** When servers take snapshots, and in what parts they send them. */
export type SnapshotsPlan = {
  readonly everyEntries: number;
  readonly everyBytes: number;
  readonly chunkBytes: number;
};

export type ClientsPlan = {
  /** Connections, and logical clients on each: these ask together, in one message. */
  readonly connections: number;
  readonly perConnection: number;
  readonly keys: number;
  /** Mean pause between an answer and the next request. */
  readonly thinkMs: number;
  readonly timeoutMs: number;
  /** Longest padding of a value, in bytes. */
  readonly paddingBytes: number;
  /** Requests that touch several keys: the black-box checker then sees one object. */
  readonly hasTransactions: boolean;
  /** Clocks are within the bounds that leases rely on, so some reads do. */
  readonly hasLeaseReads: boolean;
  readonly pendingRequests: number;
  /** Writes stand in sessions, and are repeated while their outcome is unknown. */
  readonly hasSessions: boolean;
  /** Keys may go with leases. */
  readonly hasLeases: boolean;
  /** How long sessions and leases live. */
  readonly ttlMs: Millis;
  /** Somebody subscribes to everything that servers publish, and some keys are watched. */
  readonly isWatched: boolean;
};

/**
 * What may be asked of a run besides its seed. All else stays as the seed has it, so that a run from
 * which things are left out resembles the whole one.
 */
export type PlanChanges = {
  readonly size?: number;
  /** Classes of faults to do without. */
  readonly without?: readonly Fault[];
  /** Positions in the script to keep; all if left out. */
  readonly keep?: readonly number[];
  readonly troubleMs?: number;
  readonly connections?: number;
  /** Pauses of clients are so many times as long. */
  readonly calm?: number;
};

export function drawPlan(seed: number, changes: PlanChanges = {}): Plan {
  const chance = chanceOf(seed, 'plan');
  const without = new Set(drawAbsent(chance));
  const has = (fault: Fault): boolean => !without.has(fault);
  const ofSnapshots = chanceOf(seed, 'snapshots');
  const settings = { ...drawSettings(chance), keepEntries: ofSnapshots.pick([0, 5, 50]) };
  const { electionMsMax } = settings;
  const size = chance.pick([1, 2, 3, 3, 3, 3, 4, 5, 5, 5, 5, 7]);
  const troubleMs = electionMsMax * chance.between(6, 25);
  const network = drawNetwork(chance, electionMsMax, has);
  const disk = drawDisk(chance, electionMsMax);
  const isWatched = chanceOf(seed, 'watched').happens(0.3);
  const lives = drawLives(seed, electionMsMax);
  const clients = { ...drawClients(chance, electionMsMax), isWatched, ...lives };
  const drift = chance.pick([0.001, 0.02, 0.1]);
  const loopMs = chance.pick([0.02, 0.2, 1]);
  const actions = Math.round((troubleMs / electionMsMax) * chance.pick([1, 2, 4]));
  const script = { size: changes.size ?? size, troubleMs, electionMsMax, actions, without };
  const plan = {
    seed,
    size: script.size,
    settings,
    own: {},
    troubleMs: changes.troubleMs ?? troubleMs,
    loopMs,
    threadedPart: chanceOf(seed, 'runtime').pick([0, 0, 0.5, 1]),
    network,
    disk,
    snapshots: drawSnapshots(ofSnapshots),
    drift: has('drift') ? drift : 0,
    clients,
    actions: [
      ...drawScript(chanceOf(seed, 'script'), script),
      ...drawWipes(chanceOf(seed, 'wipe'), script),
      ...drawReconfigurations(chanceOf(seed, 'reconfigurations'), script),
    ].sort((a, b) => a.at - b.at),
  };
  return changed(plan, changes);
}

function changed(plan: Plan, { without = [], keep, connections, calm = 1 }: PlanChanges): Plan {
  const { network, clients, actions } = plan;
  const part = (fault: Fault, drawn: number): number => (without.includes(fault) ? 0 : drawn);
  const kept = (keep ? keep.flatMap((place) => actions[place] ?? []) : actions).filter(
    ({ fault }) => !without.includes(fault),
  );
  const drift = part('drift', plan.drift);
  return {
    ...plan,
    settings: withLease(plan.settings, drift),
    drift,
    network: {
      ...network,
      lostPart: part('drop', network.lostPart),
      doubledPart: part('duplicate', network.doubledPart),
      latePart: part('late', network.latePart),
      lostBeatPart: part('beats', network.lostBeatPart),
      corruptPart: part('corrupt', network.corruptPart),
      isDeaf: network.isDeaf && !without.includes('deaf'),
      keepsMail: network.keepsMail && !without.includes('stale'),
    },
    clients: {
      ...clients,
      connections: connections ?? clients.connections,
      thinkMs: clients.thinkMs * calm,
      hasLeaseReads: kept.every(({ fault }) => fault !== 'jump'),
    },
    actions: kept,
  };
}

/** As long as the slowest clock and the fastest may trust each other. */
function withLease(settings: Settings, drift: number): Settings {
  return { ...settings, leaseMs: (settings.electionMsMin * (1 - drift)) / (1 + drift) };
}

/** Of a chance of their own: what else a seed plays does not depend on them. */
const DRAWN_APART: ReadonlySet<Fault> = new Set(['wipe', 'reconfigure']);

/** Swarm testing: each class is left out of a third of the runs, so that none hides behind another. */
function drawAbsent(chance: Chance): readonly Fault[] {
  return FAULT_NAMES.filter((fault) => !DRAWN_APART.has(fault) && chance.happens(0.35));
}

function drawSettings(chance: Chance): Settings {
  const heartbeatMs = chance.pick([10, 20, 50]);
  const electionMsMin = heartbeatMs * chance.pick([4, 6]);
  return {
    heartbeatMs,
    electionMsMin,
    electionMsMax: electionMsMin * 2,
    leaseMs: electionMsMin,
    diskStallMs: electionMsMin * chance.pick([2, 5, 15]),
    inflightMessagesMax: chance.pick([1, 2, 8, 64]),
    inflightBytesMax: chance.pick([200, 2000, 1 << 20]),
    messageBytesMax: chance.pick([100, 600, 1 << 16]),
    windowBytesMax: chance.pick([0, 500, 4000, 1 << 20]),
    uncommittedBytesMax: chance.pick([400, 4000, 1 << 20]),
    keepEntries: 0,
  };
}

function drawNetwork(
  chance: Chance,
  electionMsMax: number,
  has: (fault: Fault) => boolean,
): NetworkPlan {
  const part = (fault: Fault, most: number): number => {
    const drawn = chance.between(0, most) * chance.pick([0.1, 1]);
    return has(fault) ? drawn : 0;
  };
  return {
    delayMs: chance.pick([0.5, 2, 8]),
    lostPart: part('drop', 0.2),
    doubledPart: part('duplicate', 0.3),
    latePart: part('late', 0.2),
    lateMs: electionMsMax * chance.pick([1, 4]),
    lostBeatPart: part('beats', 0.6),
    isDeaf: chance.happens(0.3) && has('deaf'),
    corruptPart: part('corrupt', 0.3),
    keepsMail: has('stale'),
    messagesMax: chance.pick([20, 100, 1024]),
    detectMs: electionMsMax * chance.pick([0.2, 2, 8]),
    reconnectMs: chance.pick([1, 20]),
  };
}

function drawDisk(chance: Chance, electionMsMax: number): DiskPlan {
  return {
    syncMs: chance.pick([0.3, 2, 8]),
    lateReadMs: electionMsMax * 3,
    inThreadBytes: chance.pick([0, 4096]),
    segmentBytes: chance.pick([2048, 8192, 65_536]),
    idleMs: chance.pick([5, 50]),
  };
}

/** In a few runs there are none at all. */
function drawSnapshots(chance: Chance): SnapshotsPlan {
  return {
    everyEntries: chance.pick([5, 20, 60, 200, Number.POSITIVE_INFINITY]),
    everyBytes: chance.pick([2000, 20_000, Number.POSITIVE_INFINITY]),
    chunkBytes: chance.pick([64, 500, 1 << 16]),
  };
}

type Lives = Pick<ClientsPlan, 'hasSessions' | 'hasLeases' | 'ttlMs'>;

/** By a chance of its own, so that the rest of a seed does not depend on it. */
function drawLives(seed: number, electionMsMax: number): Lives {
  const chance = chanceOf(seed, 'lives');
  return {
    hasSessions: chance.happens(0.5),
    hasLeases: chance.happens(0.25),
    ttlMs: Math.round(electionMsMax * chance.pick([0.5, 2, 20])),
  };
}

function drawClients(
  chance: Chance,
  electionMsMax: number,
): Omit<ClientsPlan, 'isWatched' | keyof Lives> {
  return {
    connections: chance.whole(2, 4),
    perConnection: chance.whole(1, 3),
    keys: chance.pick([1, 3, 8]),
    thinkMs: chance.pick([1, 5, 30]),
    timeoutMs: chance.pick([electionMsMax / 2, electionMsMax * 3, electionMsMax * 10, 5000]),
    paddingBytes: chance.pick([0, 40, 700]),
    hasTransactions: chance.happens(0.5),
    hasLeaseReads: false,
    pendingRequests: chance.pick([2, 8, 10_000]),
  };
}
