import type { Millis, NodeId } from '../../lib/core/types.ts';
import { chanceOf } from './chance.ts';
import { lapse } from './lapse.ts';
import { isEnough } from './oracle/majority.ts';
import { part } from './partings.ts';
import type { Simulation } from './simulation.ts';
import { Violation } from './violation.ts';
import type { SimServer } from './world/server.ts';

/** Longest election timeouts from the end of trouble until there is a leader, and until all is well. */
const LEADER_ELECTIONS = 20;
const CONVERGED_ELECTIONS = 60;
/** For so many of them nobody may have to be elected after that. */
const STABLE_ELECTIONS = 10;
/** A process stops within so long. */
const LEAVE_MS = 6000;
/** In peace a watch has everything within so long: silences of the event feed, and pages of one. */
const WATCH_MS = 60_000;
const PEACEFUL_REQUESTS = 20;
const CROWD = 12;
/** How a request may be refused in peace: it asks for what is no more. */
const FAIR: ReadonlySet<string> = new Set(['COMPACTED', 'LEASE_EXPIRED']);
/** And one of a crowd. */
const CROWDED: ReadonlySet<string> = new Set(['BUSY', ...FAIR]);

/** Peace: a majority is healed for good, all others stay as they are. It must come right in time. */
export async function comeRight(sim: Simulation<unknown>): Promise<void> {
  const core = chooseCore(sim);
  const { agenda, plan } = sim;
  const { electionMsMax } = plan.settings;
  // Those that were asked to stop may take their time.
  await sim.run(agenda.now + LEAVE_MS, () => core.every(({ isLeaving }) => !isLeaving));
  for (const server of core) server.start();
  const { lateMs, detectMs, reconnectMs } = plan.network;
  const busyUntil = Math.max(...core.map(({ storage }) => storage.busyUntil));
  // Until all mail that was late has come, and all syncs that were slow are over.
  await sim.run(Math.max(busyUntil, agenda.now + lateMs + detectMs + reconnectMs));
  await within(sim, LEADER_ELECTIONS * electionMsMax, () => unled(core));
  sim.clients.stop();
  await within(sim, CONVERGED_ELECTIONS * electionMsMax + plan.clients.timeoutMs, () =>
    findUnrest(sim, core),
  );
  await beStable(sim, core, STABLE_ELECTIONS * electionMsMax);
  await lapse(sim, core);
  await serve(sim, core);
  await crowd(sim, core);
  await part(sim, core);
  await within(sim, CONVERGED_ELECTIONS * electionMsMax, () => findUnrest(sim, core));
  agree(sim, core);
  await within(sim, WATCH_MS, () => sim.watches.missing);
  await survive(sim, core);
}

/**
 * Some majority of those that can come back.
 *
 * @throws {Error} if too many disks are beyond repair, which a script never brings about: then
 *   waiting for an operator is all a cluster can do, and the run would prove nothing.
 */
function chooseCore(sim: Simulation<unknown>): readonly SimServer[] {
  const chance = chanceOf(sim.plan.seed, 'core');
  const able = sim.servers.filter(({ id }) => !sim.lost.has(id));
  const least = Math.floor(sim.servers.length / 2) + 1;
  if (able.length < least) throw new Error(`only ${able.length} servers can come back`);
  const spare = able.length - least;
  const possible = sim.judge.possible();
  let core: readonly SimServer[] = able;
  for (const one of chance.happens(0.4) ? chance.some(able, spare) : []) {
    const left = core.filter((server) => server !== one);
    const stays = (id: NodeId): boolean => left.some((server) => server.id === id);
    if (possible.every((configuration) => isEnough(configuration, stays))) core = left;
  }
  for (const server of sim.servers) {
    if (core.includes(server)) continue;
    server.kill();
    sim.gone.add(server.id);
    sim.lost.set(server.id, 'never comes back');
  }
  return core;
}

async function within(
  sim: Simulation<unknown>,
  ms: Millis,
  unrest: () => string | null,
): Promise<void> {
  await sim.run(sim.agenda.now + ms, () => unrest() === null);
  const found = unrest();
  if (found !== null)
    throw new Violation('liveness', `${found}, ${Math.round(ms)} ms after all was healed`);
}

function unled(core: readonly SimServer[]): string | null {
  const leaders = core.filter(({ state }) => state?.role.name === 'leader');
  return leaders.length === 1 ? null : `${leaders.length} servers lead`;
}

