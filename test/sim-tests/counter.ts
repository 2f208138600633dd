import {
  type Applied,
  checkLinearizable,
  decodeRequest,
  type Entry,
  type History,
  type Model,
  payloadOf,
  type Refusal,
  type Reply,
  type Request,
  type StateMachine,
  type Subject,
  type Table,
  type Tables,
  unpack,
} from '../sim/sim.ts';

/** `add` replies what the counter was before, `total` what it is. */
export type CounterAsk = { readonly op: 'add'; readonly by: number } | { readonly op: 'total' };

type CounterReply = { readonly [member: string]: unknown };

const KEY = Buffer.from('counter');

/** A counter, as somebody would write a state machine of their own: with what `raftmq/sim` gives. */
class Counter implements StateMachine {
  readonly #tables: Tables;
  readonly #table: Table;
  /** Each so-many-th entry is forgotten; 0 for a counter that is right. */
  readonly #forgets: number;
  applied = 0;
  rev = 0;
  total = 0;

  constructor(tables: Tables, forgets: number) {
    this.#tables = tables;
    this.#table = tables.open('counter');
    this.#forgets = forgets;
    const row = this.#table.get(KEY);
    if (row) [this.applied = 0, this.rev = 0, this.total = 0] = JSON.parse(row.toString());
  }

  route(op: string): 'write' | 'read' | null {
    if (op === 'add') return 'write';
    return op === 'total' ? 'read' : null;
  }

  check(): null {
    return null;
  }

  apply(entries: readonly Entry[]): readonly Applied[] {
    const done = entries.map((entry) => this.#add(entry));
    this.#tables.transaction(() => {
      const row = JSON.stringify([this.applied, this.rev, this.total]);
      this.#table.put(KEY, Buffer.from(row));
    });
    return done;
  }

  #add(entry: Entry): Applied {
    const { index } = entry;
    this.applied = index;
    if (entry.kind !== 'command') return { index, reply: null, changes: [] };
    const before = this.total;
    this.rev += 1;
    const isForgotten = this.#forgets > 0 && index % this.#forgets === 0;
    if (!isForgotten) this.total += amountIn(entry);
    return { index, reply: { ok: true, before }, changes: [] };
  }

  read(_: Request): Reply | Refusal {
    return { ok: true, total: this.total };
  }

  close(): Promise<void> {
    return this.#tables.close();
  }
}

function amountIn(entry: Entry): number {
  const request = decodeRequest(payloadOf(entry));
  const raw = 'op' in request ? request.args.get('by') : undefined;
  const by = raw && unpack(raw.bytes);
  return typeof by === 'object' ? Number(by.value) : 0;
}

const MODEL: Model<number, CounterAsk, CounterReply> = {
  init: 0,
  step(total, ask, reply) {
    if (ask.op === 'total') return reply === null || reply['total'] === total ? total : null;
    return reply === null || reply['before'] === total ? total + ask.by : null;
  },
  kind: ({ op }) => (op === 'total' ? 'read' : 'write'),
  partition: () => 'counter',
  isCertain: () => true,
  isTooLate: (total, reply) => Number(reply['before'] ?? reply['total']) < total,
  name: (total) => total,
};

/** The first request that was told another count than the log comes to there, or null. */
function findWrongAdd({ operations, committed }: History<CounterAsk>): number | null {
  const answers = new Map(operations.map(({ id, answer }) => [id, answer]));
  let total = 0;
  for (const { id, ask } of committed) {
    if (id === null || ask?.op !== 'add') continue;
    const answer = answers.get(id);
    if (answer?.kind === 'ok' && answer.reply['before'] !== total) return id;
    total += ask.by;
  }
  return null;
}

/** @param forgets each so-many-th entry is forgotten; 0 for a counter that is right. */
export function counting(forgets: number): Subject<CounterAsk> {
  return {
    openMachine: (tables) => new Counter(tables, forgets),
    asking: () => ({
      draw: (chance) =>
        chance.happens(0.5) ? { op: 'total' } : { op: 'add', by: chance.whole(1, 9) },
      learn: () => {},
      isLocal: () => false,
    }),
    checkHistory: (history) => {
      const id = findWrongAdd(history);
      if (id !== null) return `request ${id} was told a wrong count`;
      const { operations, committed } = history;
      const { result } = checkLinearizable(operations, MODEL, { committed });
      return result === 'violated' ? 'the counter is wrong' : null;
    },
    digest: (machine) => (machine instanceof Counter ? `${machine.total}` : ''),
  };
}
