/** A bug of the two lists (see registry.ts) that is not planted, and why. */
export type NotPlanted = { readonly source: string; readonly why: string };

/**
 * What is not planted: what this version does not have, and what cannot be seen from outside
 * because something else guards against it as well.
 */
export const NOT_PLANTED: readonly NotPlanted[] = [
  {
    source: 'm32',
    why: 'sessions lie in the same tables as the keys, and a snapshot is a copy of all of them',
  },
  {
    source: 'm34',
    why: 'a snapshot is only known to the core once its file is synced, and the core alone says what the log lets go of',
  },
  {
    source: 'bug 44',
    why: 'what is compacted is bounded by what is released and by the snapshot at once: neither alone can be seen',
  },
  {
    source: 'bug 46',
    why: 'the log answers null for what it does not know, which is equal to no term',
  },
  {
    source: 'bug 61',
    why: 'recovery brings snapshot and log together at every start (test/store/snapshot/recover-server.test.ts)',
  },
  { source: 'bug 65', why: 'a snapshot is held against what is committed, not against the log' },
  {
    source: 'bug 67',
    why: 'that a shipment has ended, of whichever leadership, only makes a leader ask once more: what a follower holds it says itself',
  },
  { source: 'bug 68', why: 'the same as m32' },
  {
    source: 'bug 95',
    why: 'the base of the log is the first record of its oldest segment; there is no other place to forget it',
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
];
