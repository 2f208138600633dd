import test from 'ava';
import { LINE_COMMANDS, parseLine, usage } from '../../lib/cli/command-line.ts';

const reads = test.macro({
  exec(t, line: string, op: string, args: object) {
    t.deepEqual(parseLine(line), { kind: 'Request', op, args });
  },
  title: (_, line, op, args) => `${line} is ${op} ${JSON.stringify(args)}`,
});

test(reads, 'put a 1', 'put', { key: 'a', value: 1 });
test(reads, '  PUT\ta   1  ', 'put', { key: 'a', value: 1 });
test(reads, 'put a hello', 'put', { key: 'a', value: 'hello' });
test(reads, 'put a hello big  world', 'put', { key: 'a', value: 'hello big  world' });
test(reads, 'put a "1"', 'put', { key: 'a', value: '1' });
test(reads, 'put a ""', 'put', { key: 'a', value: '' });
test(reads, 'put a null', 'put', { key: 'a', value: null });
test(reads, 'put a {"b": [1, 2]}', 'put', { key: 'a', value: { b: [1, 2] } });
test(reads, 'put a {b: 1}', 'put', { key: 'a', value: '{b: 1}' });
test(reads, "put a it's", 'put', { key: 'a', value: "it's" });
test(reads, 'put a \'{"b": 1}\'', 'put', { key: 'a', value: { b: 1 } });
test(reads, 'put 1 2', 'put', { key: '1', value: 2 });
test(reads, 'put "a b" 1', 'put', { key: 'a b', value: 1 });
test(reads, "put 'a \"b' 1", 'put', { key: 'a "b', value: 1 });
test(reads, 'put "\\u00e4\\n" 1', 'put', { key: 'ä\n', value: 1 });
test(reads, 'put "a" "b c"', 'put', { key: 'a', value: 'b c' });
test(reads, 'get a', 'get', { key: 'a' });
test(reads, 'get put', 'get', { key: 'put' });
test(reads, 'get orders/17#x', 'get', { key: 'orders/17#x' });
test(reads, 'grant 5000', 'lease.grant', { ttl: 5000 });
test(reads, 'lease 7 a 1', 'put', { key: 'a', value: 1, lease: 7 });
test(reads, 'keep 7', 'lease.keep', { lease: 7 });
test(reads, 'revoke 7', 'lease.revoke', { lease: 7 });
test(reads, 'delete a', 'delete', { key: 'a' });
test(reads, 'cas a 1 2', 'cas', { key: 'a', expect: { value: 1 }, value: 2 });
test(reads, 'cas a one two', 'cas', { key: 'a', expect: { value: 'one' }, value: 'two' });
test(reads, 'cas a absent 2', 'cas', { key: 'a', expect: { absent: true }, value: 2 });
test(reads, 'cas a "absent" 2', 'cas', { key: 'a', expect: { value: 'absent' }, value: 2 });
test(reads, 'cas a rev:7 2', 'cas', { key: 'a', expect: { rev: 7 }, value: 2 });
test(reads, 'cas a {"rev": 7} 2', 'cas', { key: 'a', expect: { rev: 7 }, value: 2 });
test(reads, 'cas a {"value": {"x": 1}} {"x": 2}', 'cas', {
  key: 'a',
  expect: { value: { x: 1 } },
  value: { x: 2 },
});
test(reads, 'cas a {"absent": true} 2', 'cas', { key: 'a', expect: { absent: true }, value: 2 });
test(reads, 'cas a {"x": 1} 2', 'cas', { key: 'a', expect: { value: { x: 1 } }, value: 2 });
test(reads, 'cas a ["]"] 2', 'cas', { key: 'a', expect: { value: [']'] }, value: 2 });
test(reads, 'range a b', 'range', { from: 'a', to: 'b' });
test(reads, 'prefix orders/', 'range', { prefix: 'orders/' });
test(reads, 'prefix ""', 'range', { prefix: '' });
test(reads, 'changes 0', 'changes', { since: 0 });
test(reads, 'status', 'status', {});
test(reads, 'members', 'members', {});
test(reads, 'add 6 tcp://h:1 tcp://h:2 tcp://h:3', 'member.add', {
  node: { id: 6, peer: 'tcp://h:1', client: 'tcp://h:2', events: 'tcp://h:3' },
});
test(reads, 'promote 6', 'member.promote', { node: 6 });
test(reads, 'remove 6', 'member.remove', { node: 6 });
test(reads, 'transfer', 'transfer', {});
test(reads, 'transfer 2', 'transfer', { to: 2 });
test(reads, 'snapshot', 'snapshot', {});
test(reads, '{"op":"txn","if":[]}', 'txn', { if: [] });
test(reads, '{"op":"get","key":"a","read":"stale"}', 'get', { key: 'a', read: 'stale' });

