import { encodeRequest, TIMEOUT_MS_MAX } from '../wire/client.ts';
import { type Failure, RaftmqError } from './error.ts';

/** Arguments of an operation by name, as INTERFACE §3 lists them. */
export type Arguments = { readonly [name: string]: unknown };
/** The members of a successful reply besides `id` and `ok`. */
export type Result = { readonly [member: string]: unknown };

export type RequestOptions = {
  /** Overrides the client's own deadline, in ms. */
  readonly timeoutMs?: number;
};

/** The deadline a node applies to a request that names none (INTERFACE §3). */
const NODE_TIMEOUT_MS = 5000;
/** Whether a deadline in ms is one that nodes take. */
export function isTimeout(timeoutMs: unknown): timeoutMs is number {
  return (
    Number.isInteger(timeoutMs) && Number(timeoutMs) >= 1 && Number(timeoutMs) <= TIMEOUT_MS_MAX
  );
}

/** What is wrong with the deadline called `name`, and what would be right. */
export function timeoutProblem(name: string): string {
  return `${name} must be an integer from 1 to ${TIMEOUT_MS_MAX} ms`;
}

/**
 * The frame of a request.
 *
 * @throws {RaftmqError} BAD_REQUEST if an argument cannot be written.
 */
export function encode(id: number, op: string, args: Arguments, timeoutMs: number): Uint8Array {
  const { id: member, ...others } = args;
  // on the wire `id` names the request, so a member is named by `node`
  const written = member === undefined ? args : { node: member, ...others };
  try {
    return encodeRequest(id, op, written, timeoutMs === NODE_TIMEOUT_MS ? undefined : timeoutMs);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw refused(op, 'BAD_REQUEST', `the arguments cannot be written as msgpack: ${reason}`);
  }
}

/** A request that the client itself refuses, before anything is sent. */
export function refused(op: string, code: Failure['code'], message: string): RaftmqError {
  return new RaftmqError(op, { ok: false, code, outcome: 'rejected', message });
}
