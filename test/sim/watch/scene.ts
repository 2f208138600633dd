import type { Millis, NodeId } from '../../../lib/core/types.ts';
import { type MailKind, type MailWords, tellMail } from './mail-words.ts';
import type { Commit, Letter, Recording, Stand, Strike } from './recording.ts';

/** What of a recording is drawn; everything that is left out here is drawn. */
export type Filter = {
  readonly servers?: readonly NodeId[];
  readonly kinds?: readonly MailKind[];
};

/**
 * One way of one letter. `at` is null if it never came, and `sentAt` if nobody sent it as it is.
 * `isAgain` for every arrival but the first, `isUnderWay` if it may only not have come yet.
 */
export type Flight = {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly sentAt: Millis | null;
  readonly at: Millis | null;
  readonly words: MailWords;
  readonly isAgain: boolean;
  readonly isUnderWay: boolean;
};

/** A recording as it is drawn: between two moments, of some servers, with mail that is read. */
export type Scene = {
  readonly from: Millis;
  readonly to: Millis;
  /** Longest time that mail takes if nothing is wrong. */
  readonly delayMs: Millis;
  readonly servers: readonly NodeId[];
  /** In order, of the time before as well: the last of a server before `from` is what it is then. */
  readonly stands: readonly Stand[];
  readonly strikes: readonly Strike[];
  readonly commits: readonly Commit[];
  readonly flights: readonly Flight[];
};

/** Reads what was recorded. */
export function sceneOf(recording: Recording, filter: Filter = {}): Scene {
  const { from, to, plan } = recording;
  const all = Array.from({ length: plan.size }, (_, i) => i + 1);
  const servers = all.filter((id) => filter.servers?.includes(id) ?? true);
  const isDrawn = (id: NodeId): boolean => servers.includes(id);
  const isWithin = (at: Millis | null): boolean => at !== null && at >= from && at <= to;
  const kinds = new Set(filter.kinds);
  return {
    from,
    to,
    delayMs: plan.network.delayMs,
    servers,
    stands: recording.stands.filter(({ id, at }) => isDrawn(id) && at <= to),
    strikes: recording.strikes
      .filter(({ at, until }) => at <= to && until >= from)
      .flatMap((strike) => placed(strike, servers)),
    commits: recording.commits.filter(({ id, at }) => isDrawn(id) && isWithin(at)),
    flights: [...recording.letters]
      .filter((letter) => isDrawn(letter.from) && isDrawn(letter.to))
      .flatMap((letter) => flightsOf(letter, recording))
      .filter(({ sentAt, at }) => isWithin(sentAt) || isWithin(at))
      .filter(({ words }) => kinds.size === 0 || kinds.has(words.kind)),
  };
}

/** What does not strike one server is drawn at the first of those that it concerns, if any. */
function placed(strike: Strike, servers: readonly NodeId[]): readonly Strike[] {
  const { id, action } = strike;
  const isConcerned = (server: NodeId): boolean => {
    if (action.fault === 'blackout') return true;
    if (action.fault === 'partial') return action.links.flat().includes(server);
    return server === id;
  };
  const first = servers.find(isConcerned);
  return first === undefined ? [] : [{ ...strike, id: first }];
}

function flightsOf({ from, to, frames, sentAt, arrivals }: Letter, recording: Recording): Flight[] {
  const words = tellMail(frames, to);
  const head = { from, to, sentAt, words };
  if (arrivals.length === 0) {
    const { delayMs } = recording.plan.network;
    const isUnderWay = sentAt !== null && recording.end - sentAt < delayMs;
    return [{ ...head, at: null, isAgain: false, isUnderWay }];
  }
  return arrivals.map((at, i) => ({ ...head, at, isAgain: i > 0, isUnderWay: false }));
}

/** What each server is at a moment; servers that have not begun are left out. */
export function standsAt({ stands }: Scene, moment: Millis): ReadonlyMap<NodeId, Stand> {
  return new Map(stands.filter(({ at }) => at <= moment).map((stand) => [stand.id, stand]));
}
