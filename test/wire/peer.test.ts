import test from 'ava';
import fc from 'fast-check';
import { type Entry, makeEntry } from '../../lib/core/entry.ts';
import type { Message } from '../../lib/core/message.ts';
import { RUN_BYTES_MAX } from '../../lib/wire/batch.ts';
import {
  decodeMail,
  encodeAnswer,
  encodeAskIndex,
  encodeForward,
  encodeIndex,
  encodeMail,
  type Identity,
  type Mail,
} from '../../lib/wire/peer.ts';

const one: Identity = { cluster: 'local', node: 1, incarnation: 2 ** 50 };
const two: Identity = { cluster: 'local', node: 2, incarnation: 7 };
const limits = { recordBytes: 1000 };

const mailTo = (message: Message): Uint8Array[] => encodeMail({ from: 1, to: 2, message }, one);
const read = (frames: readonly Uint8Array[]): Mail | string => decodeMail(frames, two, limits);

/** Consecutive entries after `prev`, with these terms. */
function entriesAfter(prev: number, terms: readonly number[]): Entry[] {
  return terms.map((term, i) => makeEntry(prev + 1 + i, term, 'command', Buffer.from(`${term}`)));
}

const count = fc.nat({ max: 2 ** 40 });
const term = fc.integer({ min: 1, max: 2 ** 40 });
const id = (termMax: number): fc.Arbitrary<{ index: number; term: number }> =>
  termMax === 0
    ? fc.constant({ index: 0, term: 0 })
    : fc.oneof(
        fc.constant({ index: 0, term: 0 }),
        fc.record({
          index: fc.integer({ min: 1, max: 2 ** 40 }),
          term: fc.integer({ min: 1, max: termMax }),
        }),
      );

const anyMessage: fc.Arbitrary<Message> = term.chain(
  (term) =>
    fc.oneof(
      fc.record({
        kind: fc.constantFrom('PreVote', 'RequestVote'),
        term: fc.constant(term),
        last: id(term - 1),
      }),
      fc.record({
        kind: fc.constant('RequestVote' as const),
        term: fc.constant(term),
        last: id(term - 1),
        isTransfer: fc.constant(true),
      }),
      fc.record({ kind: fc.constant('TimeoutNow' as const), term: fc.constant(term) }),
      fc.record({
        kind: fc.constantFrom('PreVoteReply', 'RequestVoteReply'),
        term: fc.constant(term),
        granted: fc.boolean(),
      }),
      fc.record({
        kind: fc.constant('AppendEntriesReply' as const),
        term: fc.constant(term),
        result: fc.constant('matched' as const),
        index: count,
      }),
      fc.record({
        kind: fc.constant('AppendEntriesReply' as const),
        term: fc.constant(term),
        result: fc.constant('conflict' as const),
        rejected: count,
        hint: id(term),
      }),
      fc.record({
        kind: fc.constant('Heartbeat' as const),
        term: fc.constant(term),
        commit: id(term),
        round: count,
      }),
      fc.record({
        kind: fc.constant('HeartbeatReply' as const),
        term: fc.constant(term),
        round: count,
        last: id(term),
      }),
      fc.tuple(id(term), count, fc.nat({ max: 5 })).map(([prev, commit, length]) => ({
        kind: 'AppendEntries' as const,
        term,
        prev,
        entries: entriesAfter(prev.index, Array(length).fill(term)),
        commit,
      })),
    ) as fc.Arbitrary<Message>,
);

test('every message of the core arrives as it left', (t) => {
  fc.assert(
    fc.property(anyMessage, (message) => {
      const mail = read(mailTo(message));
      t.deepEqual(mail, { kind: 'Received', from: 1, incarnation: 2 ** 50, message });
    }),
    { numRuns: 500 },
  );
});

test('a question for an index and its answer arrive as they left', (t) => {
  const from = { from: 1, incarnation: 2 ** 50 };
  for (const byLease of [true, false]) {
    const mail = read(encodeAskIndex({ token: 2 ** 47, byLease }, 2, one));
    t.deepEqual(mail, { kind: 'AskIndex', ...from, token: 2 ** 47, byLease });
  }
  for (const index of [0, 2 ** 48 - 1, null]) {
    const mail = read(encodeIndex({ token: 0, index }, 2, one));
    t.deepEqual(mail, { kind: 'Index', ...from, token: 0, index });
  }
  const [header = Buffer.alloc(0)] = encodeIndex({ token: 0, index: 1 }, 2, one);
  t.is(read([header, Buffer.from('run')]), 'Index from 1: a run');
});

