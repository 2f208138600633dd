import test from 'ava';
import { imageOf, restore } from '../../../lib/core/image.ts';
import type { Input } from '../../../lib/core/input.ts';
import { step } from '../../../lib/core/step.ts';
import { tellOutcome, tellState } from '../../../lib/core/tell.ts';
import { InvariantViolation } from '../../../lib/kit/errors.ts';
import { digestOf } from '../../../lib/store/flight/digest.ts';
import { RecordingFault, readSegment } from '../../../lib/store/flight/read-recording.ts';
import { replay } from '../../../lib/store/flight/replay.ts';
import { makeBlock } from '../../../lib/store/flight/segment.ts';
import { fieldsOfState, takeState } from '../../../lib/store/flight/state-code.ts';
import { itemsOfTurn, takeTurn } from '../../../lib/store/flight/turn-code.ts';
import { Fields } from '../../../lib/wire/fields.ts';
import { pack } from '../../../lib/wire/pack.ts';
import { unpack } from '../../../lib/wire/unpack.ts';
import { longestTape, tapesOf, watchTurns } from './tape.ts';

const SEEDS = Array.from({ length: 25 }, (_, i) => i + 1);

/** A value as it comes back from a file. */
function fromDisk(value: unknown): unknown {
  const unpacked = unpack(pack(value));
  if (typeof unpacked === 'string') throw new Error(unpacked);
  return unpacked.value;
}

test('a state and a turn that were on disk give the same outcome and the same next state', (t) => {
  let turns = 0;
  const roles = new Set<string>();
  for (const seed of SEEDS) {
    watchTurns(seed, (server, turn, take) => {
      const fields = new Fields(fromDisk(fieldsOfState(imageOf(server.state))) as unknown[], 0);
      const state = restore(takeState(fields));
      const again = takeTurn(fromDisk(itemsOfTurn(turn)));
      if (fields.fault !== null || typeof again === 'string') throw new Error(`${again}`);
      const outcome = take();
      const replayed = step(state, again);
      turns += 1;
      roles.add(outcome.view.role);
      const isSame =
        digestOf(replayed) === digestOf(outcome) &&
        replayed.wakeAt === outcome.wakeAt &&
        tellOutcome(replayed).join() === tellOutcome(outcome).join() &&
        pack(fieldsOfState(imageOf(state))).equals(pack(fieldsOfState(imageOf(outcome.state))));
      if (!isSame) t.fail(`seed ${seed}: ${tellState(outcome.state)} is not ${tellState(state)}`);
      return outcome;
    });
  }
  t.log(`${turns} turns`);
  t.true(turns > 10_000);
  t.deepEqual([...roles].sort(), ['candidate', 'follower', 'leader', 'precandidate']);
});

test('an image stays as it is while its state moves on', (t) => {
  watchTurns(3, (server, _, take) => {
    const image = imageOf(server.state);
    const before = pack(fieldsOfState(image));
    const outcome = take();
    if (!before.equals(pack(fieldsOfState(image)))) t.fail(tellState(server.state));
    return outcome;
  });
  t.pass();
});

test('every life of every server of a cluster in trouble replays to its end', (t) => {
  let lives = 0;
  for (const seed of SEEDS) {
    for (const { segment } of tapesOf(seed)) {
      let last = 0;
      for (const { number, isProven } of replay([segment])) {
        last = number;
        if (!isProven) t.fail(`turn ${number} is not proven`);
      }
      t.is(last, segment.turns.length);
      lives += 1;
    }
  }
  t.true(lives > SEEDS.length);
});

test('a turn that was altered is named, whichever part of it was', (t) => {
  const { segment } = longestTape(6);
  const { turns } = segment;
  const at = turns.findIndex(({ turn }) => turn.inputs.some(({ kind }) => kind === 'Received'));
  const altered = turns[at];
  if (!altered) return t.fail('nothing was received');
  const instead = [
    { ...altered, turn: { ...altered.turn, now: altered.turn.now + 2 ** -20 } },
    { ...altered, turn: { ...altered.turn, inputs: [] } },
    { ...altered, digest: ((altered.digest ?? 0) ^ 1) >>> 0 },
  ];
  for (const one of instead) {
    const forged = { ...segment, turns: turns.with(at, one) };
    const error = t.throws(() => [...replay([forged])], { instanceOf: RecordingFault });
    t.regex(error.message, new RegExp(`^tape: turn ${at + 1} differs from what was recorded`));
  }
});

