import { ConfigError, IdentityError, StorageError, TransportError } from '../kit/errors.ts';

/** What the operator is told about a fatal error. */
export type Fault = {
  readonly reason: string;
  /** Of a bug only: an operator cannot do anything with the stack of a full disk. */
  readonly stack?: string;
};

export function faultOf(error: unknown): Fault {
  if (!(error instanceof Error)) return { reason: String(error) };
  const expected =
    error instanceof ConfigError ||
    error instanceof StorageError ||
    error instanceof IdentityError ||
    error instanceof TransportError;
  if (expected) return { reason: withCauses(error) };
  const reason = `${withCauses(error)} (a bug in raftmq: please report it with the lines around this one)`;
  return error.stack === undefined ? { reason } : { reason, stack: error.stack };
}

/** The message, and in brackets those of its causes that it does not quote itself. */
function withCauses(error: Error): string {
  const causes: string[] = [];
  let cause = error.cause;
  for (let depth = 0; cause instanceof Error && depth < 5; depth++) {
    const { message } = cause;
    if (![error.message, ...causes].some((told) => told.includes(message))) causes.push(message);
    cause = cause.cause;
  }
  return causes.length === 0 ? error.message : `${error.message} (${causes.join(': ')})`;
}

/** Says on standard error why nothing more is done. */
export function complain({ reason, stack }: Fault): void {
  process.stderr.write(
    `raftmq: cannot go on: ${reason}\n${stack === undefined ? '' : `${stack}\n`}`,
  );
}
