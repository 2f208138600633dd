import { unreachable } from '../../kit/assert.ts';
import type { Failure } from '../error.ts';
import type { Arguments } from '../request.ts';
import type { Answer, Ask } from './pursuit.ts';

/** Changes or keys in one reply; the node has a limit in bytes besides. */
const PAGE_MAX = 10_000;

/** The request that an ask is, for a watch of `prefix`. */
export function requestOf(
  ask: Ask,
  prefix: string,
): { readonly op: string; readonly args: Arguments } {
  switch (ask.kind) {
    case 'End':
      // a rev that is still to come has no changes after it, but the reply says which the last is
      return { op: 'changes', args: { since: Number.MAX_SAFE_INTEGER, limit: 1 } };
    case 'Changes': {
      const { since, atLeast } = ask;
      return { op: 'changes', args: { since, prefix, limit: PAGE_MAX, ...freshness(atLeast) } };
    }
    case 'Keys': {
      const { from, atLeast } = ask;
      const start = from === null ? {} : { from };
      return { op: 'range', args: { prefix, ...start, limit: PAGE_MAX, ...freshness(atLeast) } };
    }
    default:
      return unreachable(ask);
  }
}

/** Committed is committed on every node, so any that has a rev can tell what came up to it. */
function freshness(atLeast: number | null): Arguments {
  return atLeast === null ? { read: 'linearizable' } : { read: 'stale', atLeast };
}

/** A refusal that asking again will not change. Whatever else goes wrong passes, or so we hope. */
const FINAL: ReadonlySet<string> = new Set([
  'BAD_REQUEST',
  'UNKNOWN_OP',
  'UNAUTHORIZED',
  'TOO_LARGE',
  'CLOSED',
]);

/** What a refusal means for a watch; null if there is no use in asking again. */
export function answerIn({ code, oldest }: Failure): Answer | null {
  if (code === 'COMPACTED' && oldest !== undefined) return { kind: 'Compacted', oldest };
  return FINAL.has(code) ? null : { kind: 'Failed' };
}
