import type { CatchUp } from './catch-up.ts';
import type { Configuration, ConfigurationAt, Index, NodeId, Term } from './types.ts';

export type RoleName = 'follower' | 'precandidate' | 'candidate' | 'leader';

/** What may be seen from outside. The same object as in the last outcome if nothing changed. */
export type View = {
  readonly id: NodeId;
  readonly role: RoleName;
  readonly term: Term;
  readonly leader: NodeId | null;
  readonly commit: Index;
  readonly first: Index;
  readonly last: Index;
  /** Of the newest durable snapshot; 0 if there is none. */
  readonly snapshot: Index;
} & MembersView;

/** Who takes part, as a server sees it. */
export type MembersView = {
  /** The effective one: the latest in the log, committed or not. */
  readonly configuration: Configuration;
  /** All that the log may still fall back to, each with the index of its entry. */
  readonly configurations: readonly ConfigurationAt[];
  /** The index of its entry; it is committed once `commit` is there. */
  readonly configurationIndex: Index;
  /** Of a leader: the learners that have not caught up yet. Changes once a round. */
  readonly catchingUp: readonly CatchUp[];
  /** A committed configuration leaves this server out, and one before it did not. */
  readonly isRemoved: boolean;
};
