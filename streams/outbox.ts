import { ignoreElements, merge, type Observable, tap } from 'rxjs';
import type { Envelope } from '../lib/core/message.ts';
import type { Outcome } from '../lib/core/outcome.ts';
import { encodeMail } from '../lib/wire/peer.ts';
import type { Durable } from './durable.ts';
import type { Feed } from './feed.ts';
import type { World } from './world.ts';

/**
 * Sends the core's mail and beats: free mail as soon as it is decided, sworn mail once the disk has what it
 * rests on. The compiler keeps the second from leaving early: only `groupCommit` makes a Durable.
 */
export function post(
  world: World,
  feed: Feed,
  decided$: Observable<Outcome>,
  durable$: Observable<readonly Durable<Outcome>[]>,
): Observable<never> {
  const send = (mail: readonly Envelope[]): void => {
    for (const envelope of mail) {
      world.network.toPeer(envelope.to, encodeMail(envelope, world.identity));
    }
  };
  const sendFree = ({ free, beat }: Outcome): void => {
    send(free);
    if (beat) feed.beat(beat);
  };
  const sendSworn = (outcomes: readonly Durable<Outcome>[]): void => {
    for (const { sworn } of outcomes) send(sworn);
  };
  return merge(decided$.pipe(tap(sendFree)), durable$.pipe(tap(sendSworn))).pipe(ignoreElements());
}
