import { merge, Observable, tap } from 'rxjs';
import type { Input } from '../lib/core/input.ts';
import type { ClientMessage, Link } from '../lib/net/network.ts';
import type { Applied } from '../lib/store/state-machine.ts';
import type { Mail } from '../lib/wire/peer.ts';
import type { Decided } from './decided.ts';
import { Desk } from './desk.ts';
import { readAll } from './read-all.ts';
import type { Takes } from './snapshot-desk.ts';
import type { ServiceWorld } from './world.ts';

/** How exactly deadlines of requests are kept, in ms. */
const CLOCK_TICK_MS = 50;
/** How long a node that leaves waits for what is under way, in ms. */
const FAREWELL_MS = 2000;
/** How long it goes on refusing what clients had sent before they knew, in ms. */
const STRAGGLERS_MS = 250;

/**
 * Serves clients: requests in, inputs for the core out, replies sent as a side effect. Completes
 * when the node was asked to leave and nobody waits for an answer any more.
 */
export function serve(
  world: ServiceWorld,
  mail$: Observable<Mail>,
  link$: Observable<Link>,
  decided$: Observable<Decided>,
  applied$: Observable<readonly Applied[]>,
  snapshots: Takes | null,
): Observable<Input> {
  return new Observable((subscriber) => {
    const desk = new Desk(world, (input) => subscriber.next(input), snapshots);
    const message$ = readAll(world.network.fromClients, world.clock, (message) => message);
    let leaveAt = Number.POSITIVE_INFINITY;
    let doneAt = Number.POSITIVE_INFINITY;
    let isQuiet = true;
    let isTicking = false;
    let cancel = (): void => {};

    /** The clock ticks while somebody waits: a node that nobody asks sleeps as long as Raft lets it. */
    const wake = (): void => {
      const isLeaving = leaveAt < Number.POSITIVE_INFINITY;
      if (isTicking || (desk.isDone && !isLeaving)) return;
      isTicking = true;
      cancel = world.clock.after(CLOCK_TICK_MS, tick);
    };
    const tick = (): void => {
      isTicking = false;
      desk.onTime();
      const isLate = world.clock.now() >= leaveAt + FAREWELL_MS;
      if (isLate) desk.giveUp();
      const isLeaving = leaveAt < Number.POSITIVE_INFINITY;
      if (isLeaving && desk.isDone) doneAt = Math.min(doneAt, world.clock.now());
      const isHeard = isQuiet || world.clock.now() >= doneAt + STRAGGLERS_MS;
      if (isLeaving && desk.isDone && isHeard) return subscriber.complete();
      isQuiet = true;
      wake();
    };
    const take = (message: ClientMessage): void => {
      isQuiet = false;
      desk.onMessage(message);
      wake();
    };
    const onMail = (mail: Mail): void => {
      desk.onMail(mail);
      wake();
    };
    const leave = (): void => {
      desk.close();
      leaveAt = world.clock.now();
      isQuiet = true;
      wake();
    };

    subscriber.add(() => cancel());
    subscriber.add(
      merge(
        decided$.pipe(tap((decided) => desk.onDecided(decided))),
        applied$.pipe(tap((batch) => desk.onApplied(batch))),
        message$.pipe(tap(take)),
        mail$.pipe(tap(onMail)),
        link$.pipe(tap((link) => desk.onLink(link))),
        world.leaving$.pipe(tap(leave)),
      ).subscribe({ error: (reason: unknown) => subscriber.error(reason) }),
    );
  });
}
