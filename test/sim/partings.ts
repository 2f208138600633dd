import type { Millis } from '../../lib/core/types.ts';
import { chanceOf } from './chance.ts';
import type { Simulation } from './simulation.ts';
import { Violation } from './violation.ts';
import type { SimServer } from './world/server.ts';

/** In which part of the runs each of them is played. */
const PLAYED_PART = 0.3;
/** Longer than a process that stops waits for what is under way. */
const STALL_MS = 3000;
const PATIENCE_MS = 10_000;
const REQUESTS = 6;

/**
 * Two partings in peace, which trouble hardly ever leaves the time for: processes that go while others
 * still work on what they have asked. What clients are told then is judged with the history.
 */
export async function part(sim: Simulation<unknown>, core: readonly SimServer[]): Promise<void> {
  const chance = chanceOf(sim.plan.seed, 'partings');
  if (core.length < 2) return;
  if (chance.happens(PLAYED_PART)) await rebirth(sim, core);
  if (chance.happens(PLAYED_PART)) await farewell(sim, core);
  for (const { storage } of core) storage.heal();
  await sim.run(Math.max(sim.agenda.now, ...core.map(({ storage }) => storage.busyUntil)));
}

/** A follower dies with requests passed on, and its next process passes on others meanwhile. */
async function rebirth(sim: Simulation<unknown>, core: readonly SimServer[]): Promise<void> {
  const follower = core.find(({ state }) => state?.role.name === 'follower');
  if (!follower) return;
  const { electionMsMin } = sim.plan.settings;
  await restart(sim, follower);
  stallOthers(core, follower, electionMsMin);
  ask(sim, follower);
  await sim.run(sim.agenda.now + electionMsMin / 4);
  await restart(sim, follower);
  // Clients may hear later that what they asked before is lost.
  const [first = 0] = ask(sim, follower);
  await untilAnswered(sim);
  const { operations } = sim.clients;
  const late = operations.find(({ id, answer }) => id >= first && answer.kind === 'unknown');
  if (late)
    throw new Violation('liveness', `n${follower.id} loses the answer to ${late.id} in peace`);
}

/** The process ends and begins, and knows its leader. */
async function restart(sim: Simulation<unknown>, server: SimServer): Promise<void> {
  server.kill();
  server.start();
  await sim.run(
    sim.agenda.now + PATIENCE_MS,
    () => server.state?.view.leader !== null && server.isServing,
  );
}

/** A leader is asked to stop while all that it has in its log waits for the others. */
async function farewell(sim: Simulation<unknown>, core: readonly SimServer[]): Promise<void> {
  const leader = core.find(({ state }) => state?.role.name === 'leader');
  if (!leader) return;
  stallOthers(core, leader, STALL_MS);
  ask(sim, leader);
  await sim.run(sim.agenda.now + sim.plan.settings.electionMsMin / 4);
  leader.leave();
  await untilAnswered(sim);
  await sim.run(sim.agenda.now + STALL_MS, () => core.every(({ isServing }) => isServing));
}

function stallOthers(core: readonly SimServer[], server: SimServer, ms: Millis): void {
  for (const other of core) if (other !== server) other.storage.stall(ms);
}

/** @returns the ids of the requests, rising. */
function ask(sim: Simulation<unknown>, { id }: SimServer): readonly number[] {
  return Array.from({ length: REQUESTS }, () => sim.clients.askOnce(id, null, PATIENCE_MS));
}

async function untilAnswered(sim: Simulation<unknown>): Promise<void> {
  await sim.run(sim.agenda.now + 2 * PATIENCE_MS, () => sim.clients.open === 0);
}
