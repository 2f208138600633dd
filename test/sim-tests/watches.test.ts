import test from 'ava';
import type { WatchItem } from '../../lib/client/client.ts';
import { pack } from '../../lib/wire/pack.ts';
import { Changes, WatchJudge } from '../sim/oracle/changes.ts';

/** `a=1 b=2 a-`: revs from 1 on. */
function changesOf(story: string): Changes {
  const changes = new Changes();
  const all = story.split(' ').map((word, i) => ({ rev: i + 1, ...parsed(word) }));
  changes.applied([{ index: 1, reply: null, changes: all }]);
  return changes;
}

function parsed(word: string): { key: string; value: Uint8Array | null } {
  const [key = '', value] = word.split(/[=-]/);
  return { key, value: value ? pack(value) : null };
}

const STORY = 'a=1 b=2 a=3 b- a=5 ab=6';

/** `3a=3`: a change at rev 3. `[4` and `]4`: a reading at rev 4 begins and ends. */
function items(told: string): WatchItem[] {
  return told.split(' ').map((word) => {
    const [, mark, rev = '', key = '', value] = /^([[\]]?)(\d+)(\w*)[=-]?(\w*)$/.exec(word) ?? [];
    if (mark) return { reread: mark === '[' ? 'begin' : 'end', rev: Number(rev), oldest: 0 };
    if (value === '') return { rev: Number(rev), key, deleted: true };
    return { rev: Number(rev), key, value };
  });
}

function judged(prefix: string, told: string): WatchJudge {
  const judge = new WatchJudge(changesOf(STORY), prefix, 'it', 0);
  for (const item of items(told)) judge.hands(item);
  return judge;
}

const accepts = test.macro({
  exec: (t, prefix: string, told: string) => t.is(judged(prefix, told).missing, null),
  title: (_, prefix: string, told: string) => `${STORY} watched for "${prefix}" is ${told}`,
});

test(accepts, '', '1a=1 2b=2 3a=3 4b- 5a=5 6ab=6');
test(accepts, 'b', '2b=2 4b-');
test(accepts, 'ab', '6ab=6');
test(accepts, 'a', '1a=1 [4 3a=3 ]4 5a=5 6ab=6');
test(
  'a key that is written while keys are read need not be among them',
  accepts,
  'a',
  '[4 ]4 5a=5 6ab=6',
);

const rejects = test.macro({
  exec(t, prefix: string, told: string, why: RegExp) {
    t.throws(() => judged(prefix, told), { message: why });
  },
  title: (_, prefix: string, told: string) => `${told} is wrong for "${prefix}"`,
});

test(rejects, '', '1a=1 3a=3', /hands over 3 after 1, where 2/);
test(rejects, '', '1a=1 1a=1', /hands over 1 after 1/);
test(rejects, 'a', '3a=3 1a=1', /hands over 3 after 0/);
test(rejects, 'b', '2b=3', /hands over 2/);
test(rejects, 'b', '2b=2 4b=2', /hands over 4/);
test(rejects, 'a', '1a=1 3a=3 5a=5 6ab=6 7a=7', /hands over 7 after 6, where undefined/);
test(rejects, 'a', '1a=1 3a=3 5a=5 [4', /older than it has/);
test(rejects, 'a', '[4 5a=5', /reads rev 5 in a state at 4/);
test(rejects, 'a', '[5 3a=3 ]5', /reads a at 3/);
test(rejects, 'a', '[6 6ab=6 ]6', /does not read a/);

test('what is missing in the end is named', (t) => {
  t.regex(judged('a', '1a=1').missing ?? '', /has not handed over rev 3/);
  t.regex(judged('a', '[4').missing ?? '', /still reads/);
});

test('servers that apply different changes break a rule', (t) => {
  const changes = changesOf('a=1');
  const other = { rev: 1, key: 'a', value: pack('2') };
  t.throws(() => changes.applied([{ index: 1, reply: null, changes: [other] }]), {
    message: /rev 1 is not the same/,
  });
});