/** Why the servers have not come to rest, or null. */
function findUnrest(sim: Simulation<unknown>, core: readonly SimServer[]): string | null {
  const leader = core.find(({ state }) => state?.role.name === 'leader');
  const state = leader?.state;
  if (state?.role.name !== 'leader') return 'nobody leads';
  if (state.configuration.outgoing.length > 0) return 'the configuration is joint';
  if (sim.clients.open > 0) return `${sim.clients.open} requests have no answer`;
  for (const { id, state: its, machine, isServing } of core) {
    if (!isServing || !its) return `n${id} does not serve`;
    const { last } = its.log;
    if (its.hard.term !== state.hard.term) return `n${id} is in term ${its.hard.term}`;
    if (last.index !== state.log.last.index) return `the log of n${id} ends at ${last.index}`;
    if (its.commit !== last.index) return `n${id} has committed ${its.commit} of ${last.index}`;
    if (machine?.applied !== its.commit) return `n${id} has applied ${machine?.applied}`;
    const progress = state.role.progress.get(id);
    if (progress && progress.match !== last.index)
      return `the leader knows of n${id} ${progress.match}`;
    if (progress && progress.inflight.length > 0) return `messages to n${id} stay in flight`;
  }
  return null;
}

/** In peace nobody loses the lead. */
async function beStable(
  sim: Simulation<unknown>,
  core: readonly SimServer[],
  ms: Millis,
): Promise<void> {
  const terms = core.map(({ state }) => state?.hard.term);
  await sim.run(sim.agenda.now + ms);
  core.forEach(({ id, state }, i) => {
    if (state?.hard.term === terms[i]) return;
    throw new Violation(
      'liveness',
      `n${id} goes from term ${terms[i]} to ${state?.hard.term} in peace`,
    );
  });
}

/** In peace every server takes requests, and each is answered well. */
async function serve(sim: Simulation<unknown>, core: readonly SimServer[]): Promise<void> {
  const chance = chanceOf(sim.plan.seed, 'peace');
  const timeoutMs = LEADER_ELECTIONS * sim.plan.settings.electionMsMax;
  for (let i = 0; i < PEACEFUL_REQUESTS; i += 1) {
    const { id: server } = chance.pick(core);
    const id = sim.clients.askOnce(server, null, timeoutMs);
    await sim.run(sim.agenda.now + 2 * timeoutMs, () => sim.clients.open === 0);
    const { answer } = sim.clients.operations.at(-1) ?? {};
    if (answer?.kind === 'ok' || (answer?.kind === 'rejected' && FAIR.has(answer.code))) continue;
    throw new Violation(
      'liveness',
      `n${server} answers ${JSON.stringify(answer)} to ${id} in peace`,
    );
  }
}

/** Requests all at once: what there is no room for is refused, and nothing is forgotten. */
async function crowd(sim: Simulation<unknown>, core: readonly SimServer[]): Promise<void> {
  const chance = chanceOf(sim.plan.seed, 'crowd');
  const timeoutMs = LEADER_ELECTIONS * sim.plan.settings.electionMsMax;
  const before = sim.clients.operations.length;
  for (let i = 0; i < CROWD; i += 1) sim.clients.askOnce(chance.pick(core).id, null, timeoutMs);
  await sim.run(sim.agenda.now + 2 * timeoutMs, () => sim.clients.open === 0);
  for (const { id, answer } of sim.clients.operations.slice(before)) {
    if (answer.kind === 'ok' || (answer.kind === 'rejected' && CROWDED.has(answer.code))) continue;
    throw new Violation(
      'liveness',
      `request ${id} of a crowd is answered ${JSON.stringify(answer)}`,
    );
  }
}

/** All have what was committed, and their databases are equal. */
function agree(sim: Simulation<unknown>, core: readonly SimServer[]): void {
  for (const { id } of core) sim.judge.remembers(id);
  const [first = '', ...others] = core.map(({ machine }) => (machine ? sim.digest(machine) : ''));
  others.forEach((digest, i) => {
    if (digest === first) return;
    throw new Violation(
      'invariant',
      `the database of n${core[i + 1]?.id} is not that of n${core[0]?.id}`,
    );
  });
}

/** The power fails everywhere, and everything that was promised is there when it is back. */
async function survive(sim: Simulation<unknown>, core: readonly SimServer[]): Promise<void> {
  for (const server of core) server.losePower({ kept: 0, torn: 0 });
  for (const server of core) server.start();
  const { electionMsMax } = sim.plan.settings;
  await within(sim, CONVERGED_ELECTIONS * electionMsMax, () => findUnrest(sim, core));
  agree(sim, core);
}
