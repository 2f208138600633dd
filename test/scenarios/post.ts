import type { Envelope } from '../../lib/core/message.ts';
import { tellMessage } from '../../lib/core/tell.ts';
import type { NodeId } from '../../lib/core/types.ts';
import { type Link, linkIn } from './script.ts';

/** The mail between servers: it waits to be delivered, is held up, or is lost where a link is cut. */
export class Post {
  #waiting: Envelope[] = [];
  #held: Envelope[] = [];
  #sent: Envelope[] = [];
  #cut: Link[] = [];
  /** What the network makes of a message: nothing, or what arrives. */
  carry: (envelope: Envelope) => readonly Envelope[] = (envelope) => [envelope];

  get waiting(): readonly Envelope[] {
    return this.#waiting;
  }

  /** Mail over a link that is cut is sent, but never arrives. */
  send(mail: readonly Envelope[]): void {
    this.#sent.push(...mail);
    const isLost = (one: Envelope): boolean => this.#cut.some((link) => isOn(one, link));
    this.#waiting.push(...mail.filter((one) => !isLost(one)).flatMap(this.carry));
  }

  /** Takes out what `isMeant`, in the order in which it was sent. */
  take(isMeant: (envelope: Envelope) => boolean): readonly Envelope[] {
    const taken = this.#waiting.filter(isMeant);
    this.#waiting = this.#waiting.filter((envelope) => !isMeant(envelope));
    return taken;
  }

  /** Puts back what was taken; it waits behind all the rest. */
  putBack(mail: readonly Envelope[]): void {
    this.#waiting.push(...mail);
  }

  hold(mail: readonly Envelope[]): void {
    this.#held.push(...mail);
  }

  release(): void {
    this.#waiting.push(...this.#held);
    this.#held = [];
  }

  /** What is sent over `links` from now on is lost; what waits already still arrives. */
  cut(links: readonly Link[]): void {
    this.#cut.push(...links);
  }

  /** Mends `links`, or whatever is cut if none is named. */
  heal(links: readonly Link[]): void {
    const isMended = ({ from, to }: Link): boolean =>
      links.length === 0 || links.some((link) => link.from === from && link.to === to);
    this.#cut = this.#cut.filter((link) => !isMended(link));
  }

  /** Counts, by kind, what was sent over `link` since it was last counted. */
  count(link: Link): readonly string[] {
    const counted = this.#sent.filter((envelope) => isOn(envelope, link));
    this.#sent = this.#sent.filter((envelope) => !isOn(envelope, link));
    const byKind = new Map<string, Envelope[]>();
    for (const envelope of counted) {
      const kind = kindOf(envelope);
      byKind.set(kind, [...(byKind.get(kind) ?? []), envelope]);
    }
    return [...byKind].map(([kind, mail]) => `${mail.length} ${kind}${tellSize(mail)}`);
  }
}

/** Mail that a command means: `n1->n2` or `n2`, and perhaps a kind. */
export function meantBy([word = '', kind]: readonly string[]): (envelope: Envelope) => boolean {
  const link = linkIn(word);
  return (envelope) =>
    isOn(envelope, link) && (kind === undefined || envelope.message.kind === kind);
}

export function tellEnvelope({ from, to, message }: Envelope): string {
  return `n${from}->n${to} ${tellMessage(message)}`;
}

/** All links between `one` and each of `others`, in both directions. */
export function linksBetween(one: NodeId, others: readonly NodeId[]): readonly Link[] {
  return others.flatMap((other) => [
    { from: one, to: other },
    { from: other, to: one },
  ]);
}

function isOn(envelope: Envelope, { from, to }: Link): boolean {
  return (from === null || envelope.from === from) && (to === null || envelope.to === to);
}

function kindOf({ message: m }: Envelope): string {
  return m.kind === 'AppendEntriesReply' ? `${m.kind} ${m.result}` : m.kind;
}

function tellSize(mail: readonly Envelope[]): string {
  const entries = mail.flatMap(({ message: m }) => (m.kind === 'AppendEntries' ? m.entries : []));
  return entries.length === 0 ? '' : ` with ${entries.length} entries`;
}
