/** One word of a command line. */
export type Word = {
  readonly text: string;
  /** Written in quotes: taken as it is, never as a keyword. */
  readonly quoted: boolean;
};

/** Where a line continues after a word, and that word; or what is wrong with it. */
type Taken = { readonly word: Word; readonly end: number };

/**
 * Reads words off a line, one after another. A word ends at white space, unless it is in quotes or
 * in JSON brackets: `"a \"b\""` is a JSON string, `'a b'` is taken as it is, and `{"a": 1}` is kept
 * whole, white space and all.
 */
export class Words {
  readonly #line: string;
  #at = 0;

  constructor(line: string) {
    this.#line = line.trim();
  }

  get atEnd(): boolean {
    return this.#at >= this.#line.length;
  }

  /** The next word; null at the end; a sentence if it cannot be read. */
  next(): Word | string | null {
    if (this.atEnd) return null;
    const taken = takeWord(this.#line, this.#at);
    if (typeof taken === 'string') return taken;
    this.#at = skipSpace(this.#line, taken.end);
    return taken.word;
  }

  /** All that is left, as it was written; a single word in quotes loses them. */
  rest(): string | null {
    if (this.atEnd) return null;
    const rest = this.#line.slice(this.#at);
    this.#at = this.#line.length;
    const whole = /^'([^']*)'$/.exec(rest);
    return whole?.[1] ?? rest;
  }
}

function takeWord(line: string, start: number): Taken | string {
  const first = line[start];
  if (first === "'") return takeSingleQuoted(line, start);
  if (first === '"') return takeString(line, start);
  if (first === '{' || first === '[') return takeBrackets(line, start);
  const end = /\s|$/.exec(line.slice(start))?.index ?? 0;
  return { word: { text: line.slice(start, start + end), quoted: false }, end: start + end };
}

function takeSingleQuoted(line: string, start: number): Taken | string {
  const close = line.indexOf("'", start + 1);
  if (close < 0) return 'a single quote is not closed';
  return closed(line, close + 1, { text: line.slice(start + 1, close), quoted: true });
}

function takeString(line: string, start: number): Taken | string {
  const end = stringEnd(line, start);
  if (end === null) return 'a double quote is not closed';
  const written = line.slice(start, end);
  try {
    return closed(line, end, { text: JSON.parse(written), quoted: true });
  } catch {
    // Only JSON can say what its escapes mean, so what it refuses has no meaning here.
    return `${written} is no JSON string: write a backslash as \\\\`;
  }
}

/** Brackets may be in any order and need not be JSON: whoever uses the word finds out. */
function takeBrackets(line: string, start: number): Taken | string {
  let depth = 0;
  for (let at = start; at < line.length; at++) {
    const char = line[at] ?? '';
    if (char === '"') {
      const end = stringEnd(line, at);
      if (end === null) return 'a double quote is not closed';
      at = end - 1;
    } else if ('{['.includes(char)) depth++;
    else if ('}]'.includes(char) && --depth === 0) {
      return closed(line, at + 1, { text: line.slice(start, at + 1), quoted: false });
    }
  }
  return 'a bracket is not closed';
}

/** The end of a JSON string, past its closing quote, or null. */
function stringEnd(line: string, start: number): number | null {
  for (let at = start + 1; at < line.length; at++) {
    if (line[at] === '\\') at++;
    else if (line[at] === '"') return at + 1;
  }
  return null;
}

function closed(line: string, end: number, word: Word): Taken | string {
  if (end < line.length && !/\s/.test(line[end] ?? '')) {
    return `white space is missing before ${JSON.stringify(line.slice(end))}`;
  }
  return { word, end };
}

function skipSpace(line: string, start: number): number {
  let at = start;
  while (at < line.length && /\s/.test(line[at] ?? '')) at++;
  return at;
}
