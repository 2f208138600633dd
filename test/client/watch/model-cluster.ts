import type { Change, Changes, Entries } from '../../../lib/client/client.ts';
import { hearingsOf } from '../../../lib/client/watch/hearing.ts';
import type { Answer, Ask } from '../../../lib/client/watch/pursuit.ts';
import { markTopic } from '../../../lib/wire/event.ts';
import { Marks } from '../../../streams/marks.ts';

/** An event as it is published. */
export type Event = {
  readonly topic: string;
  readonly event: { readonly node: number; readonly at: number; readonly seq: number } & {
    readonly [field: string]: unknown;
  };
};

/** A node: how far it is, and what it publishes. */
class ModelNode {
  rev = 0;
  readonly #history: readonly Change[];
  #marks = new Marks(0);
  #topics: readonly string[] = [];

  constructor(history: readonly Change[]) {
    this.#history = history;
  }

  subscribe(prefixes: readonly string[]): void {
    this.#topics = prefixes.map(markTopic);
  }

  /** Applies up to `count` changes. @returns what it publishes of them. */
  apply(count: number): readonly Event[] {
    this.#marks.watch(this.#topics);
    return this.#history.slice(this.rev, this.rev + count).map((change) => {
      this.rev = change.rev;
      const after = this.#marks.note(change.rev, change.key);
      return told(`kv.${change.key}`, after.length === 0 ? change : { ...change, after });
    });
  }

  /** Installs a snapshot of the newest state: its changes are published by nobody. */
  install(): void {
    this.rev = this.#history.length;
  }

  /** A new process, which has what the old one had. */
  restart(): void {
    this.#marks = new Marks(this.rev);
  }

  marks(): readonly Event[] {
    this.#marks.watch(this.#topics);
    this.#marks.skipTo(this.rev);
    return this.#marks.due().map(({ prefix, ...fields }) => told(markTopic(prefix), fields));
  }
}

function told(topic: string, fields: object): Event {
  return { topic, event: { node: 1, at: 0, seq: 1, ...fields } };
}

/** A history that grows and is forgotten from behind, and nodes that have some of it. */
export class ModelCluster {
  readonly history: Change[] = [];
  readonly nodes: readonly ModelNode[];
  /** The smallest `since` that is answered. */
  oldest = 0;

  constructor(count: number) {
    this.nodes = Array.from({ length: count }, () => new ModelNode(this.history));
  }

  node(id: number): ModelNode {
    return this.nodes[id % this.nodes.length] as ModelNode;
  }

  write(key: string, isDeletion = false): void {
    const rev = this.history.length + 1;
    this.history.push(isDeletion ? { rev, key, deleted: true } : { rev, key, value: rev });
  }

  changes(prefix: string, since: number): readonly Change[] {
    return this.history.slice(since).filter(({ key }) => key.startsWith(prefix));
  }

  /** What node `id` says to `ask`, in pages of `limit`; it fails where it would have to wait. */
  answer(id: number, ask: Ask, prefix: string, limit: number): Answer {
    const atLeast = ask.kind === 'End' ? null : ask.atLeast;
    // a linearizable read is one of the newest state
    const at = atLeast === null ? this.history.length : this.node(id).rev;
    if (at < (atLeast ?? 0)) return { kind: 'Failed' };
    if (ask.kind === 'End') return { kind: 'Answered', reply: { at } };
    if (ask.kind === 'Keys') return this.#keys(ask.from, prefix, at, limit);
    if (ask.since < this.oldest) return { kind: 'Compacted', oldest: this.oldest };
    const all = this.changes(prefix, ask.since).filter(({ rev }) => rev <= at);
    const reply: Changes = { changes: all.slice(0, limit), at, more: all.length > limit };
    return { kind: 'Answered', reply };
  }

  #keys(from: string | null, prefix: string, at: number, limit: number): Answer {
    const last = new Map<string, Change>();
    for (const change of this.changes(prefix, 0))
      if (change.rev <= at) last.set(change.key, change);
    const all = [...last.values()]
      .filter((change) => change.deleted !== true && change.key >= (from ?? ''))
      .sort((a, b) => (a.key < b.key ? -1 : 1))
      .map((change) => ({ ...change, value: change.rev, created: 1, version: 1 }));
    const entries = all.slice(0, limit).map(({ deleted: _, ...entry }) => entry);
    const reply: Entries = { entries, at, more: all.length > limit };
    return { kind: 'Answered', reply };
  }
}

/** What an event claims about `prefix`, if anything. */
export function claimsIn({ topic, event }: Event, prefix: string) {
  return hearingsOf({ topic, event }, 10)
    .filter((hearing) => hearing.prefix === prefix)
    .map(({ claim }) => claim);
}
