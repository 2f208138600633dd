import { votersOnly } from '../../lib/core/quorum.ts';
import type { Settings } from '../../lib/core/settings.ts';
import type { Configuration, NodeId, Term } from '../../lib/core/types.ts';

/** How much may happen in a world, all in all. What is not bounded here may happen at any time. */
export type Bounds = {
  /** Servers, all of them voters. */
  readonly nodes: number;
  /** Nobody stands for election in a later term. */
  readonly terms: Term;
  /** Commands that clients propose, each with a payload of its own. */
  readonly values: number;
  /** Crashes of each server. */
  readonly crashes: number;
  /** AppendEntries that are lost, and their sender is told so. */
  readonly drops: number;
  /** Messages that arrive once more than they were sent. */
  readonly duplicates: number;
  /** Beats that are heard. */
  readonly beats: number;
  /** Leaders that step down because they have heard of no quorum for too long. */
  readonly resignations: number;
  /** What is on the disks when it begins, nothing if not said; by server, from 1. */
  readonly disks?: readonly Recovered[];
};

/** A disk: the log as the terms of its entries, `'1 1 2'`, and the hard state. */
export type Recovered = { readonly log: string; readonly term: Term; readonly vote: NodeId | null };

export const BOUNDS: Bounds = {
  nodes: 3,
  terms: 2,
  values: 1,
  crashes: 1,
  drops: 0,
  duplicates: 0,
  beats: 0,
  resignations: 0,
};

/** Disks that an earlier time may have left: their logs, and all servers in the latest term of them. */
export function disksOf(logs: readonly string[]): readonly Recovered[] {
  const term = Math.max(0, ...logs.flatMap((log) => log.split(' ').map(Number)));
  return logs.map((log) => ({ log, term, vote: null }));
}

/** What may be taken together because it cannot make a difference; off only to prove that. */
export type Reductions = {
  /** Worlds that differ only in how the servers are numbered are one. */
  readonly symmetry: boolean;
  /** Answers that come too late for ever are gone. */
  readonly spentMail: boolean;
};

export const REDUCTIONS: Reductions = { symmetry: true, spentMail: true };

/** One entry a message, so that entries of one leader overtake each other; two in flight. */
export const SETTINGS: Settings = {
  heartbeatMs: 10,
  electionMsMin: 100,
  electionMsMax: 200,
  leaseMs: 0,
  diskStallMs: Number.MAX_SAFE_INTEGER,
  inflightMessagesMax: 2,
  inflightBytesMax: 1 << 20,
  messageBytesMax: 1,
  windowBytesMax: 1 << 20,
  uncommittedBytesMax: 1 << 20,
  keepEntries: 0,
};

export function configurationOf({ nodes }: Bounds): Configuration {
  return votersOnly(Array.from({ length: nodes }, (_, i) => i + 1));
}
