/** A bug of the two lists (see registry.ts) that is not planted, and why. */
export type NotPlanted = { readonly source: string; readonly why: string };

const SNAPSHOTS = 'there are no snapshots yet, and the log is never cut at its beginning';
const SESSIONS = 'there are no sessions yet: a write that is sent twice is two writes';

/**
 * What is not planted: what this version does not have, and what cannot be seen from outside
 * because something else guards against it as well.
 */
export const NOT_PLANTED: readonly NotPlanted[] = [
  ...'30 31 32 33 34 36 37'.split(' ').map((n) => ({ source: `m${n}`, why: SNAPSHOTS })),
  ...'50 51'.split(' ').map((n) => ({ source: `m${n}`, why: SESSIONS })),
  ...'44 45 46 47 61 62 64 65 67 68 95'.split(' ').map((n) => ({
    source: `bug ${n}`,
    why: SNAPSHOTS,
  })),
  {
    source: 'm38',
    why: 'a leader opens its term with an entry, so a probe always has one to bring along',
  },
  { source: 'm58', why: 'term and vote are in every batch of the log: there is no single copy' },
  {
    source: 'bug 7',
    why: 'a candidate asks once in a term, so only mail that is doubled is asked about twice',
  },
  {
    source: 'bug 16',
    why: 'a follower forgets its leader when its own time is up, so this costs an election timeout and no more',
  },
  {
    source: 'bug 22',
    why: 'a leader that hears nobody resigns after an election timeout, so it keeps nobody quiet for longer',
  },
  {
    source: 'bug 55',
    why: 'the data directory refuses this before there is a node (test/store/data-directory.test.ts)',
  },
  { source: 'bug 79', why: 'no message makes a node' },
];
