import { createHash } from 'node:crypto';
import { type Entry, payloadOf } from '../../core/entry.ts';
import { type EntryId, type Index, ORIGIN, type Term } from '../../core/types.ts';
import { assert } from '../../kit/assert.ts';
import { StorageError } from '../../kit/errors.ts';
import {
  decodeRequest,
  type Refusal,
  type Reply,
  type Request,
  refuse,
} from '../../wire/client.ts';
import { type Command, parseCommand, type Write } from '../../wire/command.ts';
import type { Applied, StateMachine } from '../state-machine.ts';
import { answerRead, type Members } from './answer-read.ts';
import { doWrite } from './do-write.ts';
import { History, type HistoryLimits } from './history.ts';
import { KeyValueState } from './key-value-state.ts';
import { KeyValues } from './key-values.ts';
import type { Table, Tables } from './tables.ts';
import { readU48, U48_BYTES, u48, writeU48 } from './u48.ts';

export type MachineLimits = {
  /** Largest value of a key, in bytes of msgpack; checked when a request comes in. */
  readonly valueBytes: number;
  readonly history: HistoryLimits;
};

const ROUTES: ReadonlyMap<string, 'write' | 'read'> = new Map<Command['op'], 'write' | 'read'>([
  ['put', 'write'],
  ['delete', 'write'],
  ['cas', 'write'],
  ['txn', 'write'],
  ['get', 'read'],
  ['range', 'read'],
  ['changes', 'read'],
]);

/**
 * Opens the key-value database, a function of the log (INTERFACE §3). It has three tables: `keys`
 * (see `KeyValues`), `history` (see `History`) and `meta`, whose one row says how far they are:
 *
 *     offset  0  u48 applied index    6  u48 its term    12  u48 rev    18  u48 bytes of history
 *
 * All that a batch of entries does is one transaction, this row included, so they never disagree.
 *
 * @param tables used by nobody else; closing the machine closes them.
 * @throws {StorageError} CORRUPT if the tables do not hold what a machine left there.
 */
export function openMachine(tables: Tables, limits: MachineLimits): KeyValueMachine {
  const keys = tables.open('keys');
  const history = tables.open('history');
  const meta = tables.open('meta');
  const { applied, rev, historyBytes } = readMeta(meta, keys);
  const past = new History(history, limits.history, historyBytes);
  return new KeyValueMachine(
    tables,
    meta,
    limits,
    applied,
    new KeyValueState(new KeyValues(keys), past, rev),
  );
}

/** The key-value database; see `openMachine`. */
export class KeyValueMachine implements StateMachine {
  readonly #tables: Tables;
  readonly #meta: Table;
  readonly #limits: MachineLimits;
  readonly #state: KeyValueState;
  #applied: EntryId;

  constructor(
    tables: Tables,
    meta: Table,
    limits: MachineLimits,
    applied: EntryId,
    state: KeyValueState,
  ) {
    this.#tables = tables;
    this.#meta = meta;
    this.#limits = limits;
    this.#applied = applied;
    this.#state = state;
  }

  get applied(): Index {
    return this.#applied.index;
  }

  /** Term of the entry at `applied`. */
  get appliedTerm(): Term {
    return this.#applied.term;
  }

  get rev(): number {
    return this.#state.rev;
  }

  route(op: string): 'write' | 'read' | null {
    return ROUTES.get(op) ?? null;
  }

  check(request: Request): Refusal | null {
    const command = parseCommand(request, this.#limits);
    return 'ok' in command ? command : null;
  }

  /** The caller bounds how long a transaction may block the thread: about 6 µs a small put. */
  apply(entries: readonly Entry[]): readonly Applied[] {
    const done: Applied[] = [];
    let applied = this.#applied;
    this.#tables.transaction(() => {
      for (const entry of entries) {
        const { index, term } = entry;
        assert(index === applied.index + 1, `entry ${index} does not follow ${applied.index}`);
        applied = { index, term };
        done.push(applyEntry(this.#state, entry));
      }
      this.#state.history.flush(this.#state.rev);
      this.#meta.put(META_KEY, metaRow(applied, this.#state));
    });
    this.#applied = applied;
    return done;
  }

  read(request: Request): Reply | Refusal {
    const command = parseCommand(request);
    if ('ok' in command) return command;
    if (isWrite(command)) return refuse('BAD_REQUEST', `${command.op} is not a read`);
    return answerRead(this.#state, command);
  }

  /** A name for all keys with their values and revs: equal on nodes that have applied the same. */
  digest(): string {
    const hash = createHash('sha256').update(u48(this.rev));
    for (const { key, value: row } of this.#state.values.rows()) {
      hash.update(u48(key.length)).update(key).update(u48(row.length)).update(row);
    }
    return hash.digest('hex');
  }

  close(): Promise<void> {
    return this.#tables.close();
  }
}

/** Total: a command that cannot be done has no effect and a refusal, the same on every node. */
function applyEntry(state: KeyValueState, entry: Entry): Applied {
  const { index } = entry;
  if (entry.kind === 'noop') return { index, reply: null, changes: [] };
  const request = decodeRequest(payloadOf(entry));
  if ('refusal' in request) return { index, reply: request.refusal, changes: [] };
  const command = parseCommand(request);
  if ('ok' in command) return { index, reply: command, changes: [] };
  if (!isWrite(command)) {
    return { index, reply: refuse('BAD_REQUEST', `${command.op} is not a write`), changes: [] };
  }
  const done = doWrite(state, command);
  if (isRefusal(done)) return { index, reply: done, changes: [] };
  return { index, reply: { ok: true, ...done, index }, changes: state.takeChanges() };
}

function isRefusal(done: Members | Refusal): done is Refusal {
  return done['ok'] === false;
}

function isWrite(command: Command): command is Write {
  return ROUTES.get(command.op) === 'write';
}

const META_KEY = Buffer.from('state');
const META_BYTES = 4 * U48_BYTES;

function metaRow({ index, term }: EntryId, { rev, history }: KeyValueState): Buffer {
  const row = Buffer.allocUnsafe(META_BYTES);
  writeU48(row, index, 0);
  writeU48(row, term, U48_BYTES);
  writeU48(row, rev, 2 * U48_BYTES);
  writeU48(row, history.bytes, 3 * U48_BYTES);
  return row;
}

type Meta = { readonly applied: EntryId; readonly rev: number; readonly historyBytes: number };

/** @throws {StorageError} CORRUPT. */
export function readMeta(meta: Table, keys: Table): Meta {
  const row = meta.get(META_KEY);
  if (row === null) {
    for (const _ of keys.keys(null, null))
      throw corrupt('has keys, but no record of what was applied');
    return { applied: ORIGIN, rev: 0, historyBytes: 0 };
  }
  if (row.length !== META_BYTES)
    throw corrupt(`has ${row.length} bytes where ${META_BYTES} say what was applied`);
  return {
    applied: { index: readU48(row, 0), term: readU48(row, U48_BYTES) },
    rev: readU48(row, 2 * U48_BYTES),
    historyBytes: readU48(row, 3 * U48_BYTES),
  };
}

function corrupt(what: string): StorageError {
  return new StorageError(
    'CORRUPT',
    `the database ${what}; remove its directory to rebuild it from the log`,
  );
}
