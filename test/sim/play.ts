import type { FaultCounts } from './faults.ts';
import { keyValues } from './key-values.ts';
import { comeRight } from './liveness.ts';
import { drawPlan, type Plan, type PlanChanges } from './plan.ts';
import type { PlaceCounts } from './reach.ts';
import { Simulation } from './simulation.ts';
import type { Subject, Tally } from './subject.ts';
import { Trouble } from './trouble.ts';
import { Violation } from './violation.ts';
import type { Watcher } from './watcher.ts';

/** What came of one run. */
export type Played = {
  readonly seed: number;
  readonly plan: Plan;
  /** The rule that was broken, or null. */
  readonly violation: Violation | null;
  readonly hash: string;
  readonly events: number;
  readonly simulatedMs: number;
  readonly operations: number;
  readonly tally: Tally;
  readonly faults: FaultCounts;
  readonly places: PlaceCounts;
};

/** One seed: a time of trouble in which nothing may ever be wrong, then peace in which all comes right. */
export function play(
  seed: number,
  changes: PlanChanges = {},
  watchers: readonly Watcher[] = [],
): Promise<Played> {
  return playPlan(drawPlan(seed, changes), keyValues, watchers);
}

export async function playPlan<A>(
  plan: Plan,
  subject: Subject<A>,
  watchers: readonly Watcher[] = [],
): Promise<Played> {
  const sim = new Simulation(plan, subject, watchers);
  const trouble = new Trouble(sim as Simulation<unknown>);
  try {
    sim.start();
    sim.clients.start();
    sim.watches.start();
    trouble.begin();
    await sim.run(plan.troubleMs);
    trouble.end();
    await comeRight(sim as Simulation<unknown>);
    const { operations } = sim.clients;
    const found = subject.checkHistory({ operations, committed: sim.committed }, plan);
    if (found !== null) throw new Violation('history', found);
  } catch (reason) {
    sim.fail(reason);
  }
  return {
    seed: plan.seed,
    plan,
    violation: sim.violation,
    hash: sim.fingerprint.hash,
    events: sim.agenda.events,
    simulatedMs: sim.agenda.now,
    operations: sim.clients.operations.length,
    tally: sim.tally,
    faults: sim.faults,
    places: sim.judge.places,
  };
}
