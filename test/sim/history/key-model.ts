import { isDeepStrictEqual } from 'node:util';
import type { Model } from './model.ts';
import type { Ask, Cas, Expect, Members, Value } from './operation.ts';

/** What a key holds. */
type KeyState = {
  /** Null if there is no such key. */
  readonly value: Value | null;
  /** 0 if there is no such key. */
  readonly version: number;
  /** Null if whoever wrote it was not told. */
  readonly rev: number | null;
  readonly created: number | null;
};

const ABSENT: KeyState = { value: null, version: 0, rev: null, created: null };

/**
 * One key of the database, for histories whose every operation has to do with a single key. Keys have
 * nothing to do with each other but for the revs that they share, so here revs are no order, only
 * names of writes, known to those who were told them.
 */
export const KEY_MODEL: Model<KeyState, Ask, Members> = {
  init: ABSENT,
  step(state, ask, reply) {
    switch (ask.op) {
      case 'put':
        return written(state, ask.value, reply);
      case 'delete':
        return deleted(state, reply);
      case 'cas':
        return compared(state, ask, reply);
      case 'get':
        return got(state, reply);
      default:
        return null;
    }
  },
  kind: kindOf,
  partition: (ask) => ('key' in ask ? ask.key : null),
  // nobody may know the rev that it compares with
  isCertain: (ask) => ask.op !== 'cas' || !('rev' in ask.expect),
  name: ({ value, version, rev, created }) => JSON.stringify([value, version, rev, created]),
};

/** Stale reads are of some state of the past, so they need not be linearizable. */
export function kindOf(ask: Ask): 'write' | 'read' | null {
  if (ask.op !== 'get' && ask.op !== 'range' && ask.op !== 'changes') return 'write';
  return ask.read === 'stale' ? null : 'read';
}

function written({ version, created }: KeyState, value: Value, reply: Members | null): KeyState {
  const rev = typeof reply?.['rev'] === 'number' ? reply['rev'] : null;
  return { value, version: version + 1, rev, created: version === 0 ? rev : created };
}

function deleted(state: KeyState, reply: Members | null): KeyState | null {
  const isThere = state.version > 0;
  if (reply && reply['deleted'] !== isThere) return null;
  return isThere ? ABSENT : state;
}

function compared(state: KeyState, { expect, value }: Cas, reply: Members | null): KeyState | null {
  const holds = doesHold(state, expect);
  const swapped = reply ? reply['swapped'] === true : holds !== false;
  if (holds !== null && swapped !== holds) return null;
  if (swapped) return written(state, value, reply);
  const current = state.version > 0 ? state.value : undefined;
  return reply === null || isDeepStrictEqual(reply['current'], current) ? state : null;
}

/** Null if nobody knows. */
function doesHold({ value, version, rev }: KeyState, expect: Expect): boolean | null {
  if ('absent' in expect) return version === 0;
  if (version === 0) return false;
  if ('value' in expect) return isDeepStrictEqual(value, expect.value);
  return rev === null ? null : rev === expect.rev;
}

function got(state: KeyState, reply: Members | null): KeyState | null {
  if (reply === null) return state;
  if (state.version === 0) return reply['found'] === false ? state : null;
  const fits =
    reply['found'] === true &&
    reply['version'] === state.version &&
    isDeepStrictEqual(reply['value'], state.value) &&
    isKnownAs(state.rev, reply['rev']) &&
    isKnownAs(state.created, reply['created']);
  return fits ? state : null;
}

function isKnownAs(known: number | null, told: unknown): boolean {
  return known === null || known === told;
}
