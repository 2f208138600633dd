import type { NodeId } from '../../lib/core/types.ts';

/** One command: its words, and how it was written. */
export type Line = {
  readonly text: string;
  readonly verb: string;
  readonly words: readonly string[];
  /** What was given as `name=value`. */
  readonly options: ReadonlyMap<string, string>;
  readonly isQuiet: boolean;
};

/** Commands that are printed together, or only comments. */
export type Block = { readonly comments: readonly string[]; readonly commands: readonly Line[] };

/** Reads a script; what earlier plays printed after `----` is skipped. */
export function parse(script: string): readonly Block[] {
  return script
    .trim()
    .split(/\n{2,}/)
    .map((block) => {
      const lines = block.split('\n');
      const end = lines.indexOf('----');
      const before = end === -1 ? lines : lines.slice(0, end);
      return {
        comments: before.filter((line) => line.startsWith('#')),
        commands: before.filter((line) => !line.startsWith('#')).map(toLine),
      };
    });
}

function toLine(text: string): Line {
  const parts = text.split(/\s+/).filter(Boolean);
  const isQuiet = parts[0] === 'quietly';
  const [verb = '', ...rest] = isQuiet ? parts.slice(1) : parts;
  const options = rest.filter((part) => part.includes('='));
  return {
    text,
    verb,
    words: rest.filter((part) => !part.includes('=')),
    options: new Map(options.map((part) => part.split('=', 2) as [string, string])),
    isQuiet,
  };
}

/** The first comment of a script is its rule, up to the first empty comment or command. */
export function titleOf(script: string): string {
  const lines: string[] = [];
  for (const line of script.split('\n')) {
    if (!line.startsWith('# ')) break;
    lines.push(line.slice(2));
  }
  return lines.join(' ');
}

/** A direction between two servers; null stands for everybody. */
export type Link = { readonly from: NodeId | null; readonly to: NodeId | null };

/** `n1->n2` is that link, `n2` all links to it. */
export function linkIn(word: string): Link {
  const [first, second] = word.split('->');
  return second === undefined
    ? { from: null, to: serverIn(first) }
    : { from: serverIn(first), to: serverIn(second) };
}

/** `n3` is server 3. */
export function serverIn(word = ''): NodeId {
  const id = /^n(\d+)$/.exec(word)?.[1];
  if (id === undefined) throw new Error(`not a server: '${word}'`);
  return Number(id);
}

/** `7` is that token, `7..9` are 7, 8 and 9. */
export function tokensIn(words: readonly string[]): readonly number[] {
  return words.flatMap((word) => {
    const [first = 0, last = first] = word.split('..').map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}
