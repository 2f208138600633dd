import { endpointProblem } from '../lib/kit/endpoint.ts';
import { nearest } from '../lib/kit/nearest.ts';

/** A kind of value: how it is written where only text can be written, and what it must be. */
export type ValueKind = {
  /** Completes the sentence "allowed is …". */
  readonly allowed: string;
  /** Reads the text of a flag or an environment variable; what cannot be read is kept as text. */
  read(text: string): unknown;
  /** All that is wrong with a value; none if it is of this kind. */
  check(value: unknown): readonly Fault[];
};

/** `at` says which part of the value is wrong: '' for the whole, `[2].peer` for a part. */
export type Fault = { readonly at: string; readonly problem: string };

/** A string of one line. */
export function text(allowed: string, pattern: RegExp): ValueKind {
  const holds = (value: unknown): boolean => typeof value === 'string' && pattern.test(value);
  return { allowed, read: (written) => written, check: whole(holds, allowed) };
}

export function choice(options: readonly string[]): ValueKind {
  const allowed = `one of ${options.join(', ')}`;
  const holds = (value: unknown): boolean => options.includes(value as string);
  return { allowed, read: (written) => written, check: whole(holds, allowed) };
}

/** A whole number between two others, both included. */
export function count(min: number, max: number, unit = ''): ValueKind {
  const allowed = `a whole number from ${min} to ${max}${unit === '' ? '' : ` (${unit})`}`;
  return { allowed, read: readNumber, check: whole(isCount(min, max), allowed) };
}

/** Two whole numbers, written `300,600` in text. */
export function range(min: number, max: number, unit: string): ValueKind {
  const allowed = `two whole numbers from ${min} to ${max} (${unit}), such as [300, 600]`;
  const holds = (value: unknown): boolean =>
    Array.isArray(value) && value.length === 2 && value.every(isCount(min, max));
  const read = (written: string): unknown => {
    const numbers = written
      .replace(/^\[(.*)\]$/s, '$1')
      .split(',')
      .map(readNumber);
    return numbers.every((number) => typeof number === 'number') ? numbers : written;
  };
  return { allowed, read, check: whole(holds, allowed) };
}

/** The nodes of a cluster, in text as JSON. */
export const NODES: ValueKind = {
  allowed:
    'a list of nodes such as {"id": 1, "peer": "tcp://10.0.0.1:7101", "client": "tcp://10.0.0.1:7201", "events": "tcp://10.0.0.1:7301"}',
  read: (written) => {
    try {
      return JSON.parse(written);
    } catch {
      return written; // the check says that text is not a list
    }
  },
  check: (value) => {
    if (!Array.isArray(value) || value.length === 0) return [fault('', value, NODES.allowed)];
    return value.flatMap((node: unknown, place) =>
      checkNode(node).map((found) => ({ ...found, at: `[${place}]${found.at}` })),
    );
  },
};

const NODE_FIELDS: Readonly<Record<string, (value: unknown) => Fault | null>> = {
  id: (value) => (isCount(1, ID_MAX)(value) ? null : fault('.id', value, ID_ALLOWED)),
  peer: (value) => checkEndpoint('.peer', value),
  client: (value) => checkEndpoint('.client', value),
  events: (value) => checkEndpoint('.events', value),
  http: (value) =>
    value === undefined || isHttp(value)
      ? null
      : fault('.http', value, 'an address such as http://127.0.0.1:7401'),
};

/** Ids travel as msgpack integers and as names of directories; this many is plenty for both. */
const ID_MAX = 2 ** 31 - 1;
const ID_ALLOWED = `a whole number from 1 to ${ID_MAX}`;

function checkNode(node: unknown): readonly Fault[] {
  if (!isPlainObject(node))
    return [fault('', node, 'a map with id, peer, client, events and http')];
  const faults: Fault[] = [];
  for (const [name, check] of Object.entries(NODE_FIELDS)) {
    const found = check(node[name]);
    if (found !== null) faults.push(found);
  }
  for (const name of Object.keys(node)) {
    if (Object.hasOwn(NODE_FIELDS, name)) continue;
    const near = nearest(name, Object.keys(NODE_FIELDS));
    const hint =
      near === null ? 'allowed are id, peer, client, events and http' : `did you mean ${near}?`;
    faults.push({ at: '', problem: `${JSON.stringify(name)} is no field of a node; ${hint}` });
  }
  return faults;
}

function checkEndpoint(at: string, value: unknown): Fault | null {
  if (typeof value !== 'string') return fault(at, value, 'an endpoint such as tcp://10.0.0.1:7101');
  const problem = endpointProblem(value);
  return problem === null ? null : { at, problem };
}

/** `http://HOST:PORT` and nothing behind it. */
function isHttp(value: unknown): boolean {
  if (typeof value !== 'string' || !URL.canParse(value)) return false;
  const { protocol, port, pathname, search, hash, username } = new URL(value);
  // a URL drops the port that is usual for http
  const hasPort = port !== '' || /:80\/?$/.test(value);
  return protocol === 'http:' && hasPort && pathname + search + hash + username === '/';
}

export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A value as a message shows it: short, and with quotes where it is text. */
export function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  const json = JSON.stringify(value);
  return json.length <= 80 ? json : `${json.slice(0, 77)}...`;
}

function fault(at: string, value: unknown, allowed: string): Fault {
  return { at, problem: `found ${show(value)}, allowed is ${allowed}` };
}

function whole(
  holds: (value: unknown) => boolean,
  allowed: string,
): (value: unknown) => readonly Fault[] {
  return (value) => (holds(value) ? [] : [fault('', value, allowed)]);
}

const isCount =
  (min: number, max: number) =>
  (value: unknown): boolean =>
    Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max;

/** Numbers as people write them; `1_000`, `0x10`, `1e3` and '' are kept as text, so they are faults. */
function readNumber(written: string): unknown {
  return /^\s*-?\d+(\.\d+)?\s*$/.test(written) ? Number(written) : written;
}
