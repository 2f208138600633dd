import type { Envelope } from '../../lib/core/message.ts';
import type { Configuration } from '../../lib/core/types.ts';
import { act } from './act.ts';
import { type Bounds, configurationOf } from './bounds.ts';
import { isPrivate, keyOfPast, type Past, renamePast } from './judge.ts';
import { keyOfMail, keyOfStill } from './keys.ts';
import { Numbered } from './numbered.ts';
import { Pairs } from './pairs.ts';
import { allNames, type Names, renameMail, renameStill } from './rename.ts';
import { isSpent } from './spent-mail.ts';
import { causeOf, ofMail, RECEIVE } from './step-code.ts';
import type { Still } from './still.ts';

/** A turn that was taken once: what the server has become and the mail that left, by number. */
export type Taken = {
  readonly next: number;
  readonly mail: readonly number[];
  /** False if the turn changed nothing and said nothing. */
  readonly matters: boolean;
  /** True if it is nothing to those who watch all servers. */
  readonly isPrivate: boolean;
};

/**
 * Everything that was ever seen of single servers, numbered: stills, mail, and what came of each
 * cause in each still. The core is a function, so no turn need be taken twice: a world is a few
 * numbers, and most of its steps are looked up.
 */
export class Catalogue {
  readonly names: readonly Names[];
  readonly configuration: Configuration;
  readonly stills: Numbered<Still>;
  readonly mail: Numbered<Envelope>;
  readonly pasts: Numbered<Past>;
  readonly #turns = new Pairs();
  readonly #taken: Taken[] = [];

  constructor(bounds: Bounds) {
    this.configuration = configurationOf(bounds);
    this.names = allNames(bounds.nodes);
    this.stills = new Numbered(this.names, keyOfStill, renameStill);
    this.mail = new Numbered(this.names, keyOfMail, renameMail);
    this.pasts = new Numbered(this.names, keyOfPast, renamePast);
  }

  /** How often the core was asked. */
  get turns(): number {
    return this.#taken.length;
  }

  isBeat(mail: number): boolean {
    return this.mail.get(mail).message.kind === 'Heartbeat';
  }

  /** Spent by reason, and not against the word of the core, which may have a bug. */
  isSpent(mail: number, still: number): boolean {
    if (!isSpent(this.mail.get(mail), this.stills.get(still))) return false;
    try {
      return !this.take(still, ofMail(RECEIVE, mail)).matters;
    } catch {
      // What breaks a rule matters; it is found when the mail arrives.
      return false;
    }
  }

  /**
   * What comes of a step for the server that takes it. The core is asked only if that step was never
   * taken in this still.
   *
   * @throws {InvariantViolation}
   */
  take(still: number, code: number): Taken {
    const known = this.#turns.get(still, code);
    if (known >= 0) return this.#taken[known] as Taken;
    const before = this.stills.get(still);
    const done = act(before, causeOf(code, this), this.configuration);
    const next = this.stills.numberOf(done.still);
    const mail = done.mail.map((envelope) => this.mail.numberOf(envelope));
    const matters = next !== still || mail.length > 0;
    const taken = { next, mail, matters, isPrivate: isPrivate(before, done.still) };
    this.#turns.add(still, code, this.#taken.push(taken) - 1);
    return taken;
  }
}