test('N01: one bit that flips anywhere is noticed', (t) => {
  const messages = [
    mailTo({ kind: 'Heartbeat', term: 3, commit: { index: 9, term: 2 }, round: 4 }),
    mailTo({
      kind: 'AppendEntries',
      term: 3,
      prev: { index: 4, term: 2 },
      entries: entriesAfter(4, [2, 3]),
      commit: 4,
    }),
    ...encodeForward([{ token: 5, frame: Buffer.from('request') }], 2, one),
    encodeAskIndex({ token: 6, byLease: true }, 2, one),
    encodeIndex({ token: 6, index: 7 }, 2, one),
  ];
  for (const frames of messages) {
    t.is(typeof read(frames), 'object');
    for (const [at, frame] of frames.entries()) {
      for (let bit = 0; bit < frame.length * 8; bit += 1) {
        const flipped = Buffer.from(frame);
        flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const mail = read(frames.with(at, flipped));
        if (typeof mail !== 'string') t.fail(`frame ${at}, bit ${bit}`);
      }
    }
  }
});

test('N02: frames that are cut short or go on too long are noticed', (t) => {
  const frames = mailTo({
    kind: 'AppendEntries',
    term: 1,
    prev: { index: 0, term: 0 },
    entries: entriesAfter(0, [1, 1]),
    commit: 0,
  });
  for (const [at, frame] of frames.entries()) {
    for (let end = 0; end < frame.length; end += 1) {
      t.is(typeof read(frames.with(at, frame.subarray(0, end))), 'string');
    }
    t.is(typeof read(frames.with(at, Buffer.concat([frame, Buffer.alloc(1)]))), 'string');
  }
  t.regex(read(frames.slice(0, 1)) as string, /2 entries, and no run/);
  t.regex(read([...frames, Buffer.alloc(0)]) as string, /1 or 2 frames, not 3/);
  t.regex(read([]) as string, /1 or 2 frames, not 0/);
});

test('nothing of what was received is kept: frames may be reused at once', (t) => {
  const entries = entriesAfter(0, [1]);
  const append = {
    kind: 'AppendEntries',
    term: 1,
    prev: { index: 0, term: 0 },
    commit: 0,
  } as const;
  for (const sent of [mailTo({ ...append, entries }), forwardOf('request')]) {
    const frames = sent.map((frame) => Buffer.from(frame));
    const mail = read(frames);
    const expected = JSON.stringify(mail);
    for (const frame of frames) frame.fill(0xff);
    t.is(typeof mail, 'object');
    t.is(JSON.stringify(mail), expected);
  }
});

const forwardOf = (...requests: readonly string[]): Uint8Array[] => {
  const items = requests.map((text, token) => ({ token, frame: Buffer.from(text) }));
  return encodeForward(items, 2, one)[0] ?? [];
};

test('the same entries for several followers are put together once', (t) => {
  const append = {
    kind: 'AppendEntries',
    term: 1,
    prev: { index: 0, term: 0 },
    commit: 0,
  } as const;
  const entries = entriesAfter(0, [1, 1]);
  const [first, second] = [2, 3].map((to) =>
    encodeMail({ from: 1, to, message: { ...append, entries } }, one),
  );
  t.is(first?.[1], second?.[1]);
  const single = entriesAfter(0, [1]);
  t.is(mailTo({ ...append, entries: single })[1], single[0]?.record, 'one record is not copied');
  const other = mailTo({ ...append, entries: entriesAfter(0, [1, 1, 1]) });
  t.like(read(other), { message: { entries: { length: 3 } } });
});

test('requests and answers travel in runs, with their tokens', (t) => {
  const item = fc.record({
    token: fc.nat({ max: 2 ** 47 }),
    frame: fc.uint8Array({ maxLength: 50 }).map((bytes) => Buffer.from(bytes)),
  });
  fc.assert(
    fc.property(fc.array(item, { minLength: 1, maxLength: 20 }), (items) => {
      const [forward = []] = encodeForward(items, 2, one);
      const from = { from: 1, incarnation: one.incarnation };
      t.deepEqual(read(forward), { kind: 'Forward', ...from, requests: items });
      const [answer = []] = encodeAnswer(items, 2, one);
      t.deepEqual(read(answer), { kind: 'Answer', ...from, answers: items });
    }),
    { numRuns: 200 },
  );
});

test('a run that would be too long for one message is cut into several, none lost', (t) => {
  const items = Array.from({ length: 30 }, (_, token) => ({
    token,
    frame: Buffer.alloc(token === 12 ? RUN_BYTES_MAX * 2 : 100_000, token),
  }));
  const messages = encodeAnswer(items, 2, one);
  t.is(messages.length, 5);
  const mails = messages.map((frames) => read(frames)) as (Mail & { kind: 'Answer' })[];
  t.deepEqual(
    mails.flatMap(({ answers }) => answers.map(({ token }) => token)),
    items.map(({ token }) => token),
  );
  t.true(mails.flatMap(({ answers }) => answers).every(({ token, frame }) => frame[0] === token));
  t.deepEqual(encodeForward([], 2, one), []);
});

test('a pre-vote may be refused in term 0, by a server that never voted', (t) => {
  const message = { kind: 'PreVoteReply', term: 0, granted: false } as const;
  t.like(read(mailTo(message)), { message });
});
