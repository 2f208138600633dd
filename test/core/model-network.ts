import type { Envelope, Heartbeat } from '../../lib/core/message.ts';
import type { NodeId } from '../../lib/core/types.ts';
import type { Agenda } from '../sim/agenda.ts';
import type { Chance } from '../sim/chance.ts';
import type { Plan } from './plan.ts';

export type Postbox = {
  readonly deliver: (envelope: Envelope) => void;
  readonly unreachable: (from: NodeId, peer: NodeId) => void;
};

/** Loses, doubles, delays and reorders mail, and can be cut in each direction of each link. */
export class ModelNetwork {
  readonly #agenda: Agenda;
  readonly #chance: Chance;
  readonly #plan: Plan['network'];
  readonly #isSteady: boolean;
  readonly #post: Postbox;
  readonly #cuts = new Set<string>();
  /** Links that never work again. */
  readonly #severed = new Set<string>();
  /** Answers that wait for a better moment to do harm. */
  #kept: Envelope[] = [];
  /** Links whose subscription to beats never works, not even when all is healed. */
  readonly #deaf = new Set<string>();
  #isHealed = false;

  constructor(agenda: Agenda, chance: Chance, plan: Plan, post: Postbox) {
    this.#agenda = agenda;
    this.#chance = chance;
    this.#plan = plan.network;
    this.#isSteady = plan.isSteady;
    this.#post = post;
  }

  /** Cuts one direction of one link until it is mended. */
  cut(from: NodeId, to: NodeId): void {
    this.#cuts.add(`${from}>${to}`);
  }

  /** Cuts one direction of one link for ever. */
  sever(from: NodeId, to: NodeId): void {
    this.#severed.add(`${from}>${to}`);
  }

  mend(): void {
    this.#cuts.clear();
  }

  deafen(from: NodeId, to: NodeId): void {
    this.#deaf.add(`${from}>${to}`);
  }

  /** From now on mail arrives, soon, once and in order of sending but for its delay. */
  heal(): void {
    this.#isHealed = true;
    this.mend();
  }

  send(envelope: Envelope): void {
    const { from, to, message } = envelope;
    if (this.#isCut(`${from}>${to}`)) {
      if (this.#chance.happens(0.3)) this.#agenda.after(0, () => this.#post.unreachable(from, to));
      return;
    }
    if (this.#happens(this.#plan.lostPart)) return;
    if (message.kind.endsWith('Reply') && this.#happens(this.#plan.keptPart)) {
      this.#kept.push(envelope);
      return;
    }
    this.#carry(envelope);
    if (this.#happens(this.#plan.doubledPart)) this.#carry(envelope);
  }

  /** `to` stands for election or leads: what was kept for it comes now, and may mean something. */
  recall(to: NodeId, role: 'candidate' | 'leader'): void {
    const isDue = ({ to: whom, message: { kind } }: Envelope): boolean =>
      whom === to && kind.endsWith('VoteReply') === (role === 'candidate');
    const due = this.#kept.filter(isDue);
    this.#kept = this.#kept.filter((envelope) => !isDue(envelope));
    for (const envelope of due) this.#carry(envelope);
  }

  publish(from: NodeId, to: NodeId, beat: Heartbeat): void {
    const link = `${from}>${to}`;
    if (this.#isCut(link) || this.#deaf.has(link)) return;
    if (!this.#happens(this.#plan.lostBeatPart)) this.#carry({ from, to, message: beat });
  }

  #carry(envelope: Envelope): void {
    const { latePart, lateKind, lateKindPart, lateMs } = this.#plan;
    const isOfKind = envelope.message.kind === lateKind;
    const isLate = this.#happens(isOfKind ? lateKindPart : latePart);
    const late = isLate ? this.#chance.between(0.05, 1) * lateMs : 0;
    const { delayMs, troubleDelayMs } = this.#plan;
    const usual = this.#isHealed ? delayMs : troubleDelayMs;
    const delay = (this.#isSteady ? usual : this.#chance.between(0.1, usual)) + late;
    this.#agenda.after(delay, () => this.#post.deliver(envelope));
  }

  #isCut(link: string): boolean {
    return this.#cuts.has(link) || this.#severed.has(link);
  }

  #happens(part: number): boolean {
    return !this.#isHealed && this.#chance.happens(part);
  }
}
