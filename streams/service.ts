import { merge, type Observable, share } from 'rxjs';
import type { Input } from '../lib/core/input.ts';
import type { Link } from '../lib/net/network.ts';
import type { Applied } from '../lib/store/state-machine.ts';
import type { Mail } from '../lib/wire/peer.ts';
import { applyReleased } from './apply.ts';
import type { Decided } from './decided.ts';
import { logTime } from './log-time.ts';
import { serve } from './serve.ts';
import type { Takes } from './snapshot-desk.ts';
import type { Copies } from './snapshots.ts';
import { untilComplete } from './until-complete.ts';
import type { ServiceWorld } from './world.ts';

/**
 * Applies what the loop releases, and serves clients: in the thread of the loop (`serviceHere`), or
 * in one of its own (threads/). Both streams may have several subscribers.
 */
export type Service = (
  mail$: Observable<Mail>,
  link$: Observable<Link>,
  decided$: Observable<Decided>,
  copies: ServiceCopies | null,
) => {
  readonly applied$: Observable<readonly Applied[]>;
  /** Inputs for the core. Completes when all has been said after the node was asked to leave. */
  readonly served$: Observable<Input>;
};

/** What a service needs of the node's snapshots. */
export type ServiceCopies = Pick<Copies, 'install'> & {
  readonly snapshots: Takes;
};

/** The service of a node that is one thread. */
export function serviceHere(world: ServiceWorld): Service {
  return (mail$, link$, decided$, copies) => {
    const applied$ = applyReleased(world, decided$, copies?.install).pipe(share());
    const snapshots = copies?.snapshots ?? null;
    const answered$ = serve(world, mail$, link$, decided$, applied$, snapshots).pipe(share());
    const elapsed$ = logTime(world, decided$, applied$).pipe(untilComplete(answered$));
    return { applied$, served$: merge(answered$, elapsed$).pipe(share()) };
  };
}
