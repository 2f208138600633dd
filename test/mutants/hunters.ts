import type { Chapter } from './mutant.ts';

/** What gave a mutant away: a rule that did not hold, a wrong history, or that nothing went on. */
export type Finding = {
  /** `crash`: the mutant itself threw, by an assertion of the shipped code or otherwise. */
  readonly kind: 'invariant' | 'history' | 'liveness' | 'crash';
  readonly rule: string;
  readonly seed?: number;
};

/** Looks for anything wrong, from the seed `firstSeed` on, for about so many `seconds` of processor time. */
export type Hunt = (limits: {
  readonly firstSeed: number;
  readonly seconds: number;
}) => Promise<Finding | null>;

/** Who can hunt. A simulator that is added here takes part in every hunt of its chapters. */
export const HUNTERS: Readonly<Record<string, () => Promise<Hunt>>> = {
  cores: async () => (await import('./hunt-cores.ts')).huntCores,
  explore: async () => (await import('./hunt-explore.ts')).huntExplore,
  'crash-states': async () => {
    const { huntCrashStates } = await import('../store/crash-states/hunt.ts');
    return ({ seconds }) => huntCrashStates({ operations: CRASHED_OPERATIONS, seconds });
  },
  sim: async () => (await import('../sim/hunt.ts')).hunt,
};

/** Longest sequence of operations on the log, every crash state of which is tried. */
const CRASHED_OPERATIONS = 3;

/** Who hunts the mutants of a chapter, the most promising first. */
const PROMISING: Readonly<Record<Chapter, readonly string[]>> = {
  elections: ['cores', 'explore', 'sim'],
  replication: ['cores', 'explore', 'sim'],
  commit: ['cores', 'explore', 'sim'],
  reads: ['cores', 'explore', 'sim'],
  transfers: ['cores', 'sim'],
  membership: ['cores', 'sim'],
  log: ['cores', 'explore', 'sim'],
  turns: ['cores', 'explore', 'sim'],
  disk: ['crash-states', 'sim'],
  recovery: ['crash-states', 'sim'],
  streams: ['sim'],
  desk: ['sim'],
  wire: ['sim'],
  watch: ['sim'],
  snapshots: ['cores', 'sim'],
  database: ['sim'],
  sessions: ['sim'],
};

/** Those of `chosen` that hunt mutants of `chapter`; of all there are if `chosen` is empty. */
export function huntersOf(chapter: Chapter, chosen: readonly string[]): readonly string[] {
  const wanted = chosen.length > 0 ? chosen : Object.keys(HUNTERS);
  return PROMISING[chapter].filter((name) => name in HUNTERS && wanted.includes(name));
}
