import { type DestinationStream, pino } from 'pino';
import type { LogConfig } from '../../config/schema.ts';
import { type LogFields, type Logger, type LogLevel, RESERVED_FIELDS } from '../kit/logger.ts';
import { type Paint, paintFor, type Style } from './colours.ts';
import { sentence, show } from './log-lines.ts';

/**
 * The log of one node, on standard output: one line an event, written before the call returns, so
 * that nothing is lost however the process ends.
 *
 * @param node the id that stands in each line.
 */
export function openLogger(
  config: LogConfig,
  node: number,
  output: DestinationStream = pino.destination({ fd: 1, sync: true }),
): Logger {
  const lines = isPretty(config) ? prettyStream(output, paintFor(process.stdout)) : output;
  const options = {
    level: config.level,
    base: { node },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (level: string) => ({ level }) },
  };
  const log = pino(options, lines);
  const at =
    (level: LogLevel) =>
    (event: string, fields: LogFields = {}): void => {
      if (log.isLevelEnabled(level)) log[level]({ event, ...fields }, sentence(event, fields).text);
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** True if lines are for people. */
export function isPretty({ format }: LogConfig): boolean {
  return format === 'pretty' || (format === 'auto' && process.stdout.isTTY === true);
}

function prettyStream(output: DestinationStream, paint: Paint): DestinationStream {
  return {
    write: (json) => {
      const record = readRecord(json);
      output.write(record === null ? json : `${prettyLine(record, paint, true)}\n`);
    },
  };
}

/** One line of a JSON log. */
export type LogRecord = {
  readonly level: string;
  readonly time: string;
  readonly node: number;
  readonly event: string;
  readonly fields: LogFields;
};

/** Reads a line of a JSON log; null if it is something else, such as a message of Node.js itself. */
export function readRecord(line: string): LogRecord | null {
  if (!line.startsWith('{')) return null;
  let parsed: Record<string, unknown>;
  try {
    parsed = JSON.parse(line);
  } catch {
    return null; // it only looked like one; whoever asked shows the line as it is
  }
  const { level, time, node, event } = parsed;
  if (typeof level !== 'string' || typeof time !== 'string') return null;
  if (typeof node !== 'number' || typeof event !== 'string') return null;
  const fields = Object.entries(parsed).filter(([name]) => !RESERVED.has(name));
  return { level, time, node, event, fields: Object.fromEntries(fields) };
}

const RESERVED: ReadonlySet<string> = new Set(RESERVED_FIELDS);

const LEVEL_STYLES: Readonly<Record<string, Style>> = {
  debug: 'dim',
  info: 'green',
  warn: 'yellow',
  error: 'red',
};

/** Events that a reader looks for. */
const HEADLINES: ReadonlySet<string> = new Set(['role', 'leader', 'leader.lost', 'fatal']);

/** `14:03:07.512 info  node 1  LEADER of term 3`, and a stack below it if there is one. */
export function prettyLine(record: LogRecord, paint: Paint, withNode: boolean): string {
  const { level, event, node } = record;
  const { stack, ...fields } = record.fields;
  const { text, rest } = sentence(event, fields);
  const style = LEVEL_STYLES[level] ?? 'dim';
  const parts = [
    paint('dim', localTime(record.time)),
    paint(style, level.padEnd(5)),
    ...(withNode ? [`node ${node} `] : []),
    HEADLINES.has(event) ? paint('bold', text) : level === 'info' ? text : paint(style, text),
    ...rest.map(([name, value]) => paint('dim', `${name}=${show(value)}`)),
  ];
  return parts.join(' ') + (typeof stack === 'string' ? `\n${stack}` : '');
}

function localTime(iso: string): string {
  const time = new Date(iso);
  const two = (number: number): string => String(number).padStart(2, '0');
  const clock = [time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(':');
  return `${clock}.${String(time.getMilliseconds()).padStart(3, '0')}`;
}
