import { merge, mergeMap, type Observable } from 'rxjs';
import type { Input } from '../lib/core/input.ts';
import type { Envelope } from '../lib/core/message.ts';
import type { Outcome } from '../lib/core/outcome.ts';
import type { NodeId } from '../lib/core/types.ts';
import { encodeMail } from '../lib/wire/peer.ts';
import type { Durable } from './durable.ts';
import type { Feed } from './feed.ts';
import type { LoopWorld } from './world.ts';

/**
 * Sends the core's mail and beats: free mail as soon as it is decided, sworn mail once the disk has
 * what it rests on. The compiler keeps the second from leaving early: only `groupCommit` makes a
 * Durable. Mail that is not taken comes back as `Unreachable`, so that the core does not count on it.
 */
export function post(
  world: LoopWorld,
  feed: Feed,
  decided$: Observable<Outcome>,
  durable$: Observable<readonly Durable<Outcome>[]>,
): Observable<Input> {
  return merge(
    decided$.pipe(
      mergeMap(({ free, beat }) => {
        const lost = send(world, free);
        if (beat) feed.beat(beat);
        return lost;
      }),
    ),
    durable$.pipe(mergeMap((outcomes) => outcomes.flatMap(({ sworn }) => send(world, sworn)))),
  );
}

/** @returns whom it could not reach, each once. */
function send({ network, identity }: LoopWorld, mail: readonly Envelope[]): readonly Input[] {
  const lost = new Set<NodeId>();
  for (const envelope of mail) {
    if (!network.toPeer(envelope.to, encodeMail(envelope, identity))) lost.add(envelope.to);
  }
  return lost.size === 0 ? NOBODY : [...lost].map((peer) => ({ kind: 'Unreachable', peer }));
}

const NOBODY: readonly Input[] = [];
