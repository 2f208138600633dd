import { entries } from '../core/servers.ts';
import type { Bounds, Reductions } from './bounds.ts';
import { Catalogue } from './catalogue.ts';
import { judge, NO_PAST, type Past } from './judge.ts';
import type { Names } from './rename.ts';
import {
  BEAT,
  DROP,
  isOfMail,
  mailOf,
  ofMail,
  PROPOSE,
  RECEIVE,
  REPEAT,
  RESIGN,
  serverOf,
  toldLost,
  verbOf,
} from './step-code.ts';
import { type Still, started } from './still.ts';

/**
 * A world is a row of numbers, which stand for what the catalogue holds:
 *
 *     still of server 1 … n │ past │ spent │ mail on its way, rising
 *
 * Mail may arrive in any order, or never: mail that is lost is mail that is late for ever. What
 * would change nothing is not delivered: it may just as well be late.
 */
export type Row = Int32Array;

/** Where each count stands in `spent`, in bits from the right. */
const SPENT = { values: 0, drops: 4, duplicates: 8, beats: 12, resignations: 16 } as const;
const SPENT_MASK = 15;

type Spent = keyof typeof SPENT;

/** Far more than ever are on their way within bounds that can be explored. */
const MAIL_MAX = 500;
const NONE = -1;

/** Takes steps from world to world. */
export class Worlds {
  readonly bounds: Bounds;
  readonly catalogue: Catalogue;
  /** The place of the first mail in a row. */
  readonly firstMail: number;
  /** The world that the last step left, its mail in any order. */
  readonly raw: Row;
  rawLength = 0;
  readonly #past: number;
  readonly #spent: number;
  readonly #keepsSpentMail: boolean;

  constructor(bounds: Bounds, { spentMail }: Reductions) {
    const { nodes } = bounds;
    this.bounds = bounds;
    this.catalogue = new Catalogue(bounds);
    this.#past = nodes;
    this.#spent = nodes + 1;
    this.firstMail = nodes + 2;
    this.raw = new Int32Array(this.firstMail + MAIL_MAX);
    this.#keepsSpentMail = !spentMail;
  }

