import type { Configuration, Index, Member, Millis, NodeId } from '../lib/core/types.ts';
import type { View } from '../lib/core/view.ts';
import type { Peer } from '../lib/net/network.ts';
import type { Introduction, RefusalOfNode } from '../lib/wire/introduction.ts';
import type { LoopWorld, Places } from './world.ts';

/** A node that left the configuration is still reached for so long: it is to hear that it is out. */
const FAREWELL_MS = 10_000;
/** A guest that has not introduced itself for so long is forgotten. */
const GUEST_MS = 10_000;
/** Most guests at a time; a newer one takes the place of the one that was silent for longest. */
const GUESTS_MAX = 16;
/** Second links to where a node of an id may be are numbered from here: no id is so large. */
const ASIDE_FROM = 2 ** 31;

type PeersWorld = Pick<LoopWorld, 'network' | 'identity' | 'configured' | 'clock' | 'logger'>;

/** A node that has introduced itself, and that is no member as far as this one knows. */
export type Guest = {
  readonly introduction: Introduction;
  /** The number of the link to it: its id, if nobody else here has that. */
  readonly link: number;
  heardAt: Millis;
  /** Why it is not taken, to be told; null if it may well become a member. */
  refusal: RefusalOfNode | null;
};

/**
 * True for a link that no mail of the core goes over: to a node that is refused, or to where a
 * member may have moved.
 */
export function isAside(link: number): boolean {
  return link >= ASIDE_FROM;
}

/**
 * The address book: who the others are, whom this node dials, and whose mail it believes. It follows
 * the newest configuration of the log, committed or not, as the core does.
 *
 * Raft answers servers that are not in its configuration, because that may be older than theirs
 * (thesis §4.2.2). So a node that has introduced itself is dialled and believed like a member, but
 * for one that has the id of a member and another incarnation: it has lost what it promised.
 */
export class Peers {
  readonly #world: PeersWorld;
  #configuration: Configuration;
  #index: Index;
  readonly #members = new Map<NodeId, Member>();
  readonly #leaving = new Map<NodeId, { readonly member: Member; readonly until: Millis }>();
  /** Members that are not where the configuration says. */
  readonly #moved = new Map<NodeId, Places>();
  /** Where members may be that nothing was heard of, if the configuration file is right. */
  readonly #hints = new Map<NodeId, { readonly link: number; readonly places: Places }>();
  readonly #guests = new Map<string, Guest>();
  #links = 0;
  #dialled = '';

  constructor(world: PeersWorld, boot: View) {
    this.#world = world;
    this.#configuration = boot.configuration;
    this.#index = boot.configurationIndex;
    this.#adopt(boot.configuration);
    this.#takeHints();
    this.dial();
  }

  /** The entry that the configuration stands in. */
  get index(): Index {
    return this.#index;
  }

  /** True while this node knows of no cluster: it waits to be added to one. */
  get isAlone(): boolean {
    return this.#members.size === 0;
  }

