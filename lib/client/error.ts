import type { Code, Outcome, Refusal } from '../wire/client.ts';

/**
 * What the client itself reports, beside the codes of the nodes:
 *
 * - `UNREACHABLE`: no node could be reached before the deadline, so the request was never sent.
 * - `CONNECTION_LOST`: sent, and the connection went before the reply came.
 * - `TOO_MANY_PENDING`: the client's own limit on unanswered requests is reached.
 * - `CLOSED`: the client was closed; `unknown` if the request had been sent.
 */
export type LocalCode = 'UNREACHABLE' | 'CONNECTION_LOST' | 'TOO_MANY_PENDING' | 'CLOSED';

/** A reply that is not ok as it came, or one that the client made up for its own codes. */
export type Failure = Omit<Refusal, 'code'> & {
  readonly code: Code | LocalCode;
  /** With COMPACTED: the oldest rev whose changes are still kept. */
  readonly oldest?: number;
};

/**
 * A request that was not carried out, or of which nobody can say whether it was.
 *
 * `outcome` is what a caller must look at before asking again: `rejected` means that it provably
 * never took and never will take effect, so repeating is safe; `unknown` means that it may have, or
 * may yet. The client has already repeated what was safe to repeat, until the deadline.
 */
export class RaftmqError extends Error {
  override readonly name = 'RaftmqError';
  readonly code: Code | LocalCode;
  readonly outcome: Outcome;
  /** Whom the node takes for the leader, if it said so. */
  readonly leader: Refusal['leader'];
  /** The operation that failed. */
  readonly op: string;
  /** The reply map, without its id. */
  readonly reply: Failure;

  constructor(op: string, reply: Failure) {
    super(`${op}: ${reply.message} (${reply.code}, ${reply.outcome})`);
    this.op = op;
    this.reply = reply;
    this.code = reply.code;
    this.outcome = reply.outcome;
    this.leader = reply.leader;
  }
}
