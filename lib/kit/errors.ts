/**
 * The families of failure (a refusal of a request is none of them: it is a value).
 *
 * Everything here is final: it ends a stream or the process. Each message says what is wrong,
 * where, and what to do about it.
 */

/** A bug in this program. Nobody catches it. */
export class InvariantViolation extends Error {
  override readonly name = 'InvariantViolation';
}

/**
 * The disk failed, or holds what this program must not guess about. The node stops; `code` lets a
 * supervisor and the tests tell the causes apart.
 */
export class StorageError extends Error {
  override readonly name = 'StorageError';
  readonly code: StorageCode;

  constructor(code: StorageCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export type StorageCode =
  /** A read, write or sync was refused by the operating system. */
  | 'IO'
  /** The disk is full. */
  | 'FULL'
  /** Another process holds the data directory. */
  | 'LOCKED'
  /** The directory belongs to another node or another cluster. */
  | 'FOREIGN'
  /** The directory belongs to a node that its cluster has removed. */
  | 'REMOVED'
  /** Bytes that were acknowledged once cannot be read back as they were written. */
  | 'CORRUPT'
  /** Written by a newer version of this program. */
  | 'TOO_NEW';

/** The configuration or the command line cannot be used. Holds every problem that was found. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

/**
 * The cluster does not take this node for one of its own: its data is another's, or gone, or the
 * cluster is another one. Starting it again as it is does not help.
 */
export class IdentityError extends Error {
  override readonly name = 'IdentityError';
}

/** A socket could not be opened or bound. */
export class TransportError extends Error {
  override readonly name = 'TransportError';
}
