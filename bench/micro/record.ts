import { join } from 'node:path';
import { setImmediate as trip } from 'node:timers/promises';
import type { Input, Turn } from '../../lib/core/input.ts';
import { step } from '../../lib/core/step.ts';
import { assert } from '../../lib/kit/assert.ts';
import { SILENT } from '../../lib/kit/logger.ts';
import { openRecorder } from '../../lib/store/flight/open-recorder.ts';
import { realClock } from '../../streams/real-clock.ts';
import type { Site } from '../site.ts';
import { LATER_MS, leaderOfThree } from './core.ts';
import { BATCHES, putFrame } from './requests.ts';
import { type Timing, timing } from './timing.ts';

const RING_BYTES = 256 << 20;
/** Between two trips round the loop, on which the recorder makes its files. */
const TURNS = 32;

/** What the flight recorder adds to the two turns of a leader in which commands come and commit. */
export async function measureRecorder(site: Site): Promise<readonly Timing[]> {
  const owner = { cluster: 'bench', node: 1, incarnation: 1 };
  const options = { owner, version: '0', clock: realClock, logger: SILENT };
  const opened = await openRecorder(join(site.directory, 'flight'), RING_BYTES, options);
  assert(opened !== null, 'the site can be written to');
  const { recorder } = opened;
  const timings: Timing[] = [];
  for (const count of BATCHES) {
    const state = leaderOfThree();
    const recorded = turnsOf(count).map((turn) => ({ turn, outcome: step(state, turn) }));
    const run = async (): Promise<void> => {
      for (let i = 0; i < TURNS; i += 1) {
        for (const { turn, outcome } of recorded) {
          recorder.before(state, turn);
          recorder.after(outcome);
        }
      }
      await trip();
    };
    timings.push(await timing({ name: `recorder: ${count} puts`, commands: count * TURNS, run }));
  }
  await opened.close();
  return timings;
}

function turnsOf(count: number): readonly Turn[] {
  const proposals = Array.from({ length: count }, (_, token) => {
    return { token, payload: putFrame(token) };
  });
  // the leader's log begins with an entry of its own
  const index = count + 1;
  const message = { kind: 'AppendEntriesReply', term: 1, result: 'matched', index } as const;
  const turn = (...inputs: readonly Input[]): Turn => ({ now: LATER_MS, inputs });
  return [
    turn({ kind: 'Proposed', proposals }),
    turn(
      { kind: 'Stored', term: 1, last: index, epoch: 0 },
      { kind: 'Received', from: 2, message },
      { kind: 'Received', from: 3, message },
    ),
  ];
}
