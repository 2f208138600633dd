import type { Turn } from '../../lib/core/input.ts';
import type { Outcome } from '../../lib/core/outcome.ts';
import type { RaftState } from '../../lib/core/state.ts';
import type { Millis, NodeId } from '../../lib/core/types.ts';
import type { Action } from './script.ts';
import type { Party } from './world/lines.ts';

/**
 * Whoever looks on while a run is played, and changes nothing. `at` is the time of the world.
 * States are edited by later turns: what is kept of them has to be copied.
 */
export type Watcher = {
  /** A process begins with what its disk held. */
  readonly began?: (at: Millis, id: NodeId, state: RaftState) => void;
  /** A process has ended, however that came. */
  readonly ended?: (at: Millis, id: NodeId) => void;
  /** Something of the script happens to a server; it may be down, and notice nothing. */
  readonly struck?: (at: Millis, id: NodeId, action: Action) => void;
  /** A turn was taken; nothing of it is carried out yet. */
  readonly turn?: (at: Millis, id: NodeId, turn: Turn, outcome: Outcome) => void;
  /** A server hands mail, or a beat, to the network. */
  readonly sent?: (at: Millis, from: NodeId, to: NodeId, frames: readonly Uint8Array[]) => void;
  /** Mail or a beat has reached a server, whole or not. */
  readonly arrived?: (at: Millis, from: Party, to: NodeId, frames: readonly Uint8Array[]) => void;
  /** A fault strikes a server, its process ends or stops, or something else worth a line. */
  readonly noted?: (at: Millis, id: NodeId, line: string) => void;
  /** A client asks, or has an answer; told in words when asked for. */
  readonly asked?: (at: Millis, client: number, server: NodeId, text: () => string) => void;
};