test('a turn that ends the node is the last one, and replays to the same end', (t) => {
  const { segment } = longestTape(6);
  const bad = { kind: 'Unheard' } as unknown as Input;
  const turns = [{ turn: { now: 0, inputs: [bad] }, digest: null }];
  const [moment] = [...replay([{ ...segment, turns }])];
  t.false(moment?.isProven);
  t.true(moment && 'thrown' in moment.result && moment.result.thrown instanceof InvariantViolation);
});

test('a next segment that begins with another state is named', (t) => {
  const { segment } = longestTape(6);
  const start = { ...segment.start, turnsBefore: segment.turns.length };
  const { image } = segment;
  const next = { ...segment, name: 'next', start, image: { ...image, random: image.random + 1 } };
  const error = t.throws(() => [...replay([segment, next])], { instanceOf: RecordingFault });
  t.regex(error.message, /^next: turn \d+ differs .* the state after it is n\d /);
});

test('whatever is cut off, what is left replays, and the rest is told', (t) => {
  const { bytes, segment } = longestTape(7);
  const whole = [];
  for (let length = bytes.length; length > bytes.length - 300; length -= 7) {
    const cut = readSegment(bytes.subarray(0, length), 'cut');
    whole.push(cut.turns.length);
    t.is([...replay([cut])].length, cut.turns.length);
    if (cut.end.kind === 'torn') t.true(cut.end.bytes > 0);
    else t.is(cut.end.kind, 'open');
  }
  t.true((whole.at(-1) ?? 0) < segment.turns.length);
});

test('a bit that flips ends the recording before its block, or makes it unreadable', (t) => {
  const { bytes, segment } = longestTape(7);
  for (let at = 0; at < bytes.length; at += 131) {
    const rotten = Buffer.from(bytes);
    rotten[at] = (rotten[at] as number) ^ 0x10;
    try {
      const read = readSegment(rotten, 'rotten');
      t.true(read.turns.length < segment.turns.length);
      t.is([...replay([read])].length, read.turns.length);
    } catch (reason) {
      if (!(reason instanceof RecordingFault)) return t.fail(`byte ${at}: ${reason}`);
    }
  }
});

test('garbage with sound checksums is refused, or replayed, but never an accident', (t) => {
  const { bytes } = longestTape(9);
  let random = 1;
  const chance = (below: number): number => {
    random = (Math.imul(random, 0x5bd1e995) + 0x3c6ef372) >>> 0;
    return Math.floor((random / 2 ** 32) * below);
  };
  const startLength = bytes.readUInt32LE(16);
  const head = bytes.subarray(0, 16);
  const start = bytes.subarray(25, 25 + startLength);
  const rest = bytes.subarray(25 + startLength);
  let refused = 0;
  for (let run = 0; run < 4000; run += 1) {
    const body = Buffer.from(run % 2 === 0 ? start : rest.subarray(9, 9 + rest.readUInt32LE(0)));
    for (let n = 1 + chance(3); n > 0; n -= 1) body[chance(body.length)] = chance(256);
    const forged =
      run % 2 === 0
        ? Buffer.concat([head, makeBlock('S', [body]), rest])
        : Buffer.concat([head, makeBlock('S', [start]), makeBlock('T', [body])]);
    try {
      for (const moment of replay([readSegment(forged, 'forged')])) t.truthy(moment.number);
    } catch (reason) {
      refused += 1;
      if (!(reason instanceof RecordingFault))
        return t.fail(`run ${run}: ${(reason as Error).stack}`);
    }
  }
  t.log(`${refused} refused`);
  t.true(refused > 1000);
});
