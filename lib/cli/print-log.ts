import { ConfigError, StorageError } from '../kit/errors.ts';
import { logOf } from '../store/doctor/layout.ts';
import { entriesOf, keptOf, type ReadableLog, readLog } from '../store/doctor/read-log.ts';
import type { Scan } from '../store/log/scan.ts';
import { segmentId } from '../store/log/segment.ts';
import { readArguments } from './arguments.ts';
import { paintFor } from './colours.ts';
import { namesAt, nodesAt } from './node-paths.ts';
import { OPTIONS } from './options.ts';
import { Output } from './output.ts';
import {
  showBatch,
  showEntry,
  showSummary,
  tellBatch,
  tellEntry,
  tellSummary,
} from './told-log.ts';

/** What is asked of a log, besides where it is. */
type Question = {
  readonly lines: 'none' | 'batches' | 'entries';
  readonly from: number;
  readonly to: number;
  /** Null for all. */
  readonly term: number | null;
  readonly limit: number;
  readonly json: boolean;
};

/**
 * `raftmq log`: prints write-ahead logs in words, changing nothing.
 *
 * @returns 1 if there is none, or it cannot be read to its end; what comes before is printed.
 * @throws {ConfigError} on bad usage.
 */
export async function run(argv: readonly string[]): Promise<number> {
  const { paths, question } = readQuestion(argv);
  let code = 0;
  for (const path of paths) {
    const problem = await printAt(path, question);
    if (problem === null) continue;
    process.stderr.write(`raftmq: ${problem}\n`);
    code = 1;
  }
  return code;
}

/** @returns why it cannot be read to its end, or null. */
async function printAt(path: string, question: Question): Promise<string | null> {
  try {
    const log = await readLog(path);
    if (log === null) return `${path} holds no log`;
    await print(path, log, question);
    return log.fault?.message ?? null;
  } catch (reason) {
    if (!(reason instanceof StorageError)) throw reason;
    return reason.message;
  }
}

async function print(path: string, log: ReadableLog, question: Question): Promise<void> {
  const out = new Output();
  try {
    const told = tellSummary(path, log);
    await out.line(
      question.json ? JSON.stringify(told) : showSummary(told, paintFor(process.stdout)),
    );
    if (log.scan !== null && question.lines === 'batches') {
      await printBatches(out, log, log.scan, question);
    }
    if (log.scan !== null && question.lines === 'entries') {
      await printEntries(out, log.scan, question);
    }
  } finally {
    await out.flush();
    await log.close();
  }
}

async function printBatches(
  out: Output,
  log: ReadableLog,
  scan: Scan,
  { limit, json }: Question,
): Promise<void> {
  let left = limit;
  await log.batches(async (batch) => {
    const told = tellBatch(batch, keptOf(batch, scan));
    await out.line(json ? JSON.stringify(told) : showBatch(told));
    left -= 1;
    return left > 0;
  });
}

async function printEntries(out: Output, scan: Scan, question: Question): Promise<void> {
  const [from, to] = rangeOf(scan, question);
  const last = Math.min(to, from + question.limit - 1);
  for await (const entry of entriesOf(scan, from, last)) {
    await out.line(question.json ? tellEntry(entry) : showEntry(entry));
  }
}

/** First and last index of what is wanted. Terms never fall, so those of one lie together. */
function rangeOf({ positions }: Scan, { from, to, term }: Question): readonly [number, number] {
  const { base, last, terms } = positions;
  const first = Math.max(from, base.index + 1);
  const end = Math.min(to, last.index);
  if (term === null) return [first, end];
  const place = terms.findIndex((start) => start.term === term);
  const start = terms[place];
  if (start === undefined) return [1, 0];
  const next = terms[place + 1]?.first ?? last.index + 1;
  return [Math.max(first, start.first), Math.min(end, next - 1)];
}

function readQuestion(argv: readonly string[]): {
  readonly paths: readonly string[];
  readonly question: Question;
} {
  const { words, options, settings, configFile } = readArguments(argv, OPTIONS.log, true);
  const problems = Object.keys(settings).map((name) => `--${name}: a log needs no settings`);
  if (configFile !== null) problems.push('--config: a log needs no settings');
  const [path = '', ...more] = words;
  let paths: readonly string[] = [];
  if (path === '') problems.push('which log? Name a directory such as data/1');
  else if (more.length > 0) problems.push(`${JSON.stringify(more[0])}: one directory at a time`);
  else paths = logsAt(path, problems);
  const question = questionIn(options, problems);
  if (problems.length > 0) throw new ConfigError(problems);
  return { paths, question };
}

/** A directory of a log, or those of the nodes. */
function logsAt(path: string, problems: string[]): readonly string[] {
  const names = namesAt(path, problems);
  if (problems.length > 0) return [];
  if (names.some((name) => segmentId(name) !== null)) return [path];
  return nodesAt(path, problems).map(logOf);
}

function questionIn(options: Readonly<Record<string, string>>, problems: string[]): Question {
  const { batches, entries, from, to, term, limit, json } = options;
  const isOfEntries = [entries, from, to, term].some((option) => option !== undefined);
  if (batches !== undefined && isOfEntries) {
    problems.push('--batches, and --entries with --from, --to and --term: one at a time');
  }
  const whole = (name: string, text: string | undefined, usual: number): number => {
    if (text === undefined) return usual;
    if (!/^[1-9]\d{0,14}$/.test(text)) problems.push(`--${name} ${text}: allowed is 1 or more`);
    return Number(text);
  };
  const lines = isOfEntries ? 'entries' : batches === undefined ? 'none' : 'batches';
  if (limit !== undefined && lines === 'none') {
    problems.push('--limit: of what? Say --entries or --batches');
  }
  return {
    lines,
    from: whole('from', from, 1),
    to: whole('to', to, Number.POSITIVE_INFINITY),
    term: term === undefined ? null : whole('term', term, 1),
    limit: whole('limit', limit, Number.POSITIVE_INFINITY),
    json: json !== undefined,
  };
}
