import type { Outcome, Release } from '../lib/core/outcome.ts';

/** What of an outcome concerns those who apply entries and serve clients. */
export type Decided = Omit<
  Outcome,
  'state' | 'write' | 'free' | 'sworn' | 'beat' | 'loads' | 'alarms' | 'wakeAt'
>;

/** That part of an outcome, without the rest. */
export function decidedOf(outcome: Decided & Partial<Outcome>): Decided {
  const { state, write, free, sworn, beat, loads, alarms, wakeAt, ...decided } = outcome;
  return decided;
}

/** True if `decided` says anything that is not known from the one `before` it. */
export function hasNews({ view, ...rest }: Decided, before: Decided | null): boolean {
  if (view !== before?.view) return true;
  return Object.values(rest).some((part) =>
    Array.isArray(part) ? part.length > 0 : part !== null,
  );
}

/**
 * Two in one, for whoever is far behind: lists one after the other, of everything else the newer. The
 * entries are left to be read from the log. Null if a lead was won or lost between the two, which
 * nobody may miss.
 */
export function mergeDecided(older: Decided, newer: Decided): Decided | null {
  const [a, b] = [older.view, newer.view];
  if (a.role !== b.role || a.term !== b.term || a.leader !== b.leader) return null;
  const merged = Object.entries(newer).map(([name, part]) => {
    const past = older[name as keyof Decided];
    if (Array.isArray(part) && Array.isArray(past)) return [name, [...past, ...part]];
    return [name, part ?? past];
  });
  const { release, ...decided } = Object.fromEntries(merged) as Decided;
  return { ...decided, release: release && withoutEntries(release) };
}

/** The same to whoever reads the entries from the log. */
export function withoutEntries(release: Release): Release {
  return { ...release, entries: [] };
}