  get guests(): readonly Guest[] {
    return [...this.#guests.values()];
  }

  member(id: NodeId): Member | null {
    return this.#members.get(id) ?? null;
  }

  /** Follows the configuration of the core. */
  follow({ configuration, configurationIndex }: View): void {
    this.#index = configurationIndex;
    if (configuration === this.#configuration) return;
    this.#configuration = configuration;
    this.#adopt(configuration);
    this.dial();
  }

  #aside(): number {
    this.#links += 1;
    return ASIDE_FROM + this.#links;
  }

  /** Whom to introduce oneself to over a link; null for one to a node that is refused. */
  addressee(link: number): NodeId | null {
    if (!isAside(link)) return link;
    for (const [id, hint] of this.#hints) if (hint.link === link) return id;
    return null;
  }

  #adopt({ members }: Configuration): void {
    const until = this.#world.clock.now() + FAREWELL_MS;
    const former = [...this.#members.values()];
    this.#members.clear();
    for (const member of members) this.#members.set(member.id, member);
    for (const member of former) {
      if (!this.#members.has(member.id)) this.#leaving.set(member.id, { member, until });
    }
    for (const { id } of members) this.#leaving.delete(id);
    // What was refused may be a member now: it will introduce itself once more.
    for (const [name, { refusal }] of this.#guests) {
      if (refusal !== null) this.#guests.delete(name);
    }
    for (const [id, places] of this.#moved) {
      const member = this.#members.get(id);
      if (!member || isThere(member, places)) this.#moved.delete(id);
    }
  }

  /** A configuration file is of its day, and so is a log: where they differ both are tried. */
  #takeHints(): void {
    for (const { id, peer, client, events } of this.#world.configured) {
      const places = { peer, client, events };
      const member = this.#members.get(id);
      if (!member || id === this.#world.identity.node || isThere(member, places)) continue;
      this.#hints.set(id, { link: this.#aside(), places });
    }
  }

  /** Why the mail of a server is not taken; null if it is. */
  objection(from: NodeId, incarnation: number): string | null {
    const member = this.#members.get(from) ?? this.#leaving.get(from)?.member;
    if (member) {
      if (isSame(member, incarnation)) return null;
      return `server ${from} has other data than the member of that name (incarnation ${incarnation}, and it was ${member.incarnation}): its disk was wiped, or two processes have one id`;
    }
    const isGuest = this.guests.some(({ link, introduction }) => {
      return link === from && introduction.incarnation === incarnation;
    });
    return isGuest ? null : `server ${from} is not a member`;
  }

  /** A member has introduced itself: it is dialled where it says that it is. */
  meet({ from, peer, client, events }: Introduction): void {
    const member = this.#members.get(from);
    const places = { peer, client, events };
    if (this.#hints.delete(from)) this.dial();
    if (!member || isThere(member, this.#moved.get(from) ?? member, places)) return;
    if (isThere(member, places)) this.#moved.delete(from);
    else this.#moved.set(from, places);
    this.dial();
  }

  /** Somebody has who is no member. @returns how it is known from now on. */
  welcome(introduction: Introduction, refusal: RefusalOfNode | null): Guest {
    const { cluster, from, incarnation, peer, events } = introduction;
    const now = this.#world.clock.now();
    const name = JSON.stringify([cluster, from, incarnation, peer, events]);
    const known = this.#guests.get(name);
    if (known) {
      known.heardAt = now;
      known.refusal = refusal;
      return known;
    }
    if (this.#guests.size >= GUESTS_MAX) this.#forgetOldest();
    const isNamesake = this.#members.has(from) || refusal === 'foreign';
    const link = isNamesake ? this.#aside() : from;
    const guest: Guest = { introduction, link, heardAt: now, refusal };
    this.#guests.set(name, guest);
    this.dial();
    return guest;
  }

  #forgetOldest(): void {
    const [oldest] = [...this.#guests].sort(([, a], [, b]) => a.heardAt - b.heardAt);
    if (oldest) this.#guests.delete(oldest[0]);
  }

  /** Forgets whose time is up. */
  tidy(): void {
    const now = this.#world.clock.now();
    for (const [id, { until }] of this.#leaving) if (until <= now) this.#leaving.delete(id);
    for (const [name, guest] of this.#guests) {
      if (guest.heardAt + GUEST_MS <= now) this.#guests.delete(name);
    }
    this.dial();
  }

  /** Dials all of them, and nobody else. */
  dial(): void {
    const peers = new Map<number, Peer>();
    for (const { link, introduction } of this.#guests.values()) {
      peers.set(link, peerAt(link, introduction));
    }
    for (const { link, places } of this.#hints.values()) peers.set(link, peerAt(link, places));
    for (const { member } of this.#leaving.values())
      peers.set(member.id, peerAt(member.id, member));
    for (const member of this.#members.values()) {
      peers.set(member.id, peerAt(member.id, this.#moved.get(member.id) ?? member));
    }
    peers.delete(this.#world.identity.node);
    const all = [...peers.values()];
    const dialled = JSON.stringify(all);
    if (dialled === this.#dialled) return;
    this.#dialled = dialled;
    const problems = this.#world.network.setPeers(all);
    for (const problem of problems) this.#world.logger.error('peer.unusable', { problem });
  }
}

function peerAt(id: number, { peer, events }: Pick<Places, 'peer' | 'events'>): Peer {
  return { id, peer, events };
}

/** True if a process with that incarnation may be the member. */
export function isSame({ incarnation: pinned }: Member, incarnation: number): boolean {
  return pinned === null || pinned === incarnation;
}

/** True if all are the same. */
export function isThere(a: Places, ...others: readonly Places[]): boolean {
  return others.every((b) => a.peer === b.peer && a.client === b.client && a.events === b.events);
}
