import {
  ConfigError,
  InvariantViolation,
  type StorageCode,
  StorageError,
  TransportError,
} from '../../lib/kit/errors.ts';

/** An error on its way to another thread, where only plain data arrives whole. */
export type Fault = {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  /** Of a StorageError. */
  readonly code?: StorageCode;
  /** Of a ConfigError. */
  readonly problems?: readonly string[];
  readonly cause?: Fault;
};

export function packFault(error: unknown): Fault {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), stack: undefined };
  const { name, message, stack, cause } = error;
  return {
    name,
    message,
    stack,
    ...(error instanceof StorageError && { code: error.code }),
    ...(error instanceof ConfigError && { problems: error.problems }),
    ...(cause instanceof Error && { cause: packFault(cause) }),
  };
}

/** The error again: of the same family, with the stack that it had where it was made. */
export function unpackFault(fault: Fault): Error {
  const error = make(fault);
  if (fault.stack !== undefined) error.stack = fault.stack;
  return error;
}

function make({ name, message, code, problems, cause: packed }: Fault): Error {
  const options = packed && { cause: unpackFault(packed) };
  if (code) return new StorageError(code, message, options);
  if (problems) return new ConfigError(problems);
  if (name === 'TransportError') return new TransportError(message, options);
  if (name === 'InvariantViolation') return new InvariantViolation(message, options);
  return new Error(message, options);
}
