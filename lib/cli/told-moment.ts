import { tellInput, tellOutcome, tellState } from '../core/tell.ts';
import { tellWhy } from '../core/why.ts';
import type { Segment } from '../store/flight/read-recording.ts';
import type { Moment } from '../store/flight/replay.ts';
import type { Paint } from './colours.ts';

/** A turn of a recording in words; a closed value, true after the replay has gone on. */
export type ToldMoment = {
  readonly turn: number;
  /** Since the first turn of the recording. */
  readonly ms: number;
  readonly time: string;
  readonly in: readonly string[];
  readonly out: readonly string[];
  readonly state: string;
  readonly why: readonly string[];
  /** False if the node ended before it could say what came of the turn. */
  readonly proven: boolean;
};

/** @param since when the recording began, in ms since the epoch. */
export function tellMoment(moment: Moment, since: number): ToldMoment {
  const { number, segment, turn, before, state, result, isProven } = moment;
  const at = wallOf(segment, turn.now);
  const ended = 'thrown' in result ? `the node ended in this turn: ${result.thrown}` : null;
  return {
    turn: number,
    ms: elapsed(at, since),
    time: timeOf(at),
    in: turn.inputs.map(tellInput),
    out: 'outcome' in result ? tellOutcome(result.outcome) : [],
    state: tellState(state),
    why: 'outcome' in result ? tellWhy(before, turn, result.outcome) : [ended ?? ''],
    proven: isProven,
  };
}

/** Milliseconds to the microsecond, as they are shown and asked for. */
export function elapsed(at: number, since: number): number {
  return Math.round((at - since) * 1000) / 1000;
}

/** When it was, in ms since the epoch, at `now` of the node's own clock. */
export function wallOf({ start }: Pick<Segment, 'start'>, now: number): number {
  return start.wall + (now - start.now);
}

/** `2026-03-04T14:03:07.512Z`, as in a JSON log; what cannot be a time is shown as it is. */
export function timeOf(wall: number): string {
  const time = new Date(wall);
  return Number.isNaN(time.getTime()) ? `${wall} ms` : time.toISOString();
}

/** A whole moment, for people. */
export function showMoment(told: ToldMoment, paint: Paint): string {
  const rows: readonly (readonly [string, readonly string[]])[] = [
    ['in', told.in],
    ['out', told.out.length === 0 ? ['nothing'] : told.out],
    ['state', [told.state]],
    ['why', told.why.length === 0 ? ['nothing changed'] : told.why],
    ['proof', [told.proven ? 'as recorded' : 'the recording ends before what came of it']],
  ];
  const head = paint('bold', `turn ${told.turn}`);
  const lines = rows.flatMap(([name, sentences]) =>
    sentences.map((one, i) => `  ${paint('dim', (i === 0 ? name : '').padEnd(5))}  ${one}`),
  );
  return [`${head}  ${told.time}  +${told.ms} ms`, ...lines].join('\n');
}

/** The lines of a moment, each with its turn before it: a story of many. */
export function storyOf(told: ToldMoment): readonly string[] {
  const head = `${told.turn} +${told.ms} ms`;
  return [
    ...told.in.map((line) => `${head} < ${line}`),
    ...told.out.map((line) => `${head} > ${line}`),
    `${head} = ${told.state}`,
    ...told.why.map((line) => `${head} ? ${line}`),
  ];
}
