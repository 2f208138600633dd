import type { Outcome, Release } from '../lib/core/outcome.ts';
import type { View } from '../lib/core/view.ts';

/** What of an outcome concerns those who apply entries and serve clients. */
export type Decided = Omit<
  Outcome,
  'state' | 'write' | 'free' | 'sworn' | 'beat' | 'loads' | 'alarms' | 'notices' | 'wakeAt'
>;

/** That part of an outcome, without the rest. */
export function decidedOf(outcome: Decided & Partial<Outcome>): Decided {
  const { state, write, free, sworn, beat, loads, alarms, notices, wakeAt, ...decided } = outcome;
  return decided;
}

/** True if `decided` says anything that is not known from the one `before` it. */
export function hasNews({ view, ...rest }: Decided, before: Decided | null): boolean {
  if (view !== before?.view) return true;
  return Object.values(rest).some((part) =>
    Array.isArray(part) ? part.length > 0 : part !== null,
  );
}

/** True if somebody may wait for it: not if entries were only appended, or the commit moved on. */
export function isUrgent({ view, accepted, ...rest }: Decided, before: Decided | null): boolean {
  if (before === null || !isSameLead(view, before.view)) return true;
  return hasNews({ accepted: [], view, ...rest }, { ...before, view });
}

function isSameLead(a: View, b: View): boolean {
  return a.role === b.role && a.term === b.term && a.leader === b.leader;
}

/**
 * Two in one, for whoever is far behind: lists one after the other, of everything else the newer. The
 * entries are left to be read from the log. Null if a lead was won or lost between the two, which
 * nobody may miss.
 */
export function mergeDecided(older: Decided, newer: Decided): Decided | null {
  if (!isSameLead(older.view, newer.view)) return null;
  const merged = Object.entries(newer).map(([name, part]) => {
    const past = older[name as keyof Decided];
    if (Array.isArray(part) && Array.isArray(past)) return [name, [...past, ...part]];
    return [name, part ?? past];
  });
  const { release, ...decided } = Object.fromEntries(merged) as Decided;
  if (!release) return { ...decided, release };
  const install = release.install ?? older.release?.install ?? null;
  return { ...decided, release: { ...withoutEntries(release), install } };
}

/** The same to whoever reads the entries from the log. */
export function withoutEntries(release: Release): Release {
  return { ...release, entries: [] };
}