test('a raw request that is about a member names it by its id', (t) => {
  const line = '{"id":6,"op":"member.remove"}';
  t.deepEqual(parseLine(line), { kind: 'Request', op: 'member.remove', args: { node: 6 }, id: 6 });
});

test('a raw request may bring its id, which is not an argument', (t) => {
  const line = '{"id":7,"op":"get","key":"a"}';
  t.deepEqual(parseLine(line), { kind: 'Request', op: 'get', args: { key: 'a' }, id: 7 });
});

const blank = test.macro({
  exec(t, line: string) {
    t.deepEqual(parseLine(line), { kind: 'Blank' });
  },
  title: (_, line) => `${JSON.stringify(line)} asks for nothing`,
});

test(blank, '');
test(blank, ' \t ');
test(blank, '# put a 1');

const refuses = test.macro({
  exec(t, line: string, message: RegExp) {
    const parsed = parseLine(line);
    t.is(parsed.kind, 'Problem');
    t.regex(parsed.kind === 'Problem' ? parsed.message : '', message);
  },
  title: (_, line, message: RegExp) => `${line} is refused: ${message.source}`,
});

test(refuses, 'put', /^put: KEY is missing; usage: put KEY VALUE$/);
test(refuses, 'put a', /^put: VALUE is missing; usage: put KEY VALUE$/);
test(refuses, 'get', /KEY is missing/);
test(refuses, 'get a b', /^get: "b" is too much .* usage: get KEY$/);
test(refuses, 'status now', /"now" is too much/);
test(refuses, 'transfer 1 2', /usage: transfer \[ID\]$/);
test(refuses, 'get "a', /a double quote is not closed; usage: get KEY/);
test(refuses, "get 'a", /a single quote is not closed/);
test(refuses, 'get "a"b', /white space is missing before "b"/);
test(refuses, 'get "\\x"', /is no JSON string/);
test(refuses, 'cas a {"x": 1 2', /a bracket is not closed/);
test(refuses, 'changes now', /SINCE must be a whole number, found "now"/);
test(refuses, 'changes -1', /SINCE must be a whole number/);
test(refuses, 'remove 99999999999999999999', /ID must be a whole number/);
test(refuses, 'ptu a 1', /^"ptu" is no command; did you mean put\?$/);
test(refuses, 'frobnicate', /is no command; there are put, get, /);
test(refuses, '__proto__', /is no command/);
test(refuses, '{"op":', /must be a request as JSON/);
test(refuses, '{"key":"a"}', /needs an "op"/);
test(refuses, '{"op":"get","id":-1}', /"id" of a request must be a whole number/);

test('every command of the interface has usage and help', (t) => {
  t.deepEqual(
    LINE_COMMANDS.map(usage),
    [
      'put KEY VALUE|get KEY|delete KEY|cas KEY EXPECT VALUE|range FROM TO|prefix P|changes SINCE',
      'watch [PREFIX] [SINCE]|grant TTL|lease LEASE KEY VALUE|keep LEASE|revoke LEASE',
      'status|members|add ID PEER CLIENT EVENTS|promote ID|remove ID|transfer [ID]|snapshot',
    ]
      .join('|')
      .split('|'),
  );
  t.true(LINE_COMMANDS.every(({ help }) => help.length > 5));
});
