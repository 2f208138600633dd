import { isDeepStrictEqual } from 'node:util';
import { kindOf } from './key-model.ts';
import { KeyValueModel } from './key-value-model.ts';
import type { Model } from './model.ts';
import type { Ask, Members } from './operation.ts';

/** The database after some changes, and the number of just these changes. */
type DatabaseState = { readonly database: KeyValueModel; readonly number: number };

/**
 * The whole database, for histories with operations that have to do with several keys. Revs are
 * members of replies like any other, so they narrow the search down a lot; of the index it knows
 * nothing. For one check: it remembers the states it was in.
 */
export class DatabaseModel implements Model<DatabaseState, Ask, Members> {
  readonly init: DatabaseState = { database: new KeyValueModel(), number: 0 };
  /** Numbers of lists of changes, by the number of the list before and what was added to it. */
  readonly #numbers = new Map<string, number>();

  readonly kind = kindOf;

  step(state: DatabaseState, ask: Ask, reply: Members | null): DatabaseState | null {
    if (kindOf(ask) !== 'write')
      return reply === null || isSame(reply, state.database.read(ask)) ? state : null;
    const { rev } = state.database;
    const told = reply?.['rev'];
    if (typeof told === 'number' && told < rev) return null;
    const database = state.database.copy();
    const { index, ...truth } = database.apply(ask, 0);
    if (reply !== null && !isSame(reply, truth)) return null;
    if (database.rev === rev) return state;
    const changes = JSON.stringify(database.changes.slice(rev));
    return { database, number: this.#numberOf(`${state.number} ${changes}`) };
  }

  partition(): null {
    return null;
  }

  isCertain(): boolean {
    return true;
  }

  name({ number }: DatabaseState): number {
    return number;
  }

  #numberOf(changes: string): number {
    const number = this.#numbers.get(changes) ?? this.#numbers.size + 1;
    this.#numbers.set(changes, number);
    return number;
  }
}

/** What was replied is the truth, member for member, whatever index it names. */
function isSame(reply: Members, truth: Members): boolean {
  const { ok, index, ...members } = reply;
  return isDeepStrictEqual(members, truth);
}
