import test from 'ava';
import { Log } from '../../lib/core/log.ts';
import {
  hasRoom,
  noteConflict,
  noteLost,
  noteMatched,
  noteSent,
  type Progress,
  unknownProgress,
} from '../../lib/core/progress.ts';
import { entries, entryId, imageOf, SETTINGS } from './servers.ts';

/** A follower that has acknowledged `match`, with messages of one entry each in flight. */
function replicating(match: number, inflight = 0): Progress {
  const progress = unknownProgress(match + 1, 0);
  noteMatched(progress, match, 0);
  for (let i = 1; i <= inflight; i += 1) noteSent(progress, entries('1', match + i), 0);
  return progress;
}

test('a leader begins by guessing that everybody has its log, and asks one message at a time', (t) => {
  const progress = unknownProgress(8, 0);
  t.like(progress, { mode: 'probe', match: 0, next: 8 });
  t.true(hasRoom(progress, SETTINGS));
  noteSent(progress, entries('1', 8), 5);
  t.false(hasRoom(progress, SETTINGS));
  t.like(progress, { next: 8, waiting: true, sentAt: 5 }, 'a probe may be repeated');
});

test('a probe that is answered opens the window after what is certain', (t) => {
  const progress = unknownProgress(8, 0);
  noteSent(progress, entries('1 1', 8), 0);
  noteMatched(progress, 9, 0);
  t.like(progress, { mode: 'replicate', match: 9, next: 10, waiting: false });
});

test('R29: the window is full when as many messages are in flight as may be', (t) => {
  const settings = { ...SETTINGS, inflightMessagesMax: 2 };
  t.true(hasRoom(replicating(3, 1), settings));
  t.false(hasRoom(replicating(3, 2), settings));
});

test('R29: the window is full when as many bytes are in flight as may be', (t) => {
  const bytes = entries('1')[0]?.record.length ?? 0;
  const progress = replicating(3, 2);
  t.is(progress.inflightBytes, bytes * 2);
  t.false(hasRoom(progress, { ...SETTINGS, inflightBytesMax: bytes * 2 }));
  t.true(hasRoom(progress, { ...SETTINGS, inflightBytesMax: bytes * 2 + 1 }));
});

test('nothing is sent while entries are being read back', (t) => {
  const progress = replicating(3);
  progress.loading = true;
  t.false(hasRoom(progress, SETTINGS));
});

const frees = test.macro({
  exec(t, acknowledged: number, left: number) {
    const progress = replicating(3, 4);
    const bytes = progress.inflightBytes / 4;
    noteMatched(progress, acknowledged, 0);
    t.is(progress.inflight.length, left);
    t.is(progress.inflightBytes, left * bytes);
    t.is(progress.match, Math.max(3, acknowledged));
    t.is(progress.next, Math.max(8, acknowledged + 1));
  },
  title: (_, acknowledged, left) =>
    `R29: with 4 to 7 in flight, acknowledging ${acknowledged} leaves ${left} of them`,
});

test(frees, 2, 4);
test(frees, 3, 4);
test(frees, 4, 3);
test(frees, 6, 1);
test(frees, 7, 0);
test(frees, 9, 0);

test('an empty message is not in flight', (t) => {
  const progress = replicating(3);
  noteSent(progress, [], 7);
  t.like(progress, { next: 4, sentAt: 7, inflightBytes: 0 });
  t.is(progress.inflight.length, 0);
});

const LEADER = '1 1 1 4 4 5 5 6 6 6';

const probes = test.macro({
  exec(t, rejected: number, hint: string, next: number) {
    const progress = unknownProgress(rejected + 1, 0);
    noteSent(progress, [], 0);
    noteConflict(progress, new Log(imageOf(entries(LEADER))), rejected, entryId(hint));
    t.like(progress, { mode: 'probe', match: 0, next, waiting: false });
  },
  title: (_, rejected, hint, next) =>
    `R22: leader [${LEADER}], refused at ${rejected} with the hint ${hint}, probes from ${next}`,
});

test(probes, 10, '9/6', 10);
test(probes, 10, '4/4', 5);
test(probes, 10, '7/4', 6);
test(probes, 10, '10/3', 4);
test(probes, 10, '10/5', 8);
test(probes, 10, '0/0', 1);
test(probes, 4, '4/2', 4);
test(probes, 3, '99/99', 3);
test(probes, 1, '0/0', 1);

test('R21: a refusal never takes back what was acknowledged', (t) => {
  const log = new Log(imageOf(entries(LEADER)));
  const progress = replicating(6, 2);
  noteConflict(progress, log, 5, entryId('1/1'));
  t.like(progress, { mode: 'replicate', match: 6, next: 9 });
  noteConflict(progress, log, 8, entryId('1/1'));
  t.like(progress, { mode: 'probe', match: 6, next: 7 });
  t.deepEqual([progress.inflight.length, progress.inflightBytes], [0, 0]);
});

test('a probe is refused at its own place only: anything else answers another message', (t) => {
  const progress = unknownProgress(8, 0);
  noteSent(progress, [], 0);
  noteConflict(progress, new Log(imageOf(entries(LEADER))), 9, entryId('2/1'));
  t.like(progress, { mode: 'probe', next: 8, waiting: true });
});

test('when mail was lost, a window falls back to what is certain and a probe stays where it is', (t) => {
  const window = replicating(3, 3);
  noteLost(window);
  t.like(window, { mode: 'probe', match: 3, next: 4, waiting: false, inflightBytes: 0 });

  const probe = unknownProgress(8, 0);
  noteSent(probe, [], 0);
  noteLost(probe);
  t.like(probe, { mode: 'probe', match: 0, next: 8, waiting: false });
});
