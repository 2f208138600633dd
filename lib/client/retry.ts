import type { Code, Refusal } from '../wire/client.ts';

/**
 * What becomes of a request that was refused:
 *
 * - `fail`: its caller is told.
 * - `redirect`: to the leader that the refusal names, or elsewhere if it names none.
 * - `elsewhere`: after a while, to another node if there is one: this one cannot help now.
 * - `later`: after a while, to whichever node is best: all of them would say the same now.
 */
export type Verdict = 'fail' | 'redirect' | 'elsewhere' | 'later';

const REPEATED: Partial<Record<Code, Verdict>> = {
  NOT_LEADER: 'redirect',
  NO_LEADER: 'elsewhere',
  NOT_READY: 'elsewhere',
  SHUTTING_DOWN: 'elsewhere',
  BUSY: 'later',
  TRANSFERRING: 'later',
  TIMEOUT: 'elsewhere',
  LEADERSHIP_LOST: 'elsewhere',
};

/**
 * Only what provably had no effect is repeated, unless it is safe to have it twice: a read has none,
 * and a write in a session has its effect once. The caller decides about any other write of which
 * the outcome is `unknown`.
 */
export function verdictOn(refusal: Refusal, op: string, isSafe: boolean): Verdict {
  if (op === 'transfer' && FINAL_FOR_TRANSFERS.has(refusal.code)) return 'fail';
  return repeatable(refusal, isSafe);
}

/**
 * Of a transfer these say that its target cannot lead, or that somebody wants another one to: asking
 * again would keep writers waiting, or fight with whoever that was.
 */
const FINAL_FOR_TRANSFERS: ReadonlySet<string> = new Set<Code>(['NOT_READY', 'TRANSFERRING']);

function repeatable(refusal: Refusal, isSafe: boolean): Verdict {
  if (refusal.outcome !== 'rejected' && !isSafe) return 'fail';
  return REPEATED[refusal.code] ?? 'fail';
}

const READS: ReadonlySet<string> = new Set([
  'get',
  'range',
  'changes',
  'status',
  'members',
  'snapshot',
]);

/** Whether carrying `op` out twice is the same as once. An unknown op is taken for a write. */
export function isRead(op: string): boolean {
  return READS.has(op);
}

const BACKOFF_MS_MIN = 20;
/** An election takes about so long: waiting longer would only delay the news. */
const BACKOFF_MS_MAX = 400;

/**
 * How long to wait before attempt number `attempt` + 1: doubling, with half of it left to chance,
 * so that many clients who were refused at once do not all come back at once.
 */
export function backoffMs(attempt: number, chance: number): number {
  const ms = Math.min(BACKOFF_MS_MAX, BACKOFF_MS_MIN * 2 ** Math.min(attempt - 1, 10));
  return ms * (0.5 + 0.5 * chance);
}
