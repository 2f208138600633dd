import type { Message } from '../../lib/core/message.ts';
import { votersOnly } from '../../lib/core/quorum.ts';
import type { Settings } from '../../lib/core/settings.ts';
import type { Configuration } from '../../lib/core/types.ts';
import { Chance } from '../sim/chance.ts';
import { SETTINGS } from './servers.ts';

/**
 * What one seed plays: every seed draws its own size, speeds and troubles, and leaves some kinds of
 * trouble out, so that rare combinations come up. Times in ms, `part` is a share of all cases.
 */
export type Plan = {
  /** Who takes part at first. Ids are 1, 2, 3, … */
  readonly configuration: Configuration;
  /** How many servers more there are, which may be added. */
  readonly spares: number;
  readonly settings: Settings;
  /** How long trouble lasts before everything is healed. */
  readonly troubleMs: number;
  readonly network: {
    readonly delayMs: number;
    /** Delay while there is trouble. */
    readonly troubleDelayMs: number;
    readonly lostPart: number;
    readonly doubledPart: number;
    /** Mail that takes up to several elections, and how long. */
    readonly latePart: number;
    /** The same for one kind of answer, so that those to an earlier question come. */
    readonly lateKind: Message['kind'];
    readonly lateKindPart: number;
    readonly lateMs: number;
    /** Answers that come only when their receiver stands for election or leads once more. */
    readonly keptPart: number;
    readonly lostBeatPart: number;
  };
  readonly disk: {
    readonly syncMs: number;
    readonly stalledPart: number;
    /** What is read back may take as long as mail that is late. */
    readonly lateReadPart: number;
  };
  /** Mean time between troubles of a kind; Infinity for none of them. */
  readonly every: {
    readonly cutMs: number;
    readonly crashMs: number;
    readonly pauseMs: number;
    readonly blackoutMs: number;
    /** Several leaders in a row are cut off, each when it has come up. */
    readonly coupMs: number;
    /** A leader is left with just enough who hear it, one of whom restarts when another stands. */
    readonly betrayalMs: number;
    readonly proposalMs: number;
    readonly readMs: number;
    /** Somebody wants another leader. */
    readonly transferMs: number;
    readonly snapshotMs: number;
    /** Somebody changes who takes part. */
    readonly changeMs: number;
  };
  /** Everything takes equally long each time: then only the servers' own chance tells them apart. */
  readonly isSteady: boolean;
  /** How far clocks run apart, each way. */
  readonly drift: number;
  readonly payloadBytesMax: number;
};

export function drawPlan(seed: number): Plan {
  const chance = new Chance(seed);
  const often = (part: number, low: number, high: number): number =>
    chance.happens(part) ? chance.between(low, high) : Number.POSITIVE_INFINITY;
  const part = (some: number, most: number): number =>
    chance.happens(some) ? chance.between(0, most) : 0;
  const isFast = chance.happens(0.6);
  const isSteady = chance.happens(0.1);
  const scale = isFast ? chance.pick([0.05, 0.2]) : 0.6;
  const hasty = { heartbeatMs: 10, electionMsMin: 60, electionMsMax: 120 };
  const timing = { ...SETTINGS, ...(isFast ? hasty : {}) };
  const drift = isSteady ? 0 : chance.pick([0, 0.02, 0.1]);
  const delayMs = isFast ? chance.pick([1, 5, 10]) : chance.pick([1, 5, 30]);
  return {
    configuration: drawConfiguration(chance),
    spares: chance.pick([0, 1, 2, 3]),
    settings: {
      ...timing,
      leaseMs: (timing.electionMsMin * (1 - drift)) / (1 + drift),
      diskStallMs: chance.pick([300, 1000, 5000]),
      inflightMessagesMax: chance.pick([1, 2, 8]),
      inflightBytesMax: chance.pick([60, 500, 1 << 20]),
      messageBytesMax: chance.pick([30, 300, 1 << 16]),
      windowBytesMax: chance.pick([0, 200, 2000, 1 << 20]),
      uncommittedBytesMax: chance.pick([100, 1000, 1 << 20]),
      keepEntries: chance.pick([0, 0, 3, 20]),
    },
    troubleMs: isFast ? chance.between(500, 2000) : chance.between(1000, 4000),
    network: {
      delayMs,
      troubleDelayMs: delayMs * chance.pick([1, 1, 3, 8]),
      lostPart: part(0.6, 0.2),
      doubledPart: part(0.5, 0.3),
      latePart: part(0.5, 0.2),
      lateKind: chance.pick([
        'RequestVoteReply',
        'RequestVoteReply',
        'AppendEntriesReply',
        'HeartbeatReply',
      ]),
      lateKindPart: part(0.5, 0.6),
      keptPart: part(0.3, 0.3),
      lateMs: isFast ? 500 : 2500,
      lostBeatPart: chance.pick([0, 0, 0.2, 1]),
    },
    disk: {
      syncMs: isFast ? chance.pick([0.5, 3, 10]) : chance.pick([0.5, 3, 40]),
      stalledPart: part(0.3, 0.03),
      lateReadPart: chance.pick([0, 0.05, 0.5]),
    },
    every: {
      cutMs: often(0.6, 200, 1500) * scale,
      crashMs: often(0.6, 200, 1500) * scale,
      pauseMs: often(0.5, 300, 1500) * scale,
      blackoutMs: often(0.2, 800, 3000),
      coupMs: often(0.4, 500, 1500) * scale,
      betrayalMs: drawBetrayals(seed) * scale,
      proposalMs: chance.pick([5, 30, 100]),
      readMs: chance.pick([10, 50, 200]),
      transferMs: often(0.4, 100, 1500) * scale,
      snapshotMs: often(0.7, 10, 300),
      changeMs: often(0.6, 30, 400) * scale,
    },
    isSteady,
    drift,
    payloadBytesMax: chance.pick([0, 10, 200]),
  };
}

/** By a chance of its own, so that the rest of a seed does not depend on it. */
function drawBetrayals(seed: number): number {
  const chance = new Chance(seed ^ 0x2545f491);
  return chance.happens(0.3) ? chance.between(300, 1500) : Number.POSITIVE_INFINITY;
}

/** Mostly voters only; sometimes learners as well, or two sets that both decide (thesis §4.3). */
function drawConfiguration(chance: Chance): Configuration {
  const size = chance.pick([1, 2, 3, 3, 3, 3, 4, 5, 5, 5, 7]);
  const voters = Array.from({ length: size }, (_, i) => i + 1);
  if (chance.happens(0.8)) return votersOnly(voters);
  const more = [size + 1, size + 2];
  const outgoing = chance.happens(0.5) ? chance.some([...voters, ...more], 5) : [];
  const learners = more.filter((id) => !outgoing.includes(id));
  return { ...votersOnly(voters), outgoing: outgoing.sort((a, b) => a - b), learners };
}
