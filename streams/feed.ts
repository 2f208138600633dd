import { ignoreElements, merge, type Observable, tap } from 'rxjs';
import type { Heartbeat } from '../lib/core/message.ts';
import type { Outcome } from '../lib/core/outcome.ts';
import type { Snapshot } from '../lib/core/snapshot.ts';
import type { View } from '../lib/core/view.ts';
import type { Link } from '../lib/net/network.ts';
import type { Applied } from '../lib/store/state-machine.ts';
import {
  beatFields,
  type EventFields,
  encodeEvent,
  HEARTBEAT,
  keyTopic,
  MARK,
  markTopic,
  type Topic,
} from '../lib/wire/event.ts';
import { Raw } from '../lib/wire/raw.ts';
import { membersOf } from './about.ts';
import { MARK_INTERVAL_MS, Marks } from './marks.ts';
import type { SnapshotNews } from './snapshot-news.ts';
import type { LoopWorld } from './world.ts';

/** `raft.commit` is told at most this often, in ms. */
const COMMIT_INTERVAL_MS = 10;
/** Whoever first watches a node later than this after its start is not told that it started. */
const ANNOUNCE_MS = 5000;

/**
 * The event feed (INTERFACE §4): what happens in this node, published for whoever subscribes. The
 * leader's beat is one of these events; peers subscribe to it like anybody else.
 */
export class Feed {
  readonly #world: LoopWorld;
  #seq = 0;
  #isAnnounced = false;
  #past: View | null = null;
  #commit = 0;
  #commitAt = Number.NEGATIVE_INFINITY;
  #installing: Snapshot | null = null;
  readonly #marks: Marks;
  #markedAt = Number.NEGATIVE_INFINITY;

  constructor(world: LoopWorld) {
    this.#world = world;
    this.#marks = new Marks(world.machine.rev);
  }

  /** Publishes unless nobody has subscribed to a prefix of `topic`. */
  publish<T extends Topic>(topic: T, fields: EventFields[T]): void {
    const { network, clock, identity } = this.#world;
    if (!network.wants(topic)) return;
    this.#seq += 1;
    const event = { node: identity.node, at: clock.wall(), seq: this.#seq, ...fields };
    network.publish(topic, encodeEvent(event));
  }

  /** The leader's beat: one publish, whatever the size of the cluster. */
  beat(heartbeat: Heartbeat): void {
    this.publish(HEARTBEAT, beatFields(heartbeat, this.#world.identity));
  }

  onDecided({ view, release }: Outcome): void {
    const { machine } = this.#world;
    this.#installing = release?.install ?? this.#installing;
    this.#announce();
    const past = this.#past;
    if (view !== past) {
      this.#past = view;
      const { role, term, leader } = view;
      if (role !== past?.role) this.publish('raft.role', { role, term });
      if (leader !== past?.leader) this.publish('raft.leader', { leader, term });
      if (past && view.configuration !== past.configuration) this.#tellMembers(view);
    }
    const now = this.#world.clock.now();
    if (now - this.#markedAt >= MARK_INTERVAL_MS) this.#mark(now);
    if (view.commit === this.#commit || now - this.#commitAt < COMMIT_INTERVAL_MS) return;
    this.#commit = view.commit;
    this.#commitAt = now;
    const { applied, rev } = machine;
    this.publish('raft.commit', { commit: view.commit, applied, rev });
  }

  #tellMembers(view: View): void {
    const { members, joint, index } = membersOf(view);
    this.publish('raft.members', { members, joint, index });
  }

  /** A node takes a turn at every heartbeat at least, so that marks need no timer of their own. */
  #mark(now: number): void {
    const { network, machine } = this.#world;
    this.#markedAt = now;
    this.#marks.watch(network.subscribed(MARK));
    this.#marks.skipTo(machine.rev);
    for (const { prefix, ...fields } of this.#marks.due()) this.publish(markTopic(prefix), fields);
  }

  /** Watchers need a moment to connect again to a node that has restarted. */
  #announce(): void {
    const { clock, startedAt, network, version } = this.#world;
    if (this.#isAnnounced || !network.wants('node.start')) return;
    this.#isAnnounced = true;
    if (clock.now() - startedAt < ANNOUNCE_MS) this.publish('node.start', { version });
  }

  onLeaving(): void {
    this.publish('node.stop', { version: this.#world.version });
  }

  /** What was taken, sent or received; that it is installed shows when the state is there. */
  onSnapshot(news: SnapshotNews): void {
    if (news.kind === 'failed' || news.kind === 'damaged' || news.kind === 'lost') return;
    const { kind, snapshot } = news;
    const { index, bytes } = snapshot;
    const whose = news.kind === 'received' ? { from: news.from } : null;
    const whom = news.kind === 'sent' ? { to: news.to } : null;
    this.publish('raft.snapshot', { kind, index, bytes, ...whose, ...whom });
  }

  #onInstalled(): void {
    const { machine } = this.#world;
    if (!this.#installing || machine.applied < this.#installing.index) return;
    const { index, bytes } = this.#installing;
    this.#installing = null;
    this.publish('raft.snapshot', { kind: 'installed', index, bytes });
  }

  onApplied(batch: readonly Applied[]): void {
    this.#onInstalled();
    this.#marks.watch(this.#world.network.subscribed(MARK));
    for (const { changes } of batch) {
      for (const { rev, key, value } of changes) {
        const after = this.#marks.note(rev, key);
        const what = value === null ? { deleted: true as const } : { value: new Raw(value) };
        const more = after.length === 0 ? {} : { after };
        this.publish(keyTopic(key), { rev, key, ...what, ...more });
      }
    }
  }

  onLink({ peer, up }: Link): void {
    this.publish(up ? 'peer.up' : 'peer.down', { peer });
  }
}

/** Publishes everything that the feed tells; gives nothing back. */
export function publishEvents(
  feed: Feed,
  decided$: Observable<Outcome>,
  applied$: Observable<readonly Applied[]>,
  link$: Observable<Link>,
  news$: Observable<SnapshotNews>,
  leaving$: Observable<void>,
): Observable<never> {
  return merge(
    decided$.pipe(tap((outcome) => feed.onDecided(outcome))),
    applied$.pipe(tap((batch) => feed.onApplied(batch))),
    link$.pipe(tap((link) => feed.onLink(link))),
    news$.pipe(tap((news) => feed.onSnapshot(news))),
    leaving$.pipe(tap(() => feed.onLeaving())),
  ).pipe(ignoreElements());
}
