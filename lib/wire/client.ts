import type { Raw } from './raw.ts';

/** What a client asks, decoded as far as every operation needs it (INTERFACE §3). */
export type Request = {
  readonly id: number;
  readonly op: string;
  readonly timeoutMs: number;
  readonly session: number | null;
  readonly seq: number | null;
  /** The frame as the client sent it: what is put into the log. */
  readonly frame: Uint8Array;
  /** The other members of the map by name, undecoded. */
  readonly args: ReadonlyMap<string, Raw>;
};

/** The members of a successful reply besides `id` and `ok`. A Raw member is embedded as it is. */
export type Reply = { readonly ok: true } & { readonly [member: string]: unknown };

export type Outcome = 'rejected' | 'unknown';

/** A reply that is not ok. `rejected` provably never took and never will take effect. */
export type Refusal = {
  readonly ok: false;
  readonly code: Code;
  readonly message: string;
  readonly outcome: Outcome;
  readonly leader?: { readonly id: number; readonly client: string };
};

/** Every code a client can meet, and whether the request may have taken effect. */
export const CODES = {
  BAD_REQUEST: 'rejected',
  UNKNOWN_OP: 'rejected',
  TOO_LARGE: 'rejected',
  UNAUTHORIZED: 'rejected',
  NOT_LEADER: 'rejected',
  NO_LEADER: 'rejected',
  BUSY: 'rejected',
  TRANSFERRING: 'rejected',
  SHUTTING_DOWN: 'rejected',
  SESSION_EXPIRED: 'rejected',
  COMPACTED: 'rejected',
  CONFIG_IN_PROGRESS: 'rejected',
  NOT_A_MEMBER: 'rejected',
  NOT_READY: 'rejected',
  TIMEOUT: 'unknown',
  LEADERSHIP_LOST: 'unknown',
} as const satisfies Record<string, Outcome>;

export type Code = keyof typeof CODES;
