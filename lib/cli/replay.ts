import { existsSync } from 'node:fs';
import { ConfigError } from '../kit/errors.ts';
import { RecordingFault, readRecording, type Segment } from '../store/flight/read-recording.ts';
import { type Moment, replay } from '../store/flight/replay.ts';
import { readArguments } from './arguments.ts';
import { paintFor } from './colours.ts';
import { OPTIONS } from './options.ts';
import { Output } from './output.ts';
import { Summary, showRun } from './replay-summary.ts';
import { elapsed, showMoment, storyOf, tellMoment, wallOf } from './told-moment.ts';

/** What is asked of a recording, besides where it is. */
type Question =
  | { readonly kind: 'summary' }
  | { readonly kind: 'turn'; readonly turn: number }
  /** Milliseconds since the recording began, or a time, as ms since the epoch. */
  | { readonly kind: 'at'; readonly ms: number; readonly isTime: boolean }
  | { readonly kind: 'range'; readonly from: number; readonly to: number }
  | { readonly kind: 'find'; readonly text: string };

/**
 * `raftmq replay`: takes the steps of a flight recording again, and shows what they were.
 *
 * @returns 1 if it cannot be replayed, differs from what was recorded, or has no such turn.
 * @throws {ConfigError} on bad usage.
 */
export async function run(argv: readonly string[]): Promise<number> {
  const { path, question, json } = readQuestion(argv);
  const out = new Output();
  try {
    return await answer({ path, json, out }, question);
  } catch (reason) {
    if (!(reason instanceof RecordingFault)) throw reason;
    return fail(reason.message);
  } finally {
    await out.flush();
  }
}

/** Which recording is asked about, and where the answer goes. */
type Asked = { readonly path: string; readonly json: boolean; readonly out: Output };

async function answer(asked: Asked, question: Question): Promise<number> {
  switch (question.kind) {
    case 'summary':
      return summarise(asked);
    case 'turn':
      return showTurn(asked, question.turn);
    case 'at':
      return showTurn(asked, turnAt(asked.path, question));
    case 'range':
      return tellAll(asked, question.from, question.to, '');
    case 'find':
      return tellAll(asked, 1, Number.POSITIVE_INFINITY, question.text);
  }
}

async function summarise({ path, json, out }: Asked): Promise<number> {
  const paint = paintFor(process.stdout);
  const summary = new Summary();
  for (const moment of replay(shownTo(summary, readRecording(path)))) summary.add(moment);
  if (summary.runs.length === 0) return fail(`${path} is empty`);
  for (const run of summary.runs) await out.line(json ? JSON.stringify(run) : showRun(run, paint));
  return 0;
}

function* shownTo(summary: Summary, segments: Iterable<Segment>): Generator<Segment> {
  for (const segment of segments) {
    summary.begin(segment);
    yield segment;
  }
}

async function showTurn({ path, json, out }: Asked, turn: number): Promise<number> {
  let last = 0;
  for (const { moment, since } of timed(path)) {
    last = moment.number;
    if (last !== turn) continue;
    const told = tellMoment(moment, since);
    await out.line(json ? JSON.stringify(told) : showMoment(told, paintFor(process.stdout)));
    return 0;
  }
  return fail(`${path} has ${last} turns, and no turn ${turn}`);
}

/** The last turn at or before a moment; the first if all are later. */
function turnAt(path: string, { ms, isTime }: Question & { kind: 'at' }): number {
  let since: number | null = null;
  let turn = 0;
  for (const segment of readRecording(path)) {
    for (const { turn: recorded } of segment.turns) {
      const at = wallOf(segment, recorded.now);
      since ??= at;
      if (turn > 0 && (isTime ? at : elapsed(at, since)) > ms) return turn;
      turn += 1;
    }
  }
  return turn;
}

/** Tells turns `from` to `to`, as far as a line of them says `text`. */
async function tellAll(
  { path, json, out }: Asked,
  from: number,
  to: number,
  text: string,
): Promise<number> {
  let shown = 0;
  for (const { moment, since } of timed(path)) {
    if (moment.number > to) break;
    if (moment.number < from) continue;
    const told = tellMoment(moment, since);
    const lines = storyOf(told).filter((line) => line.includes(text));
    if (lines.length === 0) continue;
    shown += 1;
    await out.line(json ? JSON.stringify(told) : lines.join('\n'));
  }
  if (shown > 0) return 0;
  return fail(
    text === '' ? `${path} has no such turns` : `nothing in ${path} says ${JSON.stringify(text)}`,
  );
}

function* timed(path: string): Generator<{ moment: Moment; since: number }> {
  let since: number | null = null;
  for (const moment of replay(readRecording(path))) {
    since ??= wallOf(moment.segment, moment.turn.now);
    yield { moment, since };
  }
}

function fail(problem: string): number {
  process.stderr.write(`raftmq: ${problem}\n`);
  return 1;
}

function readQuestion(argv: readonly string[]): {
  readonly path: string;
  readonly question: Question;
  readonly json: boolean;
} {
  const { words, options, settings, configFile } = readArguments(argv, OPTIONS.replay, true);
  const problems = Object.keys(settings).map(
    (path) => `--${path}: a recording has its own settings`,
  );
  if (configFile !== null) problems.push('--config: a recording has its own settings');
  const [path = '', ...more] = words;
  if (path === '')
    problems.push('which recording? Name a file of it, or a directory such as data/1');
  else if (more.length > 0) problems.push(`${JSON.stringify(more[0])}: one recording at a time`);
  else if (!existsSync(path)) problems.push(`${path}: there is no such file or directory`);
  const question = questionIn(options, problems);
  if (problems.length > 0) throw new ConfigError(problems);
  return { path, question, json: options['json'] !== undefined };
}

function questionIn(options: Readonly<Record<string, string>>, problems: string[]): Question {
  const { at, turn, from, to, find } = options;
  const asked = [at, turn, from ?? to, find].filter((option) => option !== undefined);
  if (asked.length > 1) problems.push('--at, --turn, --from with --to, and --find: one at a time');
  const whole = (name: string, text: string): number => {
    if (!/^[1-9]\d{0,14}$/.test(text)) problems.push(`--${name} ${text}: turns count from 1`);
    return Number(text);
  };
  if (turn !== undefined) return { kind: 'turn', turn: whole('turn', turn) };
  if (find !== undefined) return { kind: 'find', text: find };
  if (from !== undefined || to !== undefined) {
    const first = from === undefined ? 1 : whole('from', from);
    return { kind: 'range', from: first, to: to === undefined ? Infinity : whole('to', to) };
  }
  if (at === undefined) return { kind: 'summary' };
  const isTime = !/^\d+(\.\d+)?$/.test(at);
  const ms = isTime ? Date.parse(at) : Number(at);
  if (Number.isNaN(ms)) {
    problems.push(
      `--at ${at}: allowed are ms since the recording began, or a time such as 2026-03-04T14:03:07.512Z`,
    );
  }
  return { kind: 'at', ms, isTime };
}
