import { imageOf, restore } from '../../core/image.ts';
import type { Turn } from '../../core/input.ts';
import { checkState } from '../../core/invariants.ts';
import type { Outcome } from '../../core/outcome.ts';
import type { RaftState } from '../../core/state.ts';
import { step } from '../../core/step.ts';
import { tellState } from '../../core/tell.ts';
import { remember } from '../../core/why.ts';
import type { Before } from '../../core/why-case.ts';
import { pack } from '../../wire/pack.ts';
import { digestOf } from './digest.ts';
import { type RecordedTurn, RecordingFault, type Segment } from './read-recording.ts';
import { fieldsOfState } from './state-code.ts';

/** One turn, taken again. It is true until the next one is asked for: then its state has moved on. */
export type Moment = {
  /** Counts from 1 at the first turn that is replayed. */
  readonly number: number;
  readonly segment: Segment;
  readonly turn: Turn;
  readonly before: Before;
  /** The state after the turn; as far as it came, if it did not come to its end. */
  readonly state: RaftState;
  /** What the turn decided, or what ended the node in the middle of it. */
  readonly result: { readonly outcome: Outcome } | { readonly thrown: Error };
  /** False if the node died before it could say what came of the turn. */
  readonly isProven: boolean;
};

/**
 * Takes every turn of a recording again. What comes of each is compared with what was recorded, and
 * the state at the end of a segment, bit for bit, with the one that the next segment begins with.
 *
 * @throws {RecordingFault} naming the first turn that differs.
 */
export function* replay(segments: Iterable<Segment>): Generator<Moment> {
  let last: { segment: Segment; state: RaftState; isWhole: boolean } | null = null;
  let number = 0;
  for (const segment of segments) {
    if (last?.isWhole && follows(last.segment, segment)) mustBeSame(last.state, segment, number);
    const state = begin(segment);
    let isWhole = true;
    for (const recorded of segment.turns) {
      number += 1;
      const moment = take(segment, state, recorded, number);
      isWhole = moment.isProven;
      yield moment;
    }
    last = { segment, state, isWhole };
  }
}

/** True if `next` was begun when `last` was full, by the same run of the node. */
export function follows(last: Segment, next: Segment): boolean {
  const [a, b] = [last.start, next.start];
  return a.began === b.began && a.turnsBefore + last.turns.length === b.turnsBefore;
}

function begin({ image, name }: Segment): RaftState {
  try {
    const state = restore(image);
    checkState(state);
    return state;
  } catch (reason) {
    throw new RecordingFault(
      `${name} cannot be replayed: its first state is impossible: ${reason}`,
    );
  }
}

function take(
  segment: Segment,
  state: RaftState,
  { turn, digest }: RecordedTurn,
  number: number,
): Moment {
  const moment = { number, segment, turn, before: remember(state), state };
  let outcome: Outcome;
  try {
    outcome = step(state, turn);
  } catch (reason) {
    if (digest !== null) throw differs(segment, number, `it now ends with ${reason}`);
    const thrown = reason instanceof Error ? reason : new Error(String(reason));
    return { ...moment, result: { thrown }, isProven: false };
  }
  if (digest !== null && digest !== digestOf(outcome)) {
    throw differs(segment, number, `it now comes to ${tellState(state)}`);
  }
  return { ...moment, result: { outcome }, isProven: digest !== null };
}

function mustBeSame(state: RaftState, next: Segment, number: number): void {
  const [computed, recorded] = [imageOf(state), next.image].map((image) => {
    return pack(fieldsOfState(image));
  }) as [Buffer, Buffer];
  if (computed.equals(recorded)) return;
  throw differs(next, number, `the state after it is ${tellState(state)}`);
}

function differs({ name, start }: Segment, number: number, how: string): RecordingFault {
  return new RecordingFault(
    `${name}: turn ${number} differs from what was recorded by raftmq ${start.version}: ${how}`,
  );
}
