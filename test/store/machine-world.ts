import { type Entry, makeEntry } from '../../lib/core/entry.ts';
import { encodeClock } from '../../lib/core/log-clock.ts';
import {
  type KeyValueMachine,
  type MachineLimits,
  openMachine,
} from '../../lib/store/database/machine.ts';
import { MemoryTables } from '../../lib/store/database/tables-memory.ts';
import type { Change, StateMachine } from '../../lib/store/state-machine.ts';
import { decodeRequest, encodeReply, encodeRequest, type Request } from '../../lib/wire/client.ts';
import { unpackMap } from '../../lib/wire/unpack.ts';

export const LIMITS: MachineLimits = {
  valueBytes: 1 << 20,
  history: { revs: 1000, bytes: 1 << 20 },
  sessions: 100,
  leases: 100,
};

export function memoryMachine(limits = LIMITS): KeyValueMachine {
  return openMachine(new MemoryTables(), limits);
}

/** A request as a client writes it. */
export type Asked = { readonly op: string; readonly [argument: string]: unknown };

export function request({ op, ...args }: Asked): Request {
  const decoded = decodeRequest(encodeRequest(1, op, args));
  if ('refusal' in decoded) throw new Error(decoded.refusal.message);
  return decoded;
}

/** The entries that follow what the machine has applied. */
export function entriesAfter(applied: number, asked: readonly Asked[]): readonly Entry[] {
  return asked.map(({ op, ...args }, i) =>
    makeEntry(applied + 1 + i, 1, 'command', encodeRequest(1, op, args)),
  );
}

/** Applies `asked` in one batch. */
export function apply(machine: StateMachine, ...asked: readonly Asked[]): readonly unknown[] {
  const applied = machine.apply(entriesAfter(machine.applied, asked));
  return applied.map(({ reply }) => received(reply));
}

export function read(machine: StateMachine, asked: Asked): Record<string, unknown> {
  return received(machine.read(request(asked)));
}

/** Log time moves on by `ms`. @returns what that changed. */
export function pass(machine: StateMachine, ms: number): readonly Change[] {
  const entry = makeEntry(machine.applied + 1, 1, 'clock', encodeClock(ms));
  return machine.apply([entry]).flatMap(({ changes }) => changes);
}

/** A reply as a client gets it. */
export function received(reply: ReturnType<StateMachine['read']> | null): Record<string, unknown> {
  if (reply === null) return {};
  const map = unpackMap(encodeReply(1, reply));
  if (typeof map === 'string') throw new Error(map);
  const { id, ...members } = map;
  return members;
}

export function put(key: string, value: unknown): Asked {
  return { op: 'put', key, value };
}

export function txn(
  conditions: readonly object[],
  thenSteps: readonly Asked[],
  elseSteps: readonly Asked[] = [],
): Asked {
  // biome-ignore lint/suspicious/noThenProperty: that is its name in the protocol
  return { op: 'txn', if: conditions, then: thenSteps, else: elseSteps };
}
