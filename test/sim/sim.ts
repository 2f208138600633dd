import { Campaign } from './campaign.ts';
import { drawPlan, type PlanChanges } from './plan.ts';
import { type Played, playPlan } from './play.ts';
import { type Shrunk, shrink } from './shrink.ts';
import type { Subject } from './subject.ts';

export { type Entry, payloadOf } from '../../lib/core/entry.ts';
export type { Row, Table, Tables } from '../../lib/store/database/tables.ts';
export type { Applied, Change, StateMachine } from '../../lib/store/state-machine.ts';
export {
  decodeRequest,
  type Refusal,
  type Reply,
  type Request,
  refuse,
} from '../../lib/wire/client.ts';
export { unpack } from '../../lib/wire/unpack.ts';
export { Chance } from './chance.ts';
export type { Asking } from './clients/options.ts';
export { FAULTS, type Fault } from './faults.ts';
export { checkLinearizable } from './history/linearizable.ts';
export type { Model } from './history/model.ts';
export type { Answer, Committed, History, Operation } from './history/operation.ts';
export type { Replay } from './history/replay.ts';
export { checkWitness } from './history/witness.ts';
export { keyValues } from './key-values.ts';
export type { Plan, PlanChanges } from './plan.ts';
export type { Played } from './play.ts';
export type { Shrunk } from './shrink.ts';
export type { Subject } from './subject.ts';
export { Transcript } from './trace.ts';
export type { Violation } from './violation.ts';
export type { Watcher } from './watcher.ts';

export type SimulateOptions = {
  /** 1 if left out. */
  readonly firstSeed?: number;
  readonly seeds: number;
  /** What is other than the seeds have it, for all runs. */
  readonly changes?: PlanChanges;
};

export type Simulated = {
  /** The run that broke a rule, and the same made small; null if none did. */
  readonly failed: { readonly whole: Played; readonly small: Shrunk } | null;
  /** Events, faults by class, leaders and the like, over all runs. */
  readonly summary: Readonly<Record<string, unknown>>;
};

/** Processor time for making a failing run small. */
const SHRINK_SECONDS = 30;

/**
 * Plays clusters whose state machine is yours: shipped nodes on simulated machines, in trouble and
 * then in peace, one seed after another until a rule is broken. The same seed plays the same run, on
 * any machine, as long as the state machine is a function of what it is asked.
 *
 * @param subject the machine, clients that ask it, and what its histories are checked against.
 */
export async function simulate<A>(
  subject: Subject<A>,
  { firstSeed = 1, seeds, changes = {} }: SimulateOptions,
): Promise<Simulated> {
  const campaign = new Campaign();
  for (let seed = firstSeed; seed < firstSeed + seeds; seed += 1) {
    const playWith = (changed: PlanChanges): Promise<Played> =>
      playPlan(drawPlan(seed, changed), subject);
    const whole = await playWith(changes);
    campaign.add(whole);
    if (!whole.violation) continue;
    const small = await shrink(whole, changes, playWith, SHRINK_SECONDS);
    return { failed: { whole, small }, summary: campaign.summary() };
  }
  return { failed: null, summary: campaign.summary() };
}
