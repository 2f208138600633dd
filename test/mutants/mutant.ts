/**
 * A bug that is planted on purpose, to see whether the simulators find it. It is kept as text: the
 * shipped sources never hold it, and nothing in them can switch it on.
 */
export type Mutant = {
  /** Short, for the command line: `e3`. */
  readonly id: string;
  /** What the bug does, in kebab-case. */
  readonly name: string;
  readonly chapter: Chapter;
  /** The property that it breaks. */
  readonly breaks: string;
  /** Where it comes from (see registry.ts). */
  readonly source: readonly string[];
  readonly edits: readonly Edit[];
};

/** What a mutant is about; it decides who hunts it first. */
export type Chapter =
  | 'elections'
  | 'replication'
  | 'commit'
  | 'reads'
  | 'transfers'
  | 'membership'
  | 'log'
  | 'turns'
  | 'disk'
  | 'recovery'
  | 'streams'
  | 'desk'
  | 'wire'
  | 'snapshots'
  | 'watch'
  | 'database'
  | 'sessions';

/** Puts `replace` where `find` stands, which must be in exactly one place of the file. */
export type Edit = { readonly file: string; readonly find: string; readonly replace: string };

/** A chapter of the registry as it is written down: a row is one mutant. */
export type Row = Omit<Mutant, 'chapter'>;

export function inChapter(chapter: Chapter, rows: readonly Row[]): readonly Mutant[] {
  return rows.map((row) => ({ ...row, chapter }));
}

/**
 * @param text of the file as it is.
 * @returns the text with the bug in it.
 * @throws {Error} if `find` is not there, or in several places: then the source has moved on, and
 *   the registry has to follow.
 */
export function planted(text: string, { file, find, replace }: Edit): string {
  const places = text.split(find).length - 1;
  if (places !== 1) {
    throw new Error(`${file} holds ${places} times, and should hold once: ${find}`);
  }
  // A function, because a text may hold `$`.
  return text.replace(find, () => replace);
}
