import { merge, Observable, tap } from 'rxjs';
import type { Input } from '../lib/core/input.ts';
import type { Outcome } from '../lib/core/outcome.ts';
import type { Index } from '../lib/core/types.ts';
import type { View } from '../lib/core/view.ts';
import { IdentityError } from '../lib/kit/errors.ts';
import type { Logger } from '../lib/kit/logger.ts';
import { rateLimited } from '../lib/kit/rate-limit.ts';
import type { Link } from '../lib/net/network.ts';
import type { Introduction, RefusalOfNode, Refused } from '../lib/wire/introduction.ts';
import { encodeIntroduction, encodeRefused, type Mail } from '../lib/wire/peer.ts';
import { TROUBLE_INTERVAL_MS } from './inbox.ts';
import { type Guest, isSame, type Peers } from './peers.ts';
import { Registrar } from './registrar.ts';
import type { LoopWorld } from './world.ts';

/** How often a node introduces itself anew, besides whenever a link comes up. */
const INTRODUCE_MS = 2000;

/**
 * Nodes get to know each other: each introduces itself over every link, and whoever is not what it
 * says is told so, by name.
 *
 *     link up ──► Introduction ──► a member ──► dialled where it is; the leader writes that down
 *                                 └ nobody we know ──► dialled, believed
 *                                 └ other data, or other cluster ──► Refused ──► it ends
 *
 * Gives the inputs by which the leader keeps the configuration true. Fails with an IdentityError if
 * this very node is refused.
 */
export function acquaint(
  world: LoopWorld,
  peers: Peers,
  mail$: Observable<Mail>,
  link$: Observable<Link>,
  decided$: Observable<Outcome>,
): Observable<Input> {
  return new Observable((subscriber) => {
    const acquaintance = new Acquaintance(world, peers, (input) => subscriber.next(input));
    let cancel = (): void => {};
    const tick = (): void => {
      acquaintance.onTime();
      cancel = world.clock.after(INTRODUCE_MS, tick);
    };
    tick();
    subscriber.add(() => cancel());
    subscriber.add(
      merge(
        decided$.pipe(tap((outcome) => acquaintance.onDecided(outcome))),
        mail$.pipe(tap((mail) => acquaintance.onMail(mail))),
        link$.pipe(tap((link) => acquaintance.onLink(link))),
      ).subscribe({ error: (reason: unknown) => subscriber.error(reason) }),
    );
  });
}

class Acquaintance {
  readonly #world: LoopWorld;
  readonly #peers: Peers;
  readonly #registrar: Registrar;
  readonly #logger: Logger;
  readonly #up = new Set<number>();
  #view: View | null = null;
  #isRemoved = false;
  /** The configuration that a node starts from which asks to be added; null once that was done. */
  #askedWith: Index | null;

  constructor(world: LoopWorld, peers: Peers, submit: (input: Input) => void) {
    this.#world = world;
    this.#peers = peers;
    this.#askedWith = world.isJoining ? peers.index : null;
    this.#registrar = new Registrar(world, submit);
    const limit = { intervalMs: TROUBLE_INTERVAL_MS, now: world.clock.now };
    this.#logger = rateLimited(world.logger, { ...limit, by: ['id', 'reason'] });
  }

