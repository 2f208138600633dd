import { concatMap, filter, merge, mergeMap, Observable, Subject, tap } from 'rxjs';
import { configurationAt } from '../lib/core/configurations.ts';
import type { Outcome, Shipment } from '../lib/core/outcome.ts';
import { peersOf } from '../lib/core/quorum.ts';
import type { Snapshot } from '../lib/core/snapshot.ts';
import type { RaftState } from '../lib/core/state.ts';
import type { NodeId } from '../lib/core/types.ts';
import type { View } from '../lib/core/view.ts';
import type { Applied } from '../lib/store/state-machine.ts';
import { compactLog, keepFromBase } from './compact-log.ts';
import { InTurn } from './in-turn.ts';
import { type Chunk, ReceiveSnapshots } from './receive-snapshots.ts';
import { type Order, type Sender, SendSnapshot } from './send-snapshot.ts';
import type { Sent, SnapshotNews } from './snapshot-news.ts';
import { TakeSnapshots } from './take-snapshots.ts';
import type { LoopWorld, SnapshotWorld } from './world.ts';

/**
 * Snapshots of this node: takes them, sends them to followers that need one, and receives those of a
 * leader. The core decides who sends what to whom; here are the files and the bytes.
 */
export class Snapshots {
  readonly #world: LoopWorld;
  readonly #snapshots: SnapshotWorld;
  readonly #news = new Subject<SnapshotNews>();
  readonly #taker: TakeSnapshots;
  readonly #sending = new Map<NodeId, SendSnapshot>();
  #view: View;

  /** @param inTurn shared with whoever installs snapshots. */
  constructor(world: LoopWorld, snapshots: SnapshotWorld, view: View, inTurn: InTurn) {
    this.#world = world;
    this.#snapshots = snapshots;
    this.#view = view;
    this.#taker = new TakeSnapshots({
      machine: world.machine,
      log: world.log,
      snapshots,
      inTurn,
      configurationAt: (index) => configurationAt(this.#view, index).configuration,
      tell: (news) => this.#news.next(news),
      fail: (reason) => this.#news.error(reason),
    });
  }

  /** Takes one now, for an operator. Null if none can be taken. */
  take(): ReturnType<TakeSnapshots['take']> {
    return this.#taker.take();
  }

  /** Runs all of it as long as it is subscribed to; emits what happens. */
  run(
    decided$: Observable<Outcome>,
    applied$: Observable<readonly Applied[]>,
  ): Observable<SnapshotNews> {
    const receiver = new ReceiveSnapshots({
      ...this.#world,
      ...this.#snapshots,
      view: () => this.#view,
    });
    const received$ = decided$.pipe(
      tap((outcome) => this.#onDecided(outcome)),
      filter(({ shipments }) => shipments.length > 0),
      mergeMap(({ shipments }) => shipments.filter(isChunk)),
      concatMap((chunk) => receiver.take(chunk)),
      mergeMap((news) => (news ? [news] : [])),
    );
    return new Observable((subscriber) => {
      subscriber.add(() => this.#stop());
      subscriber.add(merge(this.#news, received$, this.#take(applied$)).subscribe(subscriber));
    });
  }

  #take(applied$: Observable<readonly Applied[]>): Observable<never> {
    return applied$.pipe(
      tap(() => this.#taker.takeIfDue()),
      mergeMap(() => []),
    );
  }

  #onDecided({ shipments, view }: Outcome): void {
    const past = this.#view;
    this.#view = view;
    const isSame = view.role === past.role && view.term === past.term;
    if (!isSame || view.configuration !== past.configuration) this.#stopOthers(view);
    for (const shipment of shipments) this.#carryOut(shipment);
  }

  /** Nobody sends snapshots but a leader, and to nobody but those who take part. */
  #stopOthers(view: View): void {
    const peers = view.role === 'leader' ? peersOf(view.configuration, view.id) : [];
    for (const [to, { order }] of this.#sending) {
      if (!peers.includes(to) || order.term !== view.term) this.#forget(to);
    }
  }

  #carryOut(shipment: Shipment): void {
    if (shipment.kind === 'reply') this.#sending.get(shipment.from)?.onReply(shipment.message);
    if (shipment.kind === 'send') this.#send(shipment);
  }

  #send(order: Order): void {
    this.#forget(order.to);
    const { to, attempt, snapshot } = order;
    const { index, bytes } = snapshot;
    this.#snapshots.traffic.outgoing.set(to, { to, index, bytes, done: 0, attempt });
    this.#sending.set(to, new SendSnapshot(order, this.#sender()));
  }

  #sender(): Sender {
    const { outgoing } = this.#snapshots.traffic;
    return {
      ...this.#world,
      ...this.#snapshots,
      progress: ({ to }, done) => {
        const one = outgoing.get(to);
        if (one) one.done = done;
      },
      end: ({ to, term, snapshot }, ok) => {
        this.#forget(to);
        const news: Sent = { kind: ok ? 'sent' : 'lost', snapshot, to, term };
        this.#news.next(news);
      },
      fail: (reason) => this.#news.error(reason),
    };
  }

  #forget(to: NodeId): void {
    this.#sending.get(to)?.stop();
    this.#sending.delete(to);
    this.#snapshots.traffic.outgoing.delete(to);
  }

  #stop(): void {
    for (const to of [...this.#sending.keys()]) this.#forget(to);
  }
}

function isChunk(shipment: Shipment): shipment is Shipment & Chunk & { kind: 'chunk' } {
  return shipment.kind === 'chunk';
}

/** What a node does with snapshots, if its state machine can be copied. */
export type Copies = {
  readonly snapshots: Snapshots;
  readonly install: (snapshot: Snapshot) => Promise<void>;
  readonly run: (
    decided$: Observable<Outcome>,
    durable$: Observable<readonly Outcome[]>,
    applied$: Observable<readonly Applied[]>,
  ) => Observable<SnapshotNews>;
};

export function copiesOf(world: LoopWorld, { view }: Pick<RaftState, 'view'>): Copies | null {
  const { snapshots: parts } = world;
  if (!parts) return null;
  const inTurn = new InTurn();
  const snapshots = new Snapshots(world, parts, view, inTurn);
  return {
    snapshots,
    install: (snapshot) => inTurn.run(() => parts.store.install(snapshot)),
    run: (decided$, durable$, applied$) =>
      merge(
        snapshots.run(decided$, applied$),
        compactLog(world, parts, decided$, applied$),
        keepFromBase(parts, durable$),
      ),
  };
}
