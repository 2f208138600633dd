import type { Settings } from '../../lib/core/settings.ts';
import { Chance } from '../sim/chance.ts';
import { SETTINGS } from './servers.ts';

/**
 * What one seed plays: every seed draws its own size, speeds and troubles, and leaves some kinds of
 * trouble out, so that rare combinations come up. Times in ms, `part` is a share of all cases.
 */
export type Plan = {
  readonly size: number;
  readonly settings: Settings;
  /** How long trouble lasts before everything is healed. */
  readonly troubleMs: number;
  readonly network: {
    readonly delayMs: number;
    readonly lostPart: number;
    readonly doubledPart: number;
    /** Mail that takes up to several elections, and how long. */
    readonly latePart: number;
    /** The same for votes, which are few. */
    readonly lateVotePart: number;
    readonly lateMs: number;
    readonly lostBeatPart: number;
  };
  readonly disk: { readonly syncMs: number; readonly stalledPart: number };
  /** Mean time between troubles of a kind; Infinity for none of them. */
  readonly every: {
    readonly cutMs: number;
    readonly crashMs: number;
    readonly pauseMs: number;
    readonly blackoutMs: number;
    readonly proposalMs: number;
    readonly readMs: number;
  };
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
  const scale = isFast ? chance.pick([0.05, 0.2]) : 0.6;
  const hasty = { heartbeatMs: 15, electionMsMin: 60, electionMsMax: 120 };
  return {
    size: chance.pick([1, 2, 3, 3, 3, 3, 4, 5, 5, 5, 7]),
    settings: {
      ...SETTINGS,
      ...(isFast ? hasty : {}),
      diskStallMs: chance.pick([300, 1000, 5000]),
      inflightMessagesMax: chance.pick([1, 2, 8]),
      inflightBytesMax: chance.pick([60, 500, 1 << 20]),
      messageBytesMax: chance.pick([30, 300, 1 << 16]),
      windowBytesMax: chance.pick([0, 200, 2000, 1 << 20]),
      uncommittedBytesMax: chance.pick([100, 1000, 1 << 20]),
    },
    troubleMs: isFast ? chance.between(500, 2000) : chance.between(1000, 4000),
    network: {
      delayMs: isFast ? chance.pick([1, 5, 10]) : chance.pick([1, 5, 30]),
      lostPart: part(0.6, 0.2),
      doubledPart: part(0.5, 0.3),
      latePart: part(0.5, 0.2),
      lateVotePart: part(0.4, 0.6),
      lateMs: isFast ? 500 : 2500,
      lostBeatPart: chance.pick([0, 0, 0.2, 1]),
    },
    disk: {
      syncMs: isFast ? chance.pick([0.5, 3, 10]) : chance.pick([0.5, 3, 40]),
      stalledPart: part(0.3, 0.03),
    },
    every: {
      cutMs: often(0.6, 200, 1500) * scale,
      crashMs: often(0.6, 200, 1500) * scale,
      pauseMs: often(0.5, 300, 1500) * scale,
      blackoutMs: often(0.2, 800, 3000),
      proposalMs: chance.pick([5, 30, 100]),
      readMs: chance.pick([10, 50, 200]),
    },
    drift: chance.pick([0, 0.02, 0.1]),
    payloadBytesMax: chance.pick([0, 10, 200]),
  };
}
