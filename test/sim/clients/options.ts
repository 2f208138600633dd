import type { Millis, NodeId } from '../../../lib/core/types.ts';
import type { Agenda } from '../agenda.ts';
import type { Chance } from '../chance.ts';
import type { Answer } from '../history/operation.ts';
import type { ClientsPlan } from '../plan.ts';
import type { SimNetwork } from '../world/network.ts';
import type { SessionAsking } from './in-session.ts';

/** What clients of a state machine ask; unlike the answer it may be of any shape. */
export type Asking<A> = {
  /** Draws the next request of a client. @param id of the request. */
  readonly draw: (chance: Chance, id: number, client: number) => A;
  /** An answer has come, for whoever wants to ask accordingly next time. */
  readonly learn: (client: number, ask: A, answer: Answer) => void;
  /** Whether the server that is asked answers from what it has itself. */
  readonly isLocal: (ask: A) => boolean;
  /** Left out if clients have no sessions. */
  readonly sessions?: SessionAsking<A>;
};

export type ClientsOptions<A> = {
  readonly agenda: Agenda;
  readonly seed: number;
  readonly plan: ClientsPlan;
  readonly servers: number;
  readonly network: SimNetwork;
  readonly asking: Asking<A>;
  /** One server in one of its lives, as far as clients can know. */
  readonly lifeOf: (server: NodeId) => string;
  /** A client was refused, or told that nobody knows. */
  readonly refused: (code: string) => void;
  /** Whether a server owes an answer to what it was asked `ms` ago: nothing has come between. */
  readonly owes: (server: NodeId, ms: Millis) => boolean;
  /** A client asks, or has an answer. */
  readonly asked: (client: number, server: NodeId, text: () => string) => void;
  /** A server has broken what it promises to clients. */
  readonly broken: (sentence: string) => void;
};
