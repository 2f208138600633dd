import test from 'ava';
import { coloured, plain } from '../../lib/cli/colours.ts';
import { openLogger, prettyLine, readRecord } from '../../lib/cli/log.ts';
import { sentence } from '../../lib/cli/log-lines.ts';
import type { LogFields } from '../../lib/kit/logger.ts';

const says = test.macro({
  exec(t, event: string, fields: LogFields, text: string, rest?: string) {
    const found = sentence(event, fields);
    t.is(found.text, text);
    t.is(found.rest.map(([name, value]) => `${name}=${String(value)}`).join(' '), rest ?? '');
  },
  title: (_, event, fields, text) => `${event} ${JSON.stringify(fields)} reads "${text}"`,
});

test(says, 'role', { role: 'leader', term: 3, last: 9 }, 'LEADER of term 3', 'last=9');
test(says, 'role', { role: 'follower', term: 3 }, 'is a follower in term 3');
test(says, 'role', { role: 'candidate', term: 4 }, 'stands for election in term 4');
test(says, 'role', { role: 'regent', term: 4 }, 'is now regent in term 4');
test(says, 'leader', { leader: 2, term: 3 }, 'follows node 2, the leader of term 3');
test(says, 'leader.lost', { former: 2, term: 3 }, 'has lost its leader, node 2 (term 3)');
test(says, 'leader.lost', { former: null, term: 3 }, 'knows no leader in term 3');
test(
  says,
  'peer.down',
  { peer: 3, suppressed: 120 },
  'link to node 3 is down (120 more like this were not shown)',
);
test(says, 'something.new', { a: 1, b: 'x', c: undefined }, 'something.new', 'a=1 b=x');
test(says, 'alarm', { alarm: 'line\n\u001b[2J' }, 'line\\x0a\\x1b[2J');
test(says, 'alarm', { alarm: 'two leaders in term {term}' }, 'two leaders in term {term}');

function logged(level: 'debug' | 'warn', format: 'json' | 'pretty'): readonly string[] {
  const lines: string[] = [];
  const logger = openLogger({ level, format }, 2, { write: (line) => void lines.push(line) });
  logger.debug('peer.up', { peer: 1 });
  logger.error('alarm', { alarm: 'a "quoted"\nthing', at: { index: 1 } });
  return lines;
}

test('JSON lines carry level, time, node, event, the facts and a sentence', (t) => {
  const [first = '', second = ''] = logged('debug', 'json');
  const { time, ...rest } = JSON.parse(first);
  t.regex(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  const msg = 'link to node 1 is up';
  t.deepEqual(rest, { level: 'debug', node: 2, event: 'peer.up', peer: 1, msg });
  t.like(JSON.parse(second), { level: 'error', alarm: 'a "quoted"\nthing', at: { index: 1 } });
});

test('what is below the level is not written', (t) => {
  t.is(logged('warn', 'json').length, 1);
  t.is(logged('debug', 'json').length, 2);
});

test('lines for people: time, level, node, sentence, the facts it leaves out', (t) => {
  const [first] = logged('debug', 'pretty');
  t.regex(first ?? '', /^\d\d:\d\d:\d\d\.\d{3} debug node 2 {2}link to node 1 is up\n$/);
});

const RECORD = {
  level: 'info',
  time: '2026-03-04T05:06:07.089Z',
  node: 2,
  event: 'role',
  fields: { role: 'leader', term: 3, last: 9 },
};

test('colours mark the level and what a reader looks for', (t) => {
  const line = prettyLine(RECORD, coloured, false);
  const [dim, green, bold, end] = ['\u001b[2m', '\u001b[32m', '\u001b[1m', '\u001b[0m'];
  t.true(line.endsWith(`${green}info ${end} ${bold}LEADER of term 3${end} ${dim}last=9${end}`));
});

test('a stack stands below its line', (t) => {
  const fields = { reason: 'a bug', stack: 'Error: a bug\n    at x' };
  const line = prettyLine({ ...RECORD, level: 'error', event: 'fatal', fields }, plain, true);
  t.regex(line, /error node 2 {2}cannot go on: a bug\nError: a bug\n {4}at x$/);
});

test('a line of a JSON log is read back; anything else is not taken for one', (t) => {
  const [line = ''] = logged('debug', 'json');
  t.like(readRecord(line), { level: 'debug', node: 2, event: 'peer.up', fields: { peer: 1 } });
  for (const other of ['', 'Segmentation fault', '{', '{"level":"info"}', '[1]', 'null']) {
    t.is(readRecord(other), null);
  }
});
