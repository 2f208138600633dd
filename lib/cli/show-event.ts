import type { Paint, Style } from './colours.ts';
import { toJson } from './json.ts';

type Event = { readonly node: number; readonly at: number; readonly [field: string]: unknown };

/** By the beginning of the topic; what is not here is not coloured. */
const STYLES: readonly (readonly [string, Style])[] = [
  ['raft.heartbeat', 'dim'],
  ['raft.commit', 'dim'],
  ['raft.', 'magenta'],
  ['peer.up', 'green'],
  ['peer.down', 'red'],
  ['node.', 'yellow'],
  ['kv.', 'cyan'],
];

/** On every event, or of no use to people. */
const NOT_SHOWN: readonly string[] = ['node', 'at', 'seq', 'cluster', 'incarnation', 'check'];

/** An event on one line, for people: when, who, what. */
export function showEvent(topic: string, event: Event, paint: Paint): string {
  const style = STYLES.find(([start]) => topic.startsWith(start))?.[1];
  // a key may hold anything, but an event is one line
  const written = /\p{C}/u.test(topic) ? toJson(topic) : topic;
  const name = style === undefined ? written : paint(style, written);
  const fields = topic.startsWith('kv.') ? showChange(event) : showFields(event);
  return `${paint('dim', timeOf(event.at))} node ${event.node}  ${name}  ${fields}`;
}

/** The key is in the topic. */
function showChange({ rev, value, deleted }: Event): string {
  return `${deleted === true ? 'deleted' : `= ${toJson(value)}`}  rev ${rev}`;
}

function showFields(event: Event): string {
  return Object.entries(event)
    .filter(([name]) => !NOT_SHOWN.includes(name))
    .map(([name, value]) => `${name} ${typeof value === 'string' ? value : toJson(value)}`)
    .join(', ');
}

/** The time of day in our time zone, to the millisecond. */
function timeOf(atMs: number): string {
  const date = new Date(atMs);
  if (Number.isNaN(date.getTime())) return 'at no time   ';
  const pad = (number: number, digits = 2) => String(number).padStart(digits, '0');
  const seconds = `${pad(date.getSeconds())}.${pad(date.getMilliseconds(), 3)}`;
  return `${pad(date.getHours())}:${pad(date.getMinutes())}:${seconds}`;
}
