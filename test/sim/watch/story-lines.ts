import type { Millis } from '../../../lib/core/types.ts';
import { Meanwhile } from './meanwhile.ts';
import { isAbout, type Named } from './named.ts';
import type { Tale } from './story-turn.ts';

/** Part of a story that details of what went wrong may take. */
const NAMED_PART = 0.4;

/** One sentence of a story; `order` is its place among all that happened. */
export type Line = Tale & {
  readonly at: Millis;
  readonly order: number;
  /** The request of a client that it is about, or null. */
  readonly operation: number | null;
};

/** What went on between two lines. */
type Pause = { readonly at: Millis; readonly order: number; readonly meanwhile: Meanwhile };

export type Piece = Line | Pause;

/**
 * The weightiest lines that there is room for, oldest first, with what went on between them.
 *
 * @param details told only if they are about what is `named`.
 * @param room most lines.
 */
export function tellPieces(
  pieces: readonly Piece[],
  details: readonly Line[],
  room: number,
  named: Named,
): readonly string[] {
  const isNamed = (line: Line): boolean =>
    isAbout(named, line) || (line.operation !== null && named.operations.has(line.operation));
  const close = distinct(details.filter(isNamed)).slice(-Math.floor(room * NAMED_PART));
  const lines = pieces.filter((piece) => 'text' in piece);
  const pauses = pieces.filter((piece) => 'meanwhile' in piece);
  const rankOf = (line: Line): number => {
    if (isNamed(line)) return 0;
    if (line.term !== null && named.terms.has(line.term)) return 1;
    return line.weight === 'event' ? 2 : 3;
  };
  const ranked = [...lines, ...close].sort((a, b) => rankOf(a) - rankOf(b) || b.order - a.order);
  for (let count = Math.min(room, ranked.length); ; count -= 1) {
    const told = weave(ranked.slice(0, count), pauses);
    const left = ranked.length - count;
    const note = left === 0 ? [] : [`(${left} lines that matter less are left out)`];
    if (note.length + told.length <= room || count === 0) return [...note, ...told];
  }
}

/** Lines in order, and between them, added up, what is news of the rest. */
function weave(lines: readonly Line[], pauses: readonly Pause[]): readonly string[] {
  const told: string[] = [];
  let since: Millis = 0;
  let before: Millis = 0;
  let meanwhile = new Meanwhile();
  for (const piece of [...lines, ...pauses].sort((a, b) => a.order - b.order)) {
    if ('meanwhile' in piece) {
      if (meanwhile.isEmpty) since = piece.at;
      meanwhile.add(piece.meanwhile);
      continue;
    }
    if (meanwhile.isNews) {
      told.push(lineOf(Math.max(since, before), meanwhile.tell()));
      meanwhile = new Meanwhile();
    }
    told.push(lineOf(piece.at, piece.text));
    before = piece.at;
  }
  if (!meanwhile.isEmpty) told.push(lineOf(Math.max(since, before), meanwhile.tell()));
  return told;
}

/** The same sentence said again and again is said once, where it was said first. */
function distinct(lines: readonly Line[]): readonly Line[] {
  const said = new Set<string>();
  return lines.filter(({ text }) => !said.has(text) && said.add(text));
}

function lineOf(at: Millis, text: string): string {
  return `${at.toFixed(2).padStart(9)}  ${text}`;
}
