import { type Entry, payloadOf } from '../core/entry.ts';
import { readClock } from '../core/log-clock.ts';
import { unpackMap } from '../wire/unpack.ts';
import { toJson } from './json.ts';
import { shownKey } from './show-item.ts';

/** More than this of one command is cut off. */
const SHOWN_CHARACTERS_MAX = 100;

/** What an entry asks for, on one short line of printable characters: `put a 1`. */
export function showCommand(entry: Entry): string {
  if (entry.kind === 'noop') return 'opens its term';
  if (entry.kind === 'config') return `configuration ${payloadOf(entry)}`;
  if (entry.kind === 'clock') return `${readClock(payloadOf(entry))} ms have passed`;
  const request = requestIn(entry);
  if (typeof request === 'string') return `no request: ${request}`;
  const shown = printable(inWords(request));
  return shown.length > SHOWN_CHARACTERS_MAX ? `${shown.slice(0, SHOWN_CHARACTERS_MAX)}…` : shown;
}

/** The members of a command by name; a sentence if it is no request. */
export function requestIn(entry: Entry): Record<string, unknown> | string {
  return unpackMap(payloadOf(entry));
}

function inWords(request: Record<string, unknown>): string {
  const { id: _, timeout: _timeout, session, seq, acked: _acked, ...asked } = request;
  const { op, key, value, expect, ...others } = asked;
  const words = [typeof op === 'string' ? op : toJson(op)];
  if (key !== undefined) words.push(typeof key === 'string' ? shownKey(key) : toJson(key));
  if (expect !== undefined) words.push(toJson(expect));
  if (value !== undefined) words.push(toJson(value));
  if (Object.keys(others).length > 0) words.push(toJson(others));
  if (session !== undefined) words.push(placeInWords(session, seq));
  return words.join(' ');
}

function placeInWords(session: unknown, seq: unknown): string {
  const number = seq === undefined ? '' : `, seq ${toJson(seq)}`;
  return `(session ${toJson(session)}${number})`;
}

/** JSON leaves control and direction marks beyond ASCII as they are; a terminal would obey them. */
function printable(text: string): string {
  return text.replace(/[\p{C}\u2028\u2029]/gu, (char) =>
    [...char].map((one) => `\\u{${(one.codePointAt(0) ?? 0).toString(16)}}`).join(''),
  );
}
