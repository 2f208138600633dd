import type { Segment, SegmentEnd } from '../store/flight/read-recording.ts';
import type { Moment } from '../store/flight/replay.ts';
import type { Paint } from './colours.ts';
import { timeOf, wallOf } from './told-moment.ts';

/** More changes of role, or alarms, than this are counted only. */
const SHOWN_MAX = 100;

/** Something that a reader looks for, and the turn to look at. */
type Event = { readonly turn: number; readonly ms: number; readonly what: string };

/** One run of a node, from its start or the oldest segment that is left to its end. */
export type RunSummary = {
  readonly node: number;
  readonly cluster: string;
  readonly version: string;
  readonly from: string;
  to: string;
  segments: number;
  bytes: number;
  first_turn: number;
  turns: number;
  /** Turns between the first and the last that are in no file. */
  missing: number;
  readonly inputs: Record<string, number>;
  readonly roles: Event[];
  readonly alarms: Event[];
  end: string;
};

/** What a whole recording is about. Told of each segment, and then of its turns. */
export class Summary {
  readonly runs: RunSummary[] = [];
  #since: number | null = null;
  #segment: Segment | null = null;
  #turns = 0;
  #role = '';

  begin(segment: Segment): void {
    const { start, turns, bytes, end } = segment;
    const before = this.#segment?.start.began === start.began ? this.#segment : null;
    this.#segment = segment;
    if (!before) this.#beginRun(segment);
    const run = this.#run;
    run.segments += 1;
    run.bytes += bytes;
    run.end = endOf(end);
    run.to = timeOf(wallOf(segment, turns.at(-1)?.turn.now ?? start.now));
    if (before) {
      run.missing += start.turnsBefore - before.start.turnsBefore - before.turns.length;
    }
  }

  #beginRun({ start, turns }: Segment): void {
    const { owner, version, now } = start;
    const from = timeOf(wallOf({ start }, turns[0]?.turn.now ?? now));
    this.runs.push({
      node: owner.node,
      cluster: owner.cluster,
      version,
      from,
      to: from,
      segments: 0,
      bytes: 0,
      first_turn: this.#turns + 1,
      turns: 0,
      missing: 0,
      inputs: {},
      roles: [],
      alarms: [],
      end: '',
    });
    this.#role = '';
  }

  get #run(): RunSummary {
    return this.runs.at(-1) as RunSummary;
  }

  add({ segment, turn, number, state, result, isProven }: Moment): void {
    const at = wallOf(segment, turn.now);
    this.#since ??= at;
    const ms = Math.round(at - this.#since);
    const run = this.#run;
    run.turns += 1;
    this.#turns = number;
    for (const input of turn.inputs) {
      const kind = input.kind === 'Received' ? input.message.kind : input.kind;
      run.inputs[kind] = (run.inputs[kind] ?? 0) + 1;
    }
    const role = `${state.role.name} in term ${state.hard.term}`;
    if (role !== this.#role) run.roles.push({ turn: number, ms, what: role });
    this.#role = role;
    const alarms = 'outcome' in result ? result.outcome.alarms : [String(result.thrown)];
    for (const what of alarms) run.alarms.push({ turn: number, ms, what });
    if ('thrown' in result) run.end = `the node ended in turn ${number}: ${result.thrown.name}`;
    else if (!isProven) run.end = `the node ended in turn ${number}, which does not end it here`;
  }
}

function endOf(end: SegmentEnd): string {
  switch (end.kind) {
    case 'closed':
      return 'the node closed it in order';
    case 'torn':
      return `torn: the last ${end.bytes} bytes are no whole block, as after a power cut`;
    case 'full':
      return 'it goes on in a file that is not here';
    case 'open':
      return 'no end: the process was ended at once (such as by kill -9), or still records';
  }
}

/** A run, for people. */
export function showRun(run: RunSummary, paint: Paint): string {
  const last = run.first_turn + run.turns - 1;
  const seconds = ((Date.parse(run.to) - Date.parse(run.from)) / 1000).toFixed(1);
  const inputs = Object.entries(run.inputs)
    .sort(([, a], [, b]) => b - a)
    .map(([kind, count]) => `  ${String(count).padStart(9)} ${kind}`);
  return [
    paint(
      'bold',
      `node ${run.node} of cluster ${JSON.stringify(run.cluster)}, raftmq ${run.version}`,
    ),
    `  ${run.from} to ${run.to} (${seconds} s), ${run.segments} files, ${run.bytes} bytes`,
    `  turns ${run.first_turn} to ${last}, every one as recorded${run.missing > 0 ? `; ${run.missing} are missing between them` : ''}`,
    `  end: ${run.end}`,
    paint('bold', 'inputs'),
    ...inputs,
    paint('bold', 'roles'),
    ...shown(run.roles),
    paint('bold', 'alarms'),
    ...(run.alarms.length === 0 ? ['  none'] : shown(run.alarms)),
  ].join('\n');
}

function shown(events: readonly Event[]): readonly string[] {
  const lines = events
    .slice(0, SHOWN_MAX)
    .map(({ turn, ms, what }) => `  turn ${String(turn).padEnd(8)} +${ms} ms  ${what}`);
  const more = events.length - lines.length;
  return more > 0 ? [...lines, `  and ${more} more`] : lines;
}
