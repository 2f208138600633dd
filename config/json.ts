/** Where a text stops being JSON, and what JSON allows there. Lines and columns count from 1. */
export type JsonFault = {
  readonly line: number;
  readonly column: number;
  readonly found: string;
  readonly allowed: string;
};

/** One token, after white space. What does not match is no token. */
const TOKEN =
  /[ \t\r\n]*(?:(?<mark>[{}[\],:])|(?<text>"(?:[^"\\\p{Cc}]|[\x7f-\x9f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*")|(?<other>-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.+-])|(?:true|false|null)(?!\w)))/uy;

/** What may come next, as people call it. */
const VALUE = 'a value';
const VALUE_OR_END = 'a value or "]"';
const NAME = 'a name in double quotes';
const NAME_OR_END = 'a name in double quotes or "}"';
const COLON = '":"';
const END = 'the end of the file';

/**
 * Finds the first thing that keeps `text` from being JSON. The engine's own message says where only
 * in some versions and for some faults, and people look for the place.
 *
 * @returns null if there is nothing wrong.
 */
export function jsonFault(text: string): JsonFault | null {
  const open: ('{' | '[')[] = [];
  let allowed: string = VALUE;
  let at = 0;
  for (;;) {
    TOKEN.lastIndex = at;
    const token = TOKEN.exec(text)?.groups;
    const next = token === undefined ? null : after(token, allowed, open);
    if (next === null) {
      return allowed === END && spaceEnd(text, at) === text.length
        ? null
        : fault(text, at, allowed);
    }
    allowed = next;
    at = TOKEN.lastIndex;
  }
}

/** What may follow `token`, or null if it may not stand where `allowed` is. Keeps `open` up. */
function after(
  token: Record<string, string | undefined>,
  allowed: string,
  open: ('{' | '[')[],
): string | null {
  const { mark, text } = token;
  if (mark === undefined) {
    if (text !== undefined && (allowed === NAME || allowed === NAME_OR_END)) return COLON;
    return allowed === VALUE || allowed === VALUE_OR_END ? following(open) : null;
  }
  if (mark === ':') return allowed === COLON ? VALUE : null;
  if (mark === ',') {
    if (allowed !== following(open) || allowed === END) return null;
    return open.at(-1) === '{' ? NAME : VALUE;
  }
  if (mark === '{' || mark === '[') {
    if (allowed !== VALUE && allowed !== VALUE_OR_END) return null;
    open.push(mark);
    return mark === '{' ? NAME_OR_END : VALUE_OR_END;
  }
  const closes = open.at(-1) === (mark === '}' ? '{' : '[');
  const empty = mark === '}' ? NAME_OR_END : VALUE_OR_END;
  if (!closes || (allowed !== empty && allowed !== following(open))) return null;
  open.pop();
  return following(open);
}

/** What may follow a value. */
function following(open: readonly ('{' | '[')[]): string {
  const inside = open.at(-1);
  if (inside === undefined) return END;
  return inside === '{' ? '"," or "}"' : '"," or "]"';
}

/** Where the white space that starts at `at` ends. */
function spaceEnd(text: string, at: number): number {
  SPACE.lastIndex = at;
  SPACE.exec(text);
  return SPACE.lastIndex;
}
const SPACE = /[ \t\r\n]*/y;

function fault(text: string, before: number, allowed: string): JsonFault {
  const at = spaceEnd(text, before);
  const lines = text.slice(0, at).split('\n');
  const found = /^(?:"[^"\n]{0,30}"?|[\w.+-]{1,30}|.)/su.exec(text.slice(at))?.[0];
  return {
    line: lines.length,
    column: (lines.at(-1) ?? '').length + 1,
    found: found ?? 'the end of the file',
    allowed,
  };
}