  onDecided(outcome: Outcome): void {
    const { view } = outcome;
    this.#view = view;
    // Entries only come from a leader that has added it.
    if (view.configurationIndex > (this.#askedWith ?? view.last)) this.#askedWith = null;
    this.#registrar.onDecided(outcome);
  }

  onLink({ peer, up }: Link): void {
    if (up) this.#up.add(peer);
    else this.#up.delete(peer);
    if (!up) return;
    this.#introduce(peer);
    for (const guest of this.#peers.guests) if (guest.link === peer) this.#refuse(guest);
  }

  onTime(): void {
    this.#peers.tidy();
    for (const peer of this.#up) this.#introduce(peer);
  }

  #introduce(peer: number): void {
    const to = this.#peers.addressee(peer);
    const { network, identity, listens } = this.#world;
    if (to !== null) network.toPeer(peer, encodeIntroduction(listens, to, identity));
  }

  onMail(mail: Mail): void {
    if (mail.kind === 'Introduction') this.#onIntroduction(mail);
    if (mail.kind === 'Refused') this.#onRefused(mail);
  }

  #onIntroduction(introduction: Introduction): void {
    const { cluster, from, incarnation, peer } = introduction;
    const { identity } = this.#world;
    if (cluster !== identity.cluster) {
      this.#logger.warn('node.refused', { id: from, reason: 'foreign', cluster, peer });
      return this.#refuse(this.#peers.welcome(introduction, 'foreign'));
    }
    if (from === identity.node) {
      return this.#logger.warn('node.refused', { id: from, reason: 'namesake', peer });
    }
    const member = this.#peers.member(from);
    if (!member) {
      const refusal = this.#isRemovedFrom() ? 'removed' : null;
      return this.#refuse(this.#peers.welcome(introduction, refusal));
    }
    if (isSame(member, incarnation)) {
      this.#peers.meet(introduction);
      return this.#registrar.onIntroduction(introduction);
    }
    this.#logger.warn('node.refused', { id: from, reason: 'wiped', peer });
    this.#refuse(this.#peers.welcome(introduction, this.#mayTellWiped() ? 'wiped' : null));
  }

  /** Only the leader knows who is no member, and only if nothing can take that back. */
  #isRemovedFrom(): boolean {
    const view = this.#view;
    return view?.role === 'leader' && view.commit >= view.configurationIndex;
  }

  /**
   * A follower may lag behind: the member of today may be another than the one that it knows. If
   * there is no leader its word is the best there is.
   */
  #mayTellWiped(): boolean {
    return this.#view !== null && (this.#view.role === 'leader' || this.#view.leader === null);
  }

  #refuse({ link, refusal, introduction }: Guest): void {
    if (refusal === null || !this.#up.has(link)) return;
    const { network, identity } = this.#world;
    network.toPeer(link, encodeRefused(introduction, refusal, this.#peers.index, identity));
  }

  /** Somebody does not take this node. What is about another process under its name is not for it. */
  #onRefused(refused: Refused): void {
    const { identity } = this.#world;
    if (refused.refused !== identity.incarnation || !this.#view || this.#isRemoved) return;
    if (!this.#concerns(refused, this.#view)) return;
    const hasHistory = this.#view.last > 0;
    if (refused.reason === 'removed' && hasHistory) {
      this.#isRemoved = true;
      return this.#world.onRemoved(refused.index);
    }
    const { from: id, cluster, reason } = refused;
    if (reason === 'foreign' && hasHistory) {
      // It has a cluster of its own, which must not end because somebody has taken an address.
      return this.#logger.error('peer.foreign', { id, cluster });
    }
    throw new IdentityError(whyNot(reason, refused, identity.node));
  }

  /** False if this node knows better: the refusal may rest on an older configuration than its own. */
  #concerns({ reason, index }: Refused, { configurationIndex }: View): boolean {
    if (reason === 'foreign') return true;
    const { identity } = this.#world;
    const self = this.#peers.member(identity.node);
    if (reason === 'removed') {
      return this.#askedWith === null && !this.#peers.isAlone && configurationIndex <= index;
    }
    const isTaken = self !== null && isSame(self, identity.incarnation);
    return !(isTaken && configurationIndex > index);
  }
}

function whyNot(reason: RefusalOfNode, { from, cluster }: Refused, self: number): string {
  switch (reason) {
    case 'wiped':
      return `node ${from} refuses this node: the member ${self} of the cluster has other data. Either the data directory of node ${self} was lost, and with it what it had promised, or another process runs under its name. Start it with its own directory again; if that is lost, remove ${self} from the cluster (raftmq client: remove ${self}) and start this one with --join, or give it a new id`;
    case 'removed':
      return `node ${from} refuses this node: the cluster was started without a node ${self}, and has not added one. Start it with --join and the client endpoint of a member, with an empty data directory`;
    case 'foreign':
      return `node ${from} refuses this node: it belongs to the cluster ${JSON.stringify(cluster)}. Correct the setting cluster, or the addresses of the nodes`;
  }
}
