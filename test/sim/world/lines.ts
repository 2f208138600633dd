import type { Millis } from '../../../lib/core/types.ts';
import type { Agenda } from '../agenda.ts';
import { type Chance, chanceOf } from '../chance.ts';
import { Wire } from './wire.ts';

/** A server's number, or the number of a connection of clients, which come after the servers. */
export type Party = number;

/** What goes from one party to another: one connection, with chance of its own. */
export type Line = {
  readonly from: Party;
  readonly to: Party;
  readonly wire: Wire;
  readonly chance: Chance;
  /** Carries mail of servers, which keep it when the other one goes. */
  readonly isMail: boolean;
};

export type LinesOptions = {
  readonly agenda: Agenda;
  readonly seed: number;
  readonly parties: number;
  readonly reconnectMs: Millis;
  readonly detectMs: Millis;
  /** What is under way to a process that ends reaches the one after it. */
  readonly keeps: boolean;
  /** Until it does, at most. */
  readonly keptMs: Millis;
  /** Something reaches the process after the one that it was sent to. */
  readonly keptArrives: () => void;
  /** False for a server without a process. */
  readonly runs: (party: Party) => boolean;
};

/** Who can reach whom: cuts between parties, and every connection that they concern. */
export class Lines {
  readonly #options: LinesOptions;
  readonly #cuts: Int32Array;
  readonly #all: Line[] = [];

  constructor(options: LinesOptions) {
    this.#options = options;
    this.#cuts = new Int32Array((options.parties + 1) ** 2);
  }

  /**
   * A new line, not connected yet.
   *
   * @param told what the sender learns: its connection was made, or lost.
   */
  add(name: string, from: Party, to: Party, told: (up: boolean) => void = NOTHING): Line {
    const { agenda, reconnectMs, keptMs, keptArrives, seed, runs } = this.#options;
    const chance = chanceOf(seed, name, from, to);
    const wire = new Wire(agenda, reconnectMs, {
      canConnect: () => runs(from) && runs(to) && !this.#isCut(from, to),
      isOpen: () => !this.#isCutOneWay(from, to),
      told,
      keptMs: () => chance.between(0, keptMs),
      keptArrives,
    });
    const line = {
      from,
      to,
      wire,
      chance,
      isMail: name === 'mail',
    };
    this.#all.push(line);
    return line;
  }

  #place(from: Party, to: Party): number {
    return from * (this.#options.parties + 1) + to;
  }

  #isCutOneWay(from: Party, to: Party): boolean {
    return (this.#cuts[this.#place(from, to)] as number) > 0;
  }

  #isCut(a: Party, b: Party): boolean {
    return this.#isCutOneWay(a, b) || this.#isCutOneWay(b, a);
  }

  #between(a: Party, b: Party): readonly Wire[] {
    return this.#all
      .filter(({ from, to }) => (from === a && to === b) || (from === b && to === a))
      .map(({ wire }) => wire);
  }

  /** Cuts one direction until it is mended as often. Who does not get through notices in time. */
  cut(from: Party, to: Party): void {
    const place = this.#place(from, to);
    this.#cuts[place] = (this.#cuts[place] as number) + 1;
    this.#options.agenda.after(this.#options.detectMs, () => {
      if (this.#isCut(from, to)) this.reset(from, to);
    });
  }

  mend(from: Party, to: Party): void {
    const place = this.#place(from, to);
    this.#cuts[place] = (this.#cuts[place] as number) - 1;
    if (this.#isCutOneWay(from, to)) return;
    for (const wire of this.#between(from, to)) {
      wire.flush();
      wire.connect();
    }
  }

  /** Breaks the connections between two parties. @returns false if there was none. */
  reset(a: Party, b: Party): boolean {
    const wires = this.#between(a, b);
    const isSome = wires.some(({ isUp }) => isUp);
    for (const wire of wires) {
      wire.break();
      wire.connect();
    }
    return isSome;
  }

  /** A process has begun: whatever was connected to the one before it has to connect again. */
  begin(party: Party): void {
    for (const line of this.#all) {
      if (line.from !== party && line.to !== party) continue;
      if (line.to === party) this.#lose(line);
      else line.wire.forget();
      line.wire.break();
      line.wire.connect();
    }
  }

  /** A process has ended. What it sent still arrives; its peers notice at once, or only in time. */
  end(party: Party, isNoticed: boolean): void {
    const lines = this.#all.filter(({ to }) => to === party);
    const lose = (): void => {
      if (!this.#options.runs(party)) for (const line of lines) this.#lose(line);
    };
    if (isNoticed) lose();
    else this.#options.agenda.after(this.#options.detectMs, lose);
  }

  /** The receiver's process is gone. */
  #lose({ wire, isMail }: Line): void {
    wire.break(this.#options.keeps && isMail);
  }
}

const NOTHING = (): void => {};
