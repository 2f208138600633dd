import type { Envelope } from '../../lib/core/message.ts';
import type { NodeId } from '../../lib/core/types.ts';
import type { Actors } from './actors.ts';
import { tellEnvelope } from './post.ts';

const SETTLE_MAX = 200;

/**
 * Mail among these is delivered and their disks sync until all is quiet; no clock goes on.
 *
 * @returns the mail that was delivered meanwhile.
 */
export function settle(actors: Actors, ids: readonly NodeId[]): readonly string[] {
  const told: string[] = [];
  for (let round = 0; ids.filter((id) => stir(actors, id, ids, told)).length > 0; round += 1) {
    if (round === SETTLE_MAX) throw new Error('they never settle');
  }
  return told;
}

/** @returns false if nothing waited for this server. */
function stir(actors: Actors, id: NodeId, ids: readonly NodeId[], told: string[]): boolean {
  const may = (): boolean => {
    actors.beforeStep();
    return actors.isUp(id);
  };
  if (!may()) return false;
  const mail = actors.post.take(({ from, to }) => to === id && ids.includes(from));
  if (mail.length > 0) actors.deliver(id, mail);
  told.push(...mail.map(tellEnvelope));
  const owes = may() && actors.owes(id);
  if (owes) actors.sync(id);
  const loads = may() && actors.isLoading(id);
  if (loads) actors.load(id);
  return mail.length > 0 || owes || loads;
}

/**
 * These live together for `ms`: whoever's time has come has a turn, and what comes of it settles at
 * once, as if mail and disks took no time.
 *
 * @returns who began or ceased to lead meanwhile.
 */
export function run(actors: Actors, ms: number, ids: readonly NodeId[]): readonly string[] {
  const told = actors.news.length;
  settle(actors, ids);
  for (let left = ms; ; ) {
    const next = soonest(actors, ids);
    const rest = next === null ? left : Math.min(left, actors.restOf(next));
    actors.wait(rest, ids);
    left -= rest;
    if (next === null || left === 0) break;
    actors.wake(next);
    settle(actors, ids);
  }
  return actors.news.slice(told);
}

/** Whoever has to have a turn first. */
function soonest(actors: Actors, ids: readonly NodeId[]): NodeId | null {
  const up = ids.filter((id) => actors.isUp(id));
  const rests = up.map((id) => actors.restOf(id));
  return up[rests.indexOf(Math.min(...rests))] ?? null;
}

/**
 * `id` times out and stands, and hears only `voters`. Mail of elections that goes elsewhere is lost;
 * a term that was news takes another try.
 *
 * @returns true if it leads now.
 */
export function elect(actors: Actors, id: NodeId, voters: readonly NodeId[]): boolean {
  for (let tries = 0; tries < 3 && !leads(actors, id); tries += 1) {
    actors.wake(id);
    for (const kind of ['PreVote', 'RequestVote']) {
      actors.sync(id);
      for (const voter of voters) {
        pass(actors, id, voter, kind);
        actors.sync(voter);
        pass(actors, voter, id, `${kind}Reply`);
      }
      actors.post.take(({ from, message }) => from === id && message.kind === kind);
    }
  }
  return leads(actors, id);
}

function leads(actors: Actors, id: NodeId): boolean {
  return actors.server(id).state.role.name === 'leader';
}

/** Delivers what there is of a kind on one link, if anything. */
function pass(actors: Actors, from: NodeId, to: NodeId, kind: string): void {
  const isMeant = (envelope: Envelope): boolean =>
    envelope.from === from && envelope.to === to && envelope.message.kind === kind;
  const mail = actors.post.take(isMeant);
  if (mail.length > 0) actors.deliver(to, mail);
}
