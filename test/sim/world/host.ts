import type { Millis, NodeId } from '../../../lib/core/types.ts';
import type { Clock } from '../../../streams/world.ts';
import type { Agenda } from '../agenda.ts';
import type { Chance } from '../chance.ts';

/** Milliseconds since the epoch when every run begins. */
const EPOCH_MS = 1_700_000_000_000;
/** Work in the thread that takes longer holds the process up, so that it may owe somebody an answer. */
const HELD_MS_MIN = 50;

/**
 * Where the process of one server runs: its clock and its event loop. A process lives from `begin`
 * to `end`; what a former life had under way never happens in a later one.
 */
export class Host {
  readonly id: NodeId;
  readonly #agenda: Agenda;
  readonly #chance: Chance;
  readonly #loopMs: Millis;
  readonly #offset: Millis;
  readonly #rate: number;
  #jumped: Millis = 0;
  readonly #jumps: { readonly at: Millis; readonly ms: Millis }[] = [];
  #life = 0;
  #isAlive = false;
  /** The process does nothing before this moment of the world: it is stopped, or busy. */
  #freeAt: Millis = 0;
  /** Work in the thread itself takes until then; its clock shows that already. */
  #busyUntil: Millis = 0;
  #begunAt: Millis = 0;
  #heldUntil: Millis = 0;
  /** What has to wait until the process can run. */
  #waiting: (() => void)[] = [];
  /** Counts appointments to go on with it; only the last one counts. */
  #wakes = 0;

  constructor(id: NodeId, agenda: Agenda, chance: Chance, loopMs: Millis, drift: number) {
    this.id = id;
    this.#agenda = agenda;
    this.#chance = chance;
    this.#loopMs = loopMs;
    this.#offset = chance.between(0, 100_000);
    this.#rate = chance.between(1 - drift, 1 + drift);
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  /** Counts the processes that ran here. */
  get life(): number {
    return this.#life;
  }

  /** When the process began that runs now. */
  get begunAt(): Millis {
    return this.#begunAt;
  }

  /** Until when a process last could not run, as far as is known. */
  get heldUntil(): Millis {
    return this.#heldUntil;
  }

  begin(): void {
    this.#life += 1;
    this.#isAlive = true;
    this.#freeAt = 0;
    this.#busyUntil = 0;
    this.#begunAt = this.#agenda.now;
  }

  end(): void {
    this.#waiting = [];
    this.#wakes += 1;
    this.#life += 1;
    this.#isAlive = false;
  }

  /** The monotonic clock of this host, which runs at a rate of its own. */
  now(): Millis {
    return this.#offset + this.#jumped + Math.max(this.#agenda.now, this.#busyUntil) * this.#rate;
  }

  /** How far its clock has jumped ahead since a moment of the world. */
  jumpedSince(moment: Millis): Millis {
    return this.#jumps.reduce((sum, { at, ms }) => (at >= moment ? sum + ms : sum), 0);
  }

  /** How far its clock is ahead of the world: what the running task still takes, of what it did. */
  get aheadMs(): Millis {
    return Math.max(0, this.#busyUntil - this.#agenda.now);
  }

  /** The running task takes so long. */
  spend(ms: Millis): void {
    this.#busyUntil = Math.max(this.#busyUntil, this.#agenda.now) + ms;
    this.#freeAt = Math.max(this.#freeAt, this.#busyUntil);
    if (ms > HELD_MS_MIN) this.#heldUntil = this.#freeAt;
  }

  /** Stops the process for a while. */
  pause(ms: Millis): void {
    this.#freeAt = Math.max(this.#freeAt, this.#agenda.now + ms);
    this.#heldUntil = this.#freeAt;
  }

  /**
   * The process is stopped no more; what has waited for it happens in order, now or when the task is
   * over that it works on: that takes as long as it takes.
   */
  resume(): void {
    this.#freeAt = Math.min(this.#freeAt, Math.max(this.#agenda.now, this.#busyUntil));
    this.#heldUntil = Math.min(this.#heldUntil, this.#freeAt);
    if (this.#waiting.length > 0) this.#wake();
  }

  jump(ms: Millis): void {
    this.#jumped += ms;
    this.#jumps.push({ at: this.#agenda.now, ms });
  }

  /** Runs `task` in this process as soon as it can, and in order, unless it has ended by then. */
  run(task: () => void): void {
    if (!this.#isAlive) return;
    if (this.#waiting.length === 0 && this.#freeAt <= this.#agenda.now) return task();
    this.#waiting.push(task);
    if (this.#waiting.length === 1) this.#wake();
  }

  /** Whatever waits happens one after another, from when the process is free. */
  #wake(): void {
    this.#wakes += 1;
    const wake = this.#wakes;
    this.#agenda.after(this.#freeAt - this.#agenda.now, () => {
      if (wake !== this.#wakes) return;
      if (this.#freeAt <= this.#agenda.now) this.#waiting.shift()?.();
      if (this.#waiting.length > 0 && wake === this.#wakes) this.#wake();
    });
  }

  /** Runs `task` in this process after `ms` of the world, counted from now. @returns what calls it off. */
  after(ms: Millis, task: () => void): () => void {
    const life = this.#life;
    let isOff = false;
    this.#agenda.after(ms, () => {
      if (isOff || this.#life !== life) {
        this.#agenda.events -= 1;
        return;
      }
      this.run(() => {
        if (!isOff) task();
      });
    });
    return () => {
      isOff = true;
    };
  }

  /** As the process sees it. Timers of Node count whole milliseconds, and are often late. */
  readonly clock: Clock = {
    now: () => this.now(),
    wall: () => EPOCH_MS + Math.round(this.#agenda.now + this.#jumped),
    defer: (task) => {
      this.after(this.aheadMs + this.#chance.between(0, this.#loopMs), task);
    },
    after: (ms, task) => {
      const late = this.aheadMs + this.#chance.between(0, this.#loopMs);
      return this.after(Math.max(1, Math.trunc(ms)) / this.#rate + late, task);
    },
  };
}