  /** Writes the world in which it begins to `raw`. */
  begin(): void {
    const { nodes, disks = [] } = this.bounds;
    for (let id = 1; id <= nodes; id += 1) {
      const { log = '', term = 0, vote = null } = disks[id - 1] ?? {};
      const still = started(id, { hard: { term, vote }, log: entries(log) }, 0, 0);
      this.raw[id - 1] = this.catalogue.stills.numberOf(still);
    }
    this.raw[this.#past] = this.catalogue.pasts.numberOf(NO_PAST);
    this.raw[this.#spent] = 0;
    this.rawLength = this.firstMail;
  }

  /** The server at a place of a row, from 0. */
  still(row: Row, server: number): Still {
    return this.catalogue.stills.get(row[server] as number);
  }

  past(row: Row): Past {
    return this.catalogue.pasts.get(row[this.#past] as number);
  }

  /** How often something may still happen. */
  left(row: Row, what: Spent): number {
    return this.bounds[what] - (((row[this.#spent] as number) >> SPENT[what]) & SPENT_MASK);
  }

  /**
   * Writes the world that comes of a step to `raw`.
   *
   * @returns false if the step changes nothing.
   * @throws {InvariantViolation}
   */
  take(row: Row, length: number, code: number): boolean {
    const verb = verbOf(code);
    if (!isOfMail(code))
      return this.#become(row, length, serverOf(code), code, NONE, spentBy(verb));
    const mail = mailOf(code);
    const { from, to } = this.catalogue.mail.get(mail);
    if (verb === DROP) {
      return this.#become(row, length, from - 1, toldLost(from - 1, to), mail, 'drops');
    }
    const received = ofMail(RECEIVE, mail);
    if (verb === REPEAT) return this.#become(row, length, to - 1, received, NONE, 'duplicates');
    const spends = this.catalogue.isBeat(mail) ? 'beats' : null;
    return this.#become(row, length, to - 1, received, mail, spends);
  }

  /** One server takes a turn, `gone` is no longer on its way, and what it says is. */
  #become(
    row: Row,
    length: number,
    server: number,
    code: number,
    gone: number,
    spends: Spent | null,
  ): boolean {
    const { catalogue, raw } = this;
    const before = row[server] as number;
    const taken = catalogue.take(before, code);
    if (!taken.matters) return false;
    for (let i = 0; i < this.firstMail; i += 1) raw[i] = row[i] as number;
    raw[server] = taken.next;
    if (spends !== null) raw[this.#spent] = (raw[this.#spent] as number) + (1 << SPENT[spends]);
    this.#keep(row, length, gone, taken.next === before ? NONE : server);
    const kept = this.rawLength;
    for (const mail of taken.mail) this.#send(mail, kept);
    if (verbOf(code) === BEAT && this.rawLength === kept) return false;
    if (!taken.isPrivate) this.#judge(before, taken.next);
    return true;
  }

  /** Copies the mail of `row` but for one `gone`, and for what is spent now at `changed`. */
  #keep(row: Row, length: number, gone: number, changed: number): void {
    const { catalogue, raw } = this;
    const areBeatsOver = this.left(raw, 'beats') <= 0;
    let isGone = gone === NONE;
    let end = this.firstMail;
    for (let at = this.firstMail; at < length; at += 1) {
      const mail = row[at] as number;
      if (!isGone && mail === gone) isGone = true;
      else if (areBeatsOver && catalogue.isBeat(mail)) continue;
      else if (catalogue.mail.get(mail).to - 1 !== changed || !this.#isSpent(mail)) {
        raw[end++] = mail;
      }
    }
    this.rawLength = end;
  }

  /** A beat that says the same again is the same beat; one that nobody may hear is none. */
  #send(mail: number, kept: number): void {
    const { catalogue, raw } = this;
    if (catalogue.isBeat(mail)) {
      if (this.left(raw, 'beats') <= 0) return;
      for (let at = this.firstMail; at < kept; at += 1) if (raw[at] === mail) return;
    }
    if (this.#isSpent(mail)) return;
    if (this.rawLength === raw.length)
      throw new Error('more mail is on its way than a row can hold');
    raw[this.rawLength++] = mail;
  }

  #isSpent(mail: number): boolean {
    if (this.#keepsSpentMail) return false;
    const { to } = this.catalogue.mail.get(mail);
    return this.catalogue.isSpent(mail, this.raw[to - 1] as number);
  }

  #judge(before: number, after: number): void {
    const { raw } = this;
    const { stills, pasts, configuration } = this.catalogue;
    const past = this.past(raw);
    const all = configuration.voters.map((_, i) => this.still(raw, i));
    const next = judge(past, stills.get(before), stills.get(after), all, configuration);
    if (next !== past) raw[this.#past] = pasts.numberOf(next);
  }

  /** Writes the same world with its servers renamed to `to`, mail rising. */
  rename(row: Row, length: number, way: number, to: Row): void {
    const { stills, mail, pasts, names } = this.catalogue;
    const name = names[way] as Names;
    for (let i = 0; i < this.#past; i += 1) {
      to[(name[i + 1] as number) - 1] = stills.renamed(row[i] as number, way);
    }
    to[this.#past] = pasts.renamed(row[this.#past] as number, way);
    to[this.#spent] = row[this.#spent] as number;
    for (let at = this.firstMail; at < length; at += 1) {
      const one = mail.renamed(row[at] as number, way);
      let place = at;
      for (; place > this.firstMail && (to[place - 1] as number) > one; place -= 1) {
        to[place] = to[place - 1] as number;
      }
      to[place] = one;
    }
  }
}

function spentBy(verb: number): Spent | null {
  if (verb === PROPOSE) return 'values';
  return verb === RESIGN ? 'resignations' : null;
}
