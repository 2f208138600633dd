import { filter, map, type Observable } from 'rxjs';
import type { Input } from '../lib/core/input.ts';
import { rateLimited } from '../lib/kit/rate-limit.ts';
import type { Link } from '../lib/net/network.ts';
import { decodeBeat } from '../lib/wire/event.ts';
import { decodeMail, type Mail } from '../lib/wire/peer.ts';
import { isAside, type Peers } from './peers.ts';
import { readAll } from './read-all.ts';
import type { LoopWorld } from './world.ts';

/** How often one kind of trouble is worth a line. */
export const TROUBLE_INTERVAL_MS = 10_000;

/**
 * Mail from peers, decoded and checked. What does not belong here (another cluster, another
 * receiver, bytes that are no mail) is told to the operator and has no other effect.
 */
export function mailFromPeers(world: LoopWorld, peers: Peers): Observable<Mail> {
  const { network, clock, identity, limits } = world;
  const refuse = refusals(world, 'mail.refused');
  return readAll(network.fromPeers, clock, (frames) => {
    const mail = decodeMail(frames, identity, limits);
    if (typeof mail === 'string') return refuse(mail);
    // Whoever introduces itself, or refuses us, need not be one that we know.
    if (mail.kind === 'Introduction' || mail.kind === 'Refused') return mail;
    const objection = peers.objection(mail.from, mail.incarnation);
    return objection === null ? mail : refuse(objection);
  });
}

/** Beats that peers publish for everybody. */
export function beatsFromPeers(world: LoopWorld, peers: Peers): Observable<Input> {
  const { network, clock, identity } = world;
  const refuse = refusals(world, 'beat.refused');
  return readAll(network.beats, clock, ([topic, body]): Input | null => {
    if (!topic || !body) return refuse('a beat has two frames');
    const beat = decodeBeat(topic, body, identity);
    if (typeof beat === 'string') return refuse(beat);
    const objection = peers.objection(beat.from, beat.incarnation);
    if (objection !== null) return refuse(objection);
    return { kind: 'Received', from: beat.from, message: beat.heartbeat };
  });
}

/** Links to peers that went up or down. */
export function linkNews({
  network,
  clock,
}: Pick<LoopWorld, 'clock'> & {
  readonly network: Pick<LoopWorld['network'], 'links'>;
}): Observable<Link> {
  return readAll(network.links, clock, (link) => link);
}

/** Those to nodes that may be members. */
export function linksToPeers(link$: Observable<Link>): Observable<Link> {
  return link$.pipe(filter(({ peer }) => !isAside(peer)));
}

/** A link that is down may have taken mail with it. */
export function lostLinks(link$: Observable<Link>): Observable<Input> {
  return link$.pipe(
    filter(({ up }) => !up),
    map(({ peer }) => ({ kind: 'Unreachable', peer })),
  );
}

/** The part of the mail that is for the core. */
export function received(mail$: Observable<Mail>): Observable<Input> {
  return mail$.pipe(filter((mail) => mail.kind === 'Received'));
}

function refusals(world: LoopWorld, event: string): (reason: string) => null {
  const logger = rateLimited(world.logger, { intervalMs: TROUBLE_INTERVAL_MS, by: ['reason'] });
  return (reason) => {
    logger.warn(event, { reason });
    return null;
  };
}
