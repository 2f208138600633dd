import type { Observable } from 'rxjs';
import type { Outcome } from '../../../lib/core/outcome.ts';
import type { RaftState } from '../../../lib/core/state.ts';
import type { Client, Peer } from '../../../lib/net/network.ts';
import { raftLoop } from '../../../streams/node.ts';
import { FarService } from '../../../streams/threads/far-service.ts';
import type { LineClock, LinePort } from '../../../streams/threads/line.ts';
import { NearService } from '../../../streams/threads/near-service.ts';
import type { World } from '../../../streams/world.ts';
import { Source } from './source.ts';

/** A shipped node whose service is a thread of its own, or would be: here it shares the host. */
export type NodeOfTwo = {
  readonly decided$: Observable<Outcome>;
  /** The process has ended: nothing may happen over there any more. */
  end(): void;
};

export function nodeOfTwoThreads(boot: RaftState, world: World): NodeOfTwo {
  const { clock, log, logger, network, machine, snapshots, leaving$ } = world;
  const [here, there] = channel(clock);
  const far = new FarService(here, { clock, logger, end: async () => {} });
  const near = new NearService(there, {
    clock,
    serve: () => {},
    setPeers: () => {},
    close: () => {},
  });
  near.opened(machine);
  const [ours, theirs] = twice(network.links);
  const nearWorld = {
    ...world,
    network: {
      fromClients: network.fromClients,
      links: theirs,
      toPeer: (peer: number, frames: readonly Uint8Array[]) => network.toPeer(peer, frames),
      toClient: (client: Client, frames: readonly Uint8Array[]) => network.toClient(client, frames),
      close: async () => {},
    },
  };
  near.run(nearWorld, world.startedAt);
  far.machine.move(machine);
  const loopWorld = {
    ...world,
    machine: far.machine,
    network: {
      fromPeers: network.fromPeers,
      beats: network.beats,
      links: ours,
      setPeers: (peers: readonly Peer[]) => network.setPeers(peers),
      toPeer: (peer: number, frames: readonly Uint8Array[]) => network.toPeer(peer, frames),
      wants: (topic: string) => network.wants(topic),
      subscribed: (start: string) => network.subscribed(start),
      publish: (topic: string, body: Uint8Array) => network.publish(topic, body),
      close: () => network.close(),
    },
  };
  const watchers = { wantsWithin: (start: string): boolean => network.wants(start) };
  const service = far.service({ log, network: watchers, snapshots, leaving$ });
  return { decided$: raftLoop(boot, loopWorld, service), end: () => near.end() };
}

/** Both ends of a channel between threads: what is posted is cloned, and arrives later, in order. */
function channel(clock: LineClock): readonly [LinePort, LinePort] {
  const listeners: ((value: unknown) => void)[] = [];
  const port = (here: number): LinePort => {
    const waiting: unknown[] = [];
    return {
      postMessage: (value, transfer) => {
        waiting.push(structuredClone(value, { transfer: [...transfer] }));
        clock.defer(() => listeners[1 - here]?.(waiting.shift()));
      },
      on: (_, listener) => {
        listeners[here] = listener;
      },
    };
  };
  return [port(0), port(1)];
}

/** The same for two readers. */
function twice<T>(source: AsyncIterable<T>): readonly [Source<T>, Source<T>] {
  const both = [new Source<T>(), new Source<T>()] as const;
  const pump = async (): Promise<void> => {
    for await (const item of source) for (const one of both) one.push(item);
    for (const one of both) one.close();
  };
  pump().catch((reason: unknown) => {
    throw reason;
  });
  return both;
}
