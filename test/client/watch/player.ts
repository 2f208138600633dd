import type { WatchItem } from '../../../lib/client/client.ts';
import { type Ask, Pursuit, SILENCE_MS } from '../../../lib/client/watch/pursuit.ts';
import { claimsIn, type Event, ModelCluster } from './model-cluster.ts';

/** One thing that happens; what is not given is 0, or the first. */
export type Step = { readonly do: string } & Partial<{
  key: string;
  node: number;
  count: number;
  limit: number;
  ms: number;
  keep: number;
}>;

type Item = { readonly item: WatchItem; readonly bytes: number };

/** A watch without sockets, and a network that loses, doubles and delays what is published. */
export class Player {
  readonly cluster = new ModelCluster(3);
  readonly taken: WatchItem[] = [];
  readonly pursuit: Pursuit;
  lostAt: number | null = null;
  waitingBytes = 0;
  mostBytes = 0;
  readonly #prefix: string;
  readonly #waiting: Item[] = [];
  readonly #wire: Event[] = [];
  #listensTo = 0;
  #ask: Ask | null = null;
  #now = 0;

  constructor(prefix: string, since: number | null, bufferBytes: number, rereads: boolean) {
    this.#prefix = prefix;
    for (const node of this.cluster.nodes) node.subscribe(['a', prefix]);
    this.pursuit = new Pursuit({
      key: null,
      since,
      rereads,
      bufferBytes,
      hand: (item, bytes) => {
        this.#waiting.push({ item, bytes });
        this.waitingBytes += bytes;
        this.mostBytes = Math.max(this.mostBytes, this.waitingBytes);
      },
      lost: (oldest) => {
        this.lostAt = oldest;
      },
    });
    this.#look();
  }

  play(step: Step): void {
    const { count = 0, node: id = 0 } = step;
    const node = this.cluster.node(id);
    switch (step.do) {
      case 'write':
        return this.cluster.write(step.key ?? '', this.cluster.history.length % 5 === 4);
      case 'apply':
        return this.#publish(id, node.apply(count));
      case 'mark':
        return this.#publish(id, node.marks());
      case 'install':
        return node.install();
      case 'restart':
        return node.restart();
      case 'listen':
        this.#listensTo = id;
        return;
      case 'drop':
        this.#wire.splice(0, count);
        return;
      case 'double':
        this.#wire.push(...this.#wire.slice(0, 2));
        return;
      case 'swap':
        this.#wire.reverse();
        return;
      case 'compact':
        this.cluster.oldest = Math.max(
          this.cluster.oldest,
          this.cluster.history.length - (step.keep ?? 0),
        );
        return;
      case 'status':
        this.pursuit.told(node.rev, this.#now);
        return this.#look();
      case 'wait':
        this.#now += step.ms ?? 0;
        return this.#look();
      case 'hear':
        return this.#hear(count);
      case 'fail':
        return this.#answer(null, 0);
      case 'answer':
        return this.#answer(id, step.limit ?? 1);
      default:
        return this.#take(count);
    }
  }

  #publish(id: number, events: readonly Event[]): void {
    if (id % 3 === this.#listensTo) this.#wire.push(...events);
  }

  #hear(count: number): void {
    for (const event of this.#wire.splice(0, count)) {
      for (const claim of claimsIn(event, this.#prefix)) this.pursuit.heard(claim, this.#now);
    }
    this.#look();
  }

  #answer(id: number | null, limit: number): void {
    const ask = this.#ask;
    if (!ask) return;
    this.#ask = null;
    const answer =
      id === null
        ? ({ kind: 'Failed' } as const)
        : this.cluster.answer(id, ask, this.#prefix, limit);
    this.pursuit.answered(ask, answer, this.#now);
    this.#look();
  }

  #take(count: number): void {
    for (const { item, bytes } of this.#waiting.splice(0, count)) {
      this.taken.push(item);
      this.waitingBytes -= bytes;
      this.pursuit.taken(bytes);
    }
    this.#look();
  }

  #look(): void {
    this.#ask ??= this.pursuit.next(this.#now);
  }

  /** Everything works for a while, except that the feed stays silent. */
  settle(): void {
    for (const node of this.cluster.nodes) node.install();
    for (let i = 0; i < 400; i += 1) {
      this.#now += SILENCE_MS / 2;
      this.#look();
      this.#answer(0, 10);
      this.#take(100);
    }
  }
}
