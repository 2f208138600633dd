import test from 'ava';
import { makeEntry } from '../../../lib/core/entry.ts';
import type { Envelope } from '../../../lib/core/message.ts';
import { encodeMail } from '../../../lib/wire/peer.ts';
import { CLUSTER } from '../../sim/identity.ts';
import { drawPlan } from '../../sim/plan.ts';
import { drawDiagram } from '../../sim/watch/diagram.ts';
import { drawSvg } from '../../sim/watch/diagram-svg.ts';
import { Recording, type Span } from '../../sim/watch/recording.ts';
import { type Filter, sceneOf } from '../../sim/watch/scene.ts';

const PLAN = drawPlan(1, { size: 3 });

const APPEND: Envelope = {
  from: 1,
  to: 3,
  message: {
    kind: 'AppendEntries',
    term: 5,
    prev: { index: 11, term: 4 },
    entries: [makeEntry(12, 5, 'noop'), makeEntry(13, 5, 'noop')],
    commit: 11,
  },
};
const REPLY: Envelope = {
  from: 3,
  to: 1,
  message: { kind: 'AppendEntriesReply', term: 5, result: 'matched', index: 13 },
};

function framesOf(envelope: Envelope): readonly Uint8Array[] {
  return encodeMail(envelope, { cluster: CLUSTER, node: envelope.from, incarnation: 1 });
}

function record(span: Span, happen: (recording: Recording) => void): Recording {
  const recording = new Recording(PLAN, span);
  happen(recording);
  // Something happens later, so that mail has had its time to arrive.
  recording.ended(1000, 2);
  return recording;
}

/** What is said of mail, line by line. */
function tell(recording: Recording, filter: Filter = {}): readonly string[] {
  return drawDiagram(sceneOf(recording, filter))
    .split('\n')
    .filter((line) => line.includes('→'))
    .map((line) => line.slice(line.indexOf('n')));
}

const SAYS = 'n1 → n3  Append 12..13 after 11/4, commit 11';

test('mail is drawn where it arrives, as an arrow from lane to lane', (t) => {
  const frames = framesOf(APPEND);
  const recording = record({}, (one) => {
    one.sent(10.5, 1, 3, frames);
    one.arrived(12, 1, 3, frames);
  });
  const line =
    drawDiagram(sceneOf(recording))
      .split('\n')
      .find((one) => one.includes('→')) ?? '';
  t.regex(
    line,
    /^ +12\.00 +─+► +n1 → n3 {2}Append 12\.\.13 after 11\/4, commit 11 {2}\(sent 10\.50\)$/,
  );
});

test('mail is known again by its frames, however often and late they come', (t) => {
  const frames = framesOf(APPEND);
  const recording = record({}, (one) => {
    one.sent(10, 1, 3, frames);
    one.arrived(12, 1, 3, frames);
    one.arrived(400, 1, 3, frames);
  });
  t.deepEqual(tell(recording), [`${SAYS}  (sent 10.00)`, `${SAYS}  (sent 10.00, once more)`]);
});

test('mail that nobody has sent as it is was damaged on its way', (t) => {
  const [header = new Uint8Array(), run = new Uint8Array()] = framesOf(APPEND);
  const damaged = Buffer.from(header);
  damaged[9] = 0xff;
  const recording = record({}, (one) => {
    one.sent(10, 1, 3, [header, run]);
    one.arrived(12, 1, 3, [damaged, run]);
  });
  t.deepEqual(tell(recording), [
    `${SAYS}  (never arrives)`,
    'n1 → n3  damaged  (not sent like this)',
  ]);
});

test('mail that was sent a moment before the end is under way', (t) => {
  const recording = new Recording(PLAN);
  recording.sent(10, 1, 3, framesOf(APPEND));
  t.deepEqual(tell(recording), [`${SAYS}  (under way)`]);
});

test('a picture is of the span, the servers and the kinds that are asked for', (t) => {
  const appends = [framesOf(APPEND), framesOf(APPEND)] as const;
  const reply = framesOf(REPLY);
  const happen = (one: Recording): void => {
    one.sent(10, 1, 3, appends[0]);
    one.arrived(12, 1, 3, appends[0]);
    one.sent(14, 3, 1, reply);
    one.arrived(16, 3, 1, reply);
    one.sent(30, 1, 3, appends[1]);
    one.arrived(33, 1, 3, appends[1]);
  };
  const first = `${SAYS}  (sent 10.00)`;
  const second = `${SAYS}  (sent 30.00)`;
  const answer = 'n3 → n1  matched 13  (sent 14.00)';
  const all = record({}, happen);
  t.deepEqual(tell(all), [first, answer, second]);
  t.deepEqual(tell(all, { kinds: ['AppendEntries'] }), [first, second]);
  t.deepEqual(tell(all, { servers: [1, 2] }), []);
  t.deepEqual(tell(record({ fromMs: 11, toMs: 15 }, happen)), [first]);
  t.deepEqual(tell(record({ fromMs: 11, toMs: 20 }, happen)), [first, answer]);
  t.deepEqual(tell(record({ fromMs: 20 }, happen)), [second]);
});

test('what strikes links or all is drawn beside a server that it concerns', (t) => {
  const head = { at: 5, whom: { id: 1, leader: false } };
  const recording = record({}, (one) => {
    one.struck(5, 1, { ...head, fault: 'partial', links: [[2, 3]], ms: 10 });
    one.struck(6, 1, { ...head, fault: 'blackout', downMs: 10, kept: 0, torn: 0 });
    one.struck(7, 1, { ...head, fault: 'reset', peer: 2 });
  });
  const strikes = (servers: readonly number[]) =>
    sceneOf(recording, { servers }).strikes.map(({ id, action }) => `${action.fault} n${id}`);
  t.deepEqual(strikes([1, 2, 3]), ['partial n2', 'blackout n1', 'reset n1']);
  t.deepEqual(strikes([3]), ['partial n3', 'blackout n3']);
});

test('a long run costs no memory: only its end is kept', (t) => {
  const recording = new Recording(PLAN);
  for (let at = 0; at < 60_000; at += 1) {
    const frames = [new Uint8Array()];
    recording.sent(at, 1, 3, frames);
    recording.arrived(at + 0.5, 1, 3, frames);
  }
  t.true(recording.letters.size < 10_000, `${recording.letters.size} letters`);
  const [first] = [...sceneOf(recording).flights];
  t.is(first?.at, recording.end - 1000);
});

test('what is written into an SVG stays text', (t) => {
  const recording = record({}, (one) => one.sent(10, 1, 3, framesOf(APPEND)));
  const svg = drawSvg(sceneOf(recording), { title: 'a <b> & "c"', violation: '</text><script>' });
  t.true(svg.includes('a &lt;b&gt; &amp; &quot;c&quot;'));
  t.false(svg.includes('<script'));
});
