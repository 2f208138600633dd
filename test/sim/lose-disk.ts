import type { Simulation } from './simulation.ts';
import type { SimServer } from './world/server.ts';

/** A server loses its disk. What it says from then on is nobody's promise. */
export function loseDisk<A>(sim: Simulation<A>, server: SimServer): void {
  server.wipe();
  sim.faults.wipe += 1;
  sim.judge.forget(server.id);
  sim.lost.set(server.id, 'has lost its disk');
  sim.note(server.id, 'has lost its disk');
}
