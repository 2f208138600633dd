import type { Config } from '../../config/schema.ts';
import type { Index } from '../../lib/core/types.ts';
import type { Identity } from '../../lib/wire/peer.ts';

/** All that a service thread is told when it is started: plain data, and memory that is shared. */
export type ServiceOrder = {
  readonly config: Config;
  readonly identity: Identity;
  readonly dbPath: string;
  /** Last entry of the log. */
  readonly logLast: Index;
  /** A module that exports `openMachine`, or null for the key-value database. */
  readonly machine: string | null;

  /** Set to 1, and whoever waits for it woken, once the thread has no socket open any more. */
  readonly closed: SharedArrayBuffer;
};
