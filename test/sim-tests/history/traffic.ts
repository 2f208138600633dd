import type { Chance } from '../../sim/chance.ts';
import type { Ask, Condition, Expect, Step } from '../../sim/history/operation.ts';
import type { Story, Underway } from './story.ts';

export type Mix = {
  readonly operations: number;
  /** Clients at work at the same time. */
  readonly clients: number;
  readonly keys: number;
  /** Of all operations, the part whose outcome stays unknown. */
  readonly unknown: number;
  /** Whether some operations have to do with several keys. */
  readonly isMixed: boolean;
};

const FIRST_CLIENT = 1000;

/** Clients that ask a perfect database at random, told as part of a story. */
export class Traffic {
  readonly #story: Story;
  readonly #chance: Chance;
  readonly #mix: Mix;
  /** What each client at work has under way. */
  readonly #clients: { name: number; underway: Underway | null }[];
  #clientsSoFar: number;
  #asked = 0;
  /** Writes that nobody waits for any more, and which may yet take effect. */
  #loose: Underway[] = [];
  /** How far each node has applied. */
  readonly #applied = [0, 0, 0];

  constructor(story: Story, chance: Chance, mix: Mix) {
    this.#story = story;
    this.#chance = chance;
    this.#mix = mix;
    this.#clientsSoFar = FIRST_CLIENT;
    this.#clients = Array.from({ length: mix.clients }, () => this.#newClient());
  }

  /** Plays on until all operations were asked and answered. */
  play(): void {
    while (this.#asked < this.#mix.operations || this.#clients.some(({ underway }) => underway))
      this.turn();
  }

  /** One thing happens. */
  turn(): void {
    const [chance, story] = [this.#chance, this.#story];
    if (chance.happens(0.02)) story.noop();
    if (this.#loose.length > 0 && chance.happens(0.1)) this.#takeLoose();
    const client = chance.pick(this.#clients);
    const { underway } = client;
    if (!underway) {
      if (this.#asked < this.#mix.operations) client.underway = this.#ask(client.name);
    } else if (chance.happens(this.#mix.unknown / 2)) this.#lose(client, underway);
    else if (!underway.reply) {
      if (chance.happens(0.03)) this.#end(client, () => story.reject(underway));
      else this.#take(underway);
    } else this.#end(client, () => story.answer(underway));
  }

  #newClient(): { name: number; underway: null } {
    this.#clientsSoFar += 1;
    return { name: this.#clientsSoFar, underway: null };
  }

  #end(client: { underway: Underway | null }, how: () => void): void {
    how();
    client.underway = null;
  }

  #lose(client: { name: number; underway: Underway | null }, underway: Underway): void {
    if (this.#chance.happens(0.5)) this.#story.giveUp(underway);
    if (!underway.reply && !this.#story.database.freshness(underway.ask))
      this.#loose.push(underway);
    Object.assign(client, this.#newClient());
  }

  #takeLoose(): void {
    const lost = this.#chance.pick(this.#loose);
    this.#loose = this.#loose.filter((other) => other !== lost);
    if (this.#chance.happens(0.6)) this.#story.take(lost);
  }

  #take(underway: Underway): void {
    const freshness = this.#story.database.freshness(underway.ask);
    if (!freshness?.isStale) this.#story.take(underway);
    else this.#takeStale(underway, freshness.atLeast);
  }

  /** A stale read is served by a node that has applied some prefix of the log. */
  #takeStale(underway: Underway, atLeast: number): void {
    const node = this.#chance.whole(0, this.#applied.length - 1);
    const { states } = this.#story;
    let index = this.#chance.whole(this.#applied[node] as number, states.length - 1);
    while ((states[index]?.rev ?? atLeast) < atLeast) index += 1;
    this.#applied[node] = index;
    underway.reply = this.#story.look(underway.ask, index);
    underway.servedBy = `n${node + 1}`;
  }

  #ask(client: number): Underway {
    this.#asked += 1;
    return this.#story.call(client, this.#randomAsk());
  }

  #randomAsk(): Ask {
    const chance = this.#chance;
    if (this.#mix.isMixed && chance.happens(0.2)) return this.#randomOfSeveral();
    if (!chance.happens(0.45)) return this.#randomStep();
    const [op, key] = ['get', this.#key()] as const;
    if (chance.happens(0.8)) return { op, key };
    const { rev } = this.#story.database;
    return { op, key, read: 'stale', atLeast: chance.happens(0.5) ? 0 : chance.whole(0, rev) };
  }

  #randomOfSeveral(): Ask {
    const chance = this.#chance;
    const kind = chance.whole(1, 4);
    if (kind === 1) return { op: 'range', prefix: 'k', limit: chance.whole(1, 20) };
    if (kind === 2) return { op: 'range', from: this.#key(), to: this.#key(), read: 'stale' };
    if (kind === 3) {
      const since = chance.whole(0, this.#story.database.rev);
      return { op: 'changes', since, prefix: 'k1', limit: chance.whole(1, 20) };
    }
    const steps = (): Step[] => [this.#randomStep(), this.#randomStep(), this.#read()];
    const conditions: Condition[] = [{ key: this.#key(), expect: this.#expect() }];
    // biome-ignore lint/suspicious/noThenProperty: that is its name in the protocol
    return { op: 'txn', if: conditions, then: steps(), else: steps() };
  }

  #read(): Step {
    return this.#chance.happens(0.5)
      ? { op: 'get', key: this.#key() }
      : { op: 'range', from: this.#key(), limit: 3 };
  }

  #randomStep(): Exclude<Step, { op: 'get' | 'range' }> {
    const key = this.#key();
    const value = this.#newValue();
    if (this.#chance.happens(0.5)) return { op: 'put', key, value };
    if (this.#chance.happens(0.25)) return { op: 'delete', key };
    return { op: 'cas', key, expect: this.#expect(key), value };
  }

  #expect(key = this.#key()): Expect {
    const found = this.#story.look({ op: 'get', key });
    const kind = this.#chance.whole(1, 4);
    if (kind === 1 || found['found'] !== true) return { absent: true };
    if (kind === 2) return { rev: Number(found['rev']) };
    return { value: found['value'] as string };
  }

  #key(): string {
    return `k${this.#chance.whole(1, this.#mix.keys)}`;
  }

  #values = 0;
  #newValue(): string | number {
    this.#values += 1;
    return this.#values % 2 === 0 ? this.#values : `v${this.#values}`;
  }
}
