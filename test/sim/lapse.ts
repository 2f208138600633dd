import type { Simulation } from './simulation.ts';
import { Violation } from './violation.ts';
import type { SimServer } from './world/server.ts';

/** In peace whatever has lived its time ends, although nobody asks for anything. */
export async function lapse(sim: Simulation<unknown>, core: readonly SimServer[]): Promise<void> {
  const time = core.find(({ state }) => state?.role.name === 'leader')?.machine?.logTime;
  const due = time?.next ?? null;
  if (!time || due === null) return;
  const { drift, settings } = sim.plan;
  const ms = (due - time.now) * (1 + drift) + settings.electionMsMax;
  const isOver = (): boolean => time.next === null || time.next > due;
  await sim.run(sim.agenda.now + ms, isOver);
  if (isOver()) return;
  const late = `what is due at ${due} by log time has not ended; it is ${time.now}`;
  throw new Violation('liveness', late);
}
