import test from 'ava';
import { checkKeyValueWitness } from '../../sim/history/key-value-history.ts';
import {
  type Ask,
  assertWellFormed,
  type Operation,
  type Put,
} from '../../sim/history/operation.ts';
import { checkWitness } from '../../sim/history/witness.ts';
import { Story } from './story.ts';

const GET: Ask = { op: 'get', key: 'a' };
const STALE: Ask = { op: 'get', key: 'a', read: 'stale' };

function put(value: string): Put {
  return { op: 'put', key: 'a', value };
}

/** Tells a story to the witness; `said` is all it says, one violation a line. */
const says = test.macro({
  exec(t, said: string, tell: (story: Story) => unknown) {
    const story = new Story();
    tell(story);
    const found = checkKeyValueWitness(story.history());
    t.is(found.map(({ rule, sentence }) => `${rule}: ${sentence}`).join('\n'), said);
  },
  title: (what) => `the witness of ${what}`,
});

test('a perfect history says nothing', says, '', (story) => {
  story.all(1, put('x'));
  story.noop();
  story.all(1, GET);
  story.giveUp(story.call(2, put('y')));
  story.reject(story.call(1, put('z')));
});

test('a log with a hole', says, 'log: entry 3 of the log follows entry 1', (story) => {
  story.all(1, put('x'));
  story.noop();
  story.noop();
  story.committed.splice(1, 1);
});

test(
  'an entry that nobody asked for',
  says,
  'log: entry 1 is request 7, which nobody asked',
  (story) => story.append(7, put('x')),
);

test(
  'an entry that is not what was asked',
  says,
  "log: client 1's put a value=x (operation 1) is put a value=y in entry 1",
  (story) => {
    const write = story.call(1, put('x'));
    story.answer(write, story.append(write.id, put('y')));
  },
);

test(
  'a request that is in the log twice',
  says,
  "once: client 1's put a value=x (operation 1) is in the log twice, at 1 and at 2",
  (story) => {
    story.all(1, put('x'));
    story.append(1, put('x'));
  },
);

test(
  'an acknowledged write that is nowhere',
  says,
  "acknowledged: client 1's put a value=x (operation 1) was told index 1; no entry holds it",
  (story) => story.answer(story.call(1, put('x')), { rev: 1, index: 1 }),
);

test(
  'an acknowledged write that is elsewhere',
  says,
  "reply: client 1's put a value=x (operation 1) was told index 1; entry 2 gives index 2",
  (story) => {
    story.noop();
    const write = story.call(1, put('x'));
    story.take(write);
    story.answer(write, { rev: 1, index: 1 });
  },
);

test(
  'a rejected write that took effect',
  says,
  "rejected: client 1's put a value=x (operation 1) was told BUSY, and took effect at 1",
  (story) => {
    const write = story.call(1, put('x'));
    story.take(write);
    story.reject(write);
  },
);

test(
  'a wrong reply',
  says,
  "reply: client 1's put a value=x (operation 1) was told rev 2, index 9; " +
    'entry 1 gives rev 1, index 1',
  (story) => {
    const write = story.call(1, put('x'));
    story.take(write);
    story.answer(write, { rev: 2, index: 9 });
  },
);

test(
  'a read of another value',
  says,
  'reply: client 1\'s get a (operation 2) was told value "y", more 1; ' +
    'the state after entry 1 has value "x", more left out',
  (story) => {
    story.all(1, put('x'));
    const get = story.call(1, GET);
    story.answer(get, { ...story.look(GET), value: 'y', more: 1 });
  },
);

test(
  'a read of a state that is still to come',
  says,
  "reply: client 1's get a (operation 2) saw rev 2; the log ends with rev 1",
  (story) => {
    story.all(1, put('x'));
    story.answer(story.call(1, GET), { ...story.look(GET), at: 2 });
  },
);

test(
  'a read in the middle of a transaction',
  says,
  "reply: client 2's get a (operation 2) saw rev 1, a state in the middle of entry 1",
  (story) => {
    // biome-ignore lint/suspicious/noThenProperty: that is its name in the protocol
    story.all(1, { op: 'txn', then: [put('x'), put('y')] });
    story.answer(story.call(2, GET), { found: true, value: 'x', at: 1 });
  },
);

test(
  'a read that does not say what it saw',
  says,
  "reply: client 1's get a (operation 1) was not told which rev it saw",
  (story) => story.answer(story.call(1, GET), { found: false }),
);

