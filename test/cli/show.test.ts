import test from 'ava';
import { coloured, plain } from '../../lib/cli/colours.ts';
import { toJson } from '../../lib/cli/json.ts';
import { showCommand } from '../../lib/cli/show-command.ts';
import { showEvent } from '../../lib/cli/show-event.ts';
import { onOneLine, showFailure, showReply } from '../../lib/cli/show-reply.ts';
import { makeEntry } from '../../lib/core/entry.ts';
import { encodeClock } from '../../lib/core/log-clock.ts';
import { encodeRequest } from '../../lib/wire/client.ts';
import { Raw } from '../../lib/wire/raw.ts';

const json = test.macro({
  exec(t, value: unknown, expected: string) {
    t.is(toJson(value), expected);
  },
  title: (_, __, expected) => `as JSON: ${expected}`,
});

test(json, { a: [1, 'two', null, true] }, '{"a":[1,"two",null,true]}');
test(json, undefined, 'null');
test(json, 2n ** 60n, '"1152921504606846976"');
test(json, { b: Buffer.from([1, 2, 3]) }, '{"b":{"$bytes":"AQID"}}');
test(json, new Uint8Array([1, 2, 3]).subarray(1), '{"$bytes":"AgM="}');
test(json, new Map([[1, 'a']]), '{"$map":[[1,"a"]]}');
test(json, new Date(0), '"1970-01-01T00:00:00.000Z"');
test(json, [new Raw(Buffer.from([0xc1]))], '[{"$msgpack":"wQ=="}]');

const shows = test.macro({
  exec(t, op: string, reply: object, expected: string) {
    t.is(onOneLine(showReply(op, { ok: true, ...reply }, plain)), expected);
  },
  title: (_, op, __, expected) => `${op}: ${expected}`,
});

test(shows, 'put', { rev: 3, index: 9 }, 'ok  rev 3');
test(shows, 'get', { found: true, value: 'x', rev: 3, version: 1 }, '"x"  rev 3, version 1');
test(shows, 'get', { found: false, at: 3 }, 'absent');
test(shows, 'transfer', { leader: 2, term: 5 }, 'node 2 leads  term 5');
test(shows, 'lease.grant', { lease: 7, ttl: 5000 }, 'lease 7  lives for 5.0 s unless it is kept');
test(shows, 'lease.keep', { lease: 7, ttl: 500 }, 'lease 7  lives for 0.5 s unless it is kept');
test(shows, 'lease.revoke', { lease: 7, ttl: 5000, rev: 4 }, 'revoked lease 7  rev 4');
test(shows, 'delete', { deleted: true, rev: 4 }, 'deleted  rev 4');
test(shows, 'delete', { deleted: false, rev: 4 }, 'absent');
test(shows, 'cas', { swapped: true, rev: 5 }, 'swapped  rev 5');
test(shows, 'cas', { swapped: false, current: [1], rev: 5 }, 'not swapped, it is [1]');
test(shows, 'cas', { swapped: false, rev: 5 }, 'not swapped, it is absent');
test(shows, 'range', { entries: [], more: false }, '0 keys');
test(
  shows,
  'range',
  {
    entries: [
      { key: 'a', value: 1, rev: 1 },
      { key: 'b c', value: 2, rev: 2 },
    ],
    more: true,
  },
  '2 keys, and more: a = 1  rev 1, "b c" = 2  rev 2',
);
test(
  shows,
  'changes',
  { changes: [{ rev: 7, key: 'a', deleted: true }], more: false },
  '1 change: a deleted  rev 7',
);
test(
  shows,
  'members',
  { members: [{ id: 1, role: 'voter', client: 'tcp://h:1' }], joint: true },
  '1 member (changing): 1 voter  tcp://h:1',
);
test(
  shows,
  'status',
  {
    ...{ node: 2, cluster: 'local', role: 'follower', term: 4, leader: 1, commit: 9, applied: 8 },
    ...{ uptime: 1234, version: '0.1.0' },
  },
  'node 2 of "local" follows node 1 in term 4  commit 9, applied 8, up 1.2 s, version 0.1.0',
);
test(shows, 'snapshot', { index: 7, bytes: 4096 }, 'snapshot up to entry 7  4096 bytes');
test(shows, 'txn', { succeeded: true, results: [], rev: 1 }, 'succeeded true  results []  rev 1');
test(shows, 'something.new', {}, 'ok');
test(shows, 'changes', { changes: 'not a list' }, '0 changes');

test('a failure says its code, its outcome and why', (t) => {
  const failure = { ok: false, code: 'BUSY', outcome: 'rejected', message: 'later' } as const;
  t.is(showFailure(failure, plain).head, 'error BUSY (rejected) later');
});

test('an outcome that is unknown has another colour than one that is not', (t) => {
  const colour = (outcome: 'rejected' | 'unknown') =>
    showFailure({ ok: false, code: 'TIMEOUT', outcome, message: '' }, coloured).head.slice(0, 5);
  t.not(colour('rejected'), colour('unknown'));
});

const event = test.macro({
  exec(t, topic: string, fields: object, expected: RegExp) {
    const at = Date.UTC(2024, 0, 1);
    t.regex(showEvent(topic, { node: 2, at, seq: 1, ...fields }, plain), expected);
  },
  title: (_, topic, __, expected: RegExp) => `${JSON.stringify(topic)} shows as ${expected.source}`,
});

const TIME = '^\\d\\d:\\d\\d:00\\.000 ';
test(
  event,
  'raft.role',
  { role: 'leader', term: 3 },
  RegExp(`${TIME}node 2  raft.role  role leader, term 3$`),
);
test(event, 'raft.heartbeat', { term: 3, check: 1 }, /raft\.heartbeat {2}term 3$/);
test(event, 'kv.a', { key: 'a', value: { x: 1 }, rev: 7 }, /kv\.a {2}= \{"x":1\} {2}rev 7$/);
test(event, 'kv.a', { key: 'a', deleted: true, rev: 8 }, /kv\.a {2}deleted {2}rev 8$/);
test(event, 'kv.a\nb', { key: 'a\nb', deleted: true, rev: 8 }, /"kv\.a\\nb" {2}deleted/);
test(event, 'raft.leader', { leader: null, term: 3, at: 1e300 }, /leader null, term 3$/);

test('an entry of a session says where it stands, and a clock entry how much time it brings', (t) => {
  const args = { key: 'a', value: 1, lease: 3, session: 9, seq: 2, acked: 1 };
  const put = makeEntry(10, 1, 'command', encodeRequest(1, 'put', args));
  t.is(showCommand(put), 'put a 1 {"lease":3} (session 9, seq 2)');
  const keep = makeEntry(11, 1, 'command', encodeRequest(1, 'session.keep', { session: 9 }));
  t.is(showCommand(keep), 'session.keep (session 9)');
  t.is(showCommand(makeEntry(12, 1, 'clock', encodeClock(150))), '150 ms have passed');
});
