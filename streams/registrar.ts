import type { Input } from '../lib/core/input.ts';
import type { Outcome } from '../lib/core/outcome.ts';
import type { Member, NodeId } from '../lib/core/types.ts';
import type { View } from '../lib/core/view.ts';
import type { Introduction } from '../lib/wire/introduction.ts';
import { isSame, isThere } from './peers.ts';
import type { LoopWorld } from './world.ts';

/** The name of the registrar's own changes: no request of a client has so large a one. */
export const REGISTRAR = 2 ** 52;

/**
 * The leader's clerk: keeps the entries of the members true. The first process that is heard under
 * the name of a member is that member from then on (its incarnation is pinned), and a member that
 * has moved is written down where it is.
 *
 * What members say is remembered wherever they say it, so that a new leader need not wait; a change
 * is asked for only if there is something to change.
 */
export class Registrar {
  readonly #submit: (input: Input) => void;
  readonly #heard = new Map<NodeId, Member>();
  /** What was looked at last, and needs no change. */
  #settled: View['configuration'] | null = null;
  #view: View | null = null;

  constructor(world: LoopWorld, submit: (input: Input) => void) {
    this.#submit = submit;
    const { identity, listens } = world;
    this.#heard.set(identity.node, {
      id: identity.node,
      ...listens,
      incarnation: identity.incarnation,
    });
  }

  onIntroduction({ from: id, incarnation, peer, client, events }: Introduction): void {
    this.#heard.set(id, { id, peer, client, events, incarnation });
    this.#settled = null;
    this.#look();
  }

  onDecided({ view, refused }: Outcome): void {
    const { configuration, configurationIndex } = view;
    const isHeldUp = refused.some(({ tokens, reason }) => {
      return reason === 'ConfigInProgress' && tokens.includes(REGISTRAR);
    });
    if (isHeldUp) this.#settled = null;
    else if (view === this.#view) return;
    const hasMoved = view.commit > (this.#view?.commit ?? -1);
    // Only once it is committed: until then another change would be refused.
    const isNews = configuration !== this.#settled && view.commit >= configurationIndex;
    this.#view = view;
    // What was held up would be so again, unless this turn has committed something.
    if (isNews && (hasMoved || !isHeldUp)) this.#look();
  }

  #look(): void {
    const view = this.#view;
    if (view?.role !== 'leader' || view.commit < view.configurationIndex) return;
    const { configuration } = view;
    if (configuration.outgoing.length > 0) return;
    this.#settled = configuration;
    const members = configuration.members.flatMap((member) => {
      const heard = this.#heard.get(member.id);
      return heard && isOther(member, heard) ? [heard] : [];
    });
    if (members.length === 0) return;
    const changes = members.map((member) => ({ kind: 'update', member }) as const);
    this.#submit({ kind: 'Reconfigured', token: REGISTRAR, changes });
  }
}

/** True if the process that was heard is the member, and the member's entry does not say all of it. */
function isOther(member: Member, heard: Member): boolean {
  if (!isSame(member, heard.incarnation ?? 0)) return false;
  return member.incarnation === null || !isThere(member, heard);
}
