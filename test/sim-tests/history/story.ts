import { KeyValueModel } from '../../sim/history/key-value-model.ts';
import type {
  Answer,
  Ask,
  Committed,
  History,
  Members,
  Operation,
} from '../../sim/history/operation.ts';

/** An operation under way. */
export type Underway = {
  -readonly [member in keyof Operation]: Operation[member];
} & {
  /** What it must be answered; null until it has taken effect. */
  reply: Members | null;
};

/** A history as it happens: calls, effects and answers one after the other, by a perfect database. */
export class Story {
  readonly operations: Underway[] = [];
  readonly committed: Committed[] = [];
  /** The database after each entry, by index. */
  readonly states: KeyValueModel[] = [new KeyValueModel()];
  #place = 0;

  get database(): KeyValueModel {
    return this.states.at(-1) as KeyValueModel;
  }

  call(client: number, ask: Ask): Underway {
    const operation: Underway = {
      id: this.operations.length + 1,
      client,
      ask,
      calledAt: this.#next(),
      returnedAt: null,
      answer: { kind: 'unknown' },
      reply: null,
    };
    this.operations.push(operation);
    return operation;
  }

  /** A write is appended and carried out; a read looks. */
  take(operation: Underway): void {
    if (this.database.freshness(operation.ask)) operation.reply = this.look(operation.ask);
    else operation.reply = this.append(operation.id, operation.ask);
  }

  /** What a read sees now, or saw when the log ended with `index`. */
  look(ask: Ask, index = this.committed.length): Members {
    return (this.states[index] as KeyValueModel).read(ask);
  }

  append(id: number, ask: Ask): Members {
    const index = this.committed.length + 1;
    const database = this.database.copy();
    const reply = database.apply(ask, index);
    this.committed.push({ index, id, ask });
    this.states.push(database);
    return reply;
  }

  noop(): void {
    this.committed.push({ index: this.committed.length + 1, id: null, ask: null });
    this.states.push(this.database);
  }

  answer(operation: Underway, reply: Members | null = operation.reply): void {
    this.#return(operation, { kind: 'ok', reply: { ok: true, ...reply } });
  }

  reject(operation: Underway, code = 'BUSY'): void {
    this.#return(operation, { kind: 'rejected', code });
  }

  /** The client is told that the outcome is unknown; not being told at all leaves it unknown too. */
  giveUp(operation: Underway): void {
    this.#return(operation, { kind: 'unknown' });
  }

  /** All three at once. @returns the reply. */
  all(client: number, ask: Ask): Members {
    const operation = this.call(client, ask);
    this.take(operation);
    this.answer(operation);
    return operation.reply ?? {};
  }

  history(): History {
    const operations = this.operations.map(({ reply, ...operation }) => operation);
    return { operations, committed: this.committed };
  }

  #return(operation: Underway, answer: Answer): void {
    operation.returnedAt = this.#next();
    operation.answer = answer;
  }

  #next(): number {
    this.#place += 1;
    return this.#place;
  }
}
