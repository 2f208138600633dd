import type { Configuration, Index, NodeId, Term } from './types.ts';

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
  readonly configuration: Configuration;
};