test(
  'a stale read that was not asked to be stale',
  says,
  "real time: client 2's get a (operation 2) saw rev 0, which ends with entry 1; " +
    "before it was asked, client 1's put a value=x (operation 1) had shown entry 2",
  (story) => {
    story.noop();
    story.all(1, put('x'));
    story.answer(story.call(2, GET), story.look(GET, 1));
  },
);

test('a stale read that was asked to be stale says nothing', says, '', (story) => {
  story.all(1, put('x'));
  story.answer(story.call(2, STALE), story.look(STALE, 0));
});

test(
  'a linearizable read that sees less than a stale one before it',
  says,
  "real time: client 3's get a (operation 3) saw rev 0, which ends with entry 0; " +
    "before it was asked, client 2's get a read=stale (operation 2) had shown entry 1",
  (story) => {
    const write = story.call(1, put('x'));
    story.take(write);
    story.all(2, STALE);
    story.answer(story.call(3, GET), story.look(GET, 0));
  },
);

test(
  'a write that took effect before it was asked',
  says,
  "real time: client 2's put a value=y (operation 2) took effect at 1; " +
    "before it was asked, client 1's put a value=x (operation 1) had shown entry 2",
  (story) => {
    const first = story.call(1, put('x'));
    story.append(2, put('y'));
    story.take(first);
    story.answer(first);
    story.call(2, put('y'));
  },
);

test(
  'a stale read that is older than it asked to be',
  says,
  "fresh: client 1's get a read=stale atLeast=1 (operation 2) saw rev 0; it asked for 1 at least",
  (story) => {
    story.all(1, put('x'));
    story.answer(story.call(1, { ...STALE, atLeast: 1 }), story.look(STALE, 0));
  },
);

test(
  'a node that goes back in time',
  says,
  "monotone: client 3's get a read=stale (operation 3) saw rev 0 at node 2; " +
    "before it was asked, client 2's get a read=stale (operation 2) had shown entry 1",
  (story) => {
    story.all(1, put('x'));
    const before = story.call(2, STALE);
    before.servedBy = 'node 2';
    story.take(before);
    story.answer(before);
    const after = story.call(3, STALE);
    after.servedBy = 'node 2';
    story.answer(after, story.look(STALE, 0));
    story.answer(story.call(3, STALE), story.look(STALE, 0));
  },
);

test('a state machine may refuse what is in the log, if it does so again', (t) => {
  const refusing = {
    rev: 0,
    freshness: () => null,
    apply: () => ({ ok: false, code: 'TOO_LARGE' }),
    read: () => ({}),
  };
  const told = (code: string): Operation[] => [
    {
      id: 1,
      client: 1,
      ask: put('x'),
      calledAt: 1,
      returnedAt: 2,
      answer: { kind: 'rejected', code },
    },
  ];
  const committed = [{ index: 1, id: 1, ask: put('x') }];
  t.deepEqual(checkWitness({ operations: told('TOO_LARGE'), committed }, refusing), []);
  const [violation] = checkWitness({ operations: told('BUSY'), committed }, refusing);
  t.is(violation?.rule, 'rejected');
});

const isNone = test.macro({
  exec(t, spoil: (story: Story) => unknown, wrong: RegExp) {
    const story = new Story();
    story.all(1, put('x'));
    story.all(1, GET);
    t.notThrows(() => assertWellFormed(story.operations));
    spoil(story);
    t.throws(() => assertWellFormed(story.operations), { message: wrong });
  },
  title: (_, _spoil, wrong: RegExp) => `it is no history: ${wrong.source}`,
});

function first(story: Story, wrong: Partial<Operation>): void {
  Object.assign(story.operations[0] as object, wrong);
}

test(isNone, (s) => first(s, { id: 2 }), /two operations have one id/);
test(isNone, (s) => first(s, { calledAt: 3, returnedAt: 4 }), /is asked while 1 is under way/);
test(isNone, (s) => first(s, { calledAt: 2, returnedAt: 1 }), /returns before it is called/);
test(isNone, (s) => first(s, { returnedAt: null }), /has an answer without a place/);
test(isNone, (s) => first(s, { client: 2, returnedAt: 3 }), /two events have one place/);
test(isNone, (s) => first(s, { answer: { kind: 'unknown' } }), /follows 1, whose outcome is/);
