import { createHash } from 'node:crypto';
import type { Entry } from '../../core/entry.ts';
import type { EntryId, Index, Term } from '../../core/types.ts';
import { assert } from '../../kit/assert.ts';
import { type Refusal, type Reply, type Request, refuse } from '../../wire/client.ts';
import { type Command, isWrite, parseCommand } from '../../wire/command.ts';
import type { Applied, LogTime, StateMachine } from '../state-machine.ts';
import { answerRead } from './answer-read.ts';
import { applyEntry } from './apply-entry.ts';
import { Deadlines } from './deadlines.ts';
import type { Mortals } from './do-timed.ts';
import { History, type HistoryLimits } from './history.ts';
import { KeyValueState } from './key-value-state.ts';
import { KeyValues } from './key-values.ts';
import { Leases } from './leases.ts';
import { readMeta, writeMeta } from './meta.ts';
import { Sessions } from './sessions.ts';
import type { Table, Tables } from './tables.ts';
import { u48 } from './u48.ts';

export type MachineLimits = {
  /** Largest value of a key, in bytes of msgpack; checked when a request comes in. */
  readonly valueBytes: number;
  readonly history: HistoryLimits;
  /** Sessions, and leases, beyond which no more are opened; checked when a request comes in. */
  readonly sessions: number;
  readonly leases: number;
};

const ROUTES: ReadonlyMap<string, 'write' | 'read'> = new Map<Command['op'], 'write' | 'read'>([
  ['put', 'write'],
  ['delete', 'write'],
  ['cas', 'write'],
  ['txn', 'write'],
  ['session.open', 'write'],
  ['session.keep', 'write'],
  ['session.close', 'write'],
  ['lease.grant', 'write'],
  ['lease.keep', 'write'],
  ['lease.revoke', 'write'],
  ['get', 'read'],
  ['range', 'read'],
  ['changes', 'read'],
]);

/** Writes outside of sessions that begin or prolong the life of something. */
const PROLONGING: ReadonlySet<string> = new Set<Command['op']>([
  'session.open',
  'session.keep',
  'lease.grant',
  'lease.keep',
]);

/**
 * Opens the key-value database, a function of the log (INTERFACE §3). Its tables are `keys` (see
 * `KeyValues`), `history`, `sessions`, `leases` and `leased` (see `Leases`), `deadlines`, and `meta`,
 * which says how far they are (see `writeMeta`). All that a batch of entries does is one transaction,
 * so they never disagree.
 *
 * @param tables used by nobody else; closing the machine closes them.
 * @throws {StorageError} CORRUPT if the tables do not hold what a machine left there.
 */
export function openMachine(tables: Tables, limits: MachineLimits): KeyValueMachine {
  const keys = tables.open('keys');
  const meta = tables.open('meta');
  const { applied, rev, historyBytes, logTime } = readMeta(meta, keys);
  const deadlines = new Deadlines(tables.open('deadlines'));
  const leases = new Leases(tables.open('leases'), tables.open('leased'), deadlines);
  const sessions = new Sessions(tables.open('sessions'), deadlines);
  const history = new History(tables.open('history'), limits.history, historyBytes);
  const state = new KeyValueState(new KeyValues(keys), history, leases, rev);
  const mortals = { deadlines, sessions, state, now: logTime, clockEntries: 0 };
  return new KeyValueMachine(tables, meta, limits, applied, mortals);
}

/** The key-value database; see `openMachine`. */
export class KeyValueMachine implements StateMachine {
  readonly #tables: Tables;
  readonly #meta: Table;
  readonly #limits: MachineLimits;
  readonly #mortals: Mortals;
  readonly #state: KeyValueState;
  #applied: EntryId;
  readonly logTime: LogTime;

  constructor(
    tables: Tables,
    meta: Table,
    limits: MachineLimits,
    applied: EntryId,
    mortals: Mortals,
  ) {
    this.#tables = tables;
    this.#meta = meta;
    this.#limits = limits;
    this.#applied = applied;
    this.#mortals = mortals;
    this.#state = mortals.state;
    this.logTime = new MachineTime(mortals);
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
    return 'ok' in command ? command : this.#objection(command);
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
        done.push(applyEntry(this.#mortals, entry));
      }
      const { rev, history } = this.#state;
      history.flush(rev);
      this.#mortals.sessions.flush();
      const logTime = this.#mortals.now;
      writeMeta(this.#meta, { applied, rev, historyBytes: history.bytes, logTime });
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

  /**
   * A name for all keys, sessions and leases with what is known of them: equal on nodes that have
   * applied the same.
   */
  digest(): string {
    const { state, sessions, deadlines, now } = this.#mortals;
    const hash = createHash('sha256').update(u48(this.rev)).update(u48(now));
    for (const part of [state.values, state.leases, sessions, deadlines]) {
      for (const { key, value: row } of part.rows()) {
        hash.update(u48(key.length)).update(key).update(u48(row.length)).update(row);
      }
    }
    return hash.digest('hex');
  }

  close(): Promise<void> {
    return this.#tables.close();
  }

  /** As many are open as may be. Those that are under way already may still make it some more. */
  #objection({ op }: Command): Refusal | null {
    const { sessions, leases } = this.#limits;
    if (op === 'session.open' && this.#mortals.sessions.count >= sessions) {
      return refuse('BUSY', `${sessions} sessions are open, which is client.sessions`);
    }
    if (op === 'lease.grant' && this.#state.leases.count >= leases) {
      return refuse('BUSY', `${leases} leases are granted, which is client.leases`);
    }
    return null;
  }
}

/** Log time as the database has it. */
class MachineTime implements LogTime {
  readonly #mortals: Mortals;

  constructor(mortals: Mortals) {
    this.#mortals = mortals;
  }

  get now(): number {
    return this.#mortals.now;
  }

  get entries(): number {
    return this.#mortals.clockEntries;
  }

  get next(): number | null {
    return this.#mortals.deadlines.next;
  }

  isTimed({ op, session }: Request): boolean {
    return session !== null || PROLONGING.has(op);
  }
}
