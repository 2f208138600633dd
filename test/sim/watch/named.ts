import type { Violation } from '../violation.ts';
import type { Tale } from './story-turn.ts';

/** What the sentence of a violation names. */
export type Named = {
  readonly terms: ReadonlySet<number>;
  readonly indexes: ReadonlySet<number>;
  readonly operations: ReadonlySet<number>;
};

/** Reads the numbers in what went wrong: `17/5` is an entry, and so is a number without a word. */
export function namedIn(violation: Violation | null): Named {
  const text = violation?.message ?? '';
  const [head = ''] = text.split('\n');
  const sentence = head.replaceAll(/\bn\d+/g, '');
  const all = (pattern: RegExp, source: string): number[] =>
    [...source.matchAll(pattern)].map(([, number]) => Number(number));
  const terms = all(/(?:\bterm |\d\/)(\d+)/g, sentence);
  const rest = sentence.replaceAll(/\bterm \d+/g, '').replaceAll(/\/\d+/g, '');
  const isOfClients = violation?.kind === 'history';
  const operations = [...all(/(?:operation|request) (\d+)/g, text), ...all(/\((\d+)\)/g, text)];
  return {
    terms: new Set(terms),
    indexes: new Set(isOfClients ? all(/\bindex[ =](\d+)/g, text) : all(/\b(\d+)\b/g, rest)),
    operations: new Set(operations),
  };
}

/** Whether a line is about one of the entries that are named. */
export function isAbout({ indexes }: Named, { entries }: Tale): boolean {
  if (entries === null) return false;
  const [first, last] = entries;
  for (const index of indexes) if (index >= first && index <= last) return true;
  return false;
}
