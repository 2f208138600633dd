import test from 'ava';
import { decodeRequest, encodeRequest } from '../../lib/wire/client.ts';
import { CHANGES_MAX, changesIn } from '../../lib/wire/member-change.ts';

const NODE = { id: 6, peer: 'tcp://h:1', client: 'tcp://h:2', events: 'tcp://h:3' };
const MEMBER = { ...NODE, incarnation: null };

function read(op: string, args: Readonly<Record<string, unknown>>, id = 7) {
  const request = decodeRequest(encodeRequest(id, op, args));
  if ('refusal' in request) throw new Error(request.refusal.message);
  return changesIn(request);
}

const asks = test.macro({
  exec(t, op: string, args: Readonly<Record<string, unknown>>, changes: readonly object[]) {
    t.deepEqual(read(op, args) as unknown, changes);
  },
  title: (_, op, args) => `${op} ${JSON.stringify(args)} is understood`,
});

test(asks, 'member.add', { node: NODE }, [{ kind: 'add', member: MEMBER, as: 'voter' }]);
test(asks, 'member.add', { node: NODE, learner: true }, [
  { kind: 'add', member: MEMBER, as: 'learner' },
]);
test(asks, 'member.add', { node: { ...NODE, incarnation: 9 } }, [
  { kind: 'add', member: { ...NODE, incarnation: 9 }, as: 'voter' },
]);
test(asks, 'member.update', { node: NODE }, [{ kind: 'update', member: MEMBER }]);
test(asks, 'member.promote', { node: 3 }, [{ kind: 'promote', id: 3 }]);
test(asks, 'member.demote', { node: 3 }, [{ kind: 'demote', id: 3 }]);
test(asks, 'member.remove', { node: 3 }, [{ kind: 'remove', id: 3 }]);
test(asks, 'member.remove', {}, [{ kind: 'remove', id: 7 }]);
test(
  asks,
  'member.change',
  {
    changes: [
      { op: 'add', node: NODE },
      { op: 'remove', id: 3 },
    ],
  },
  [
    { kind: 'add', member: MEMBER, as: 'voter' },
    { kind: 'remove', id: 3 },
  ],
);

test('what is no change of members is none', (t) => {
  t.is(read('put', { key: 'a', value: 1 }), null);
  t.is(read('member.unknown', {}), null);
});

const refuses = test.macro({
  exec(t, op: string, args: Readonly<Record<string, unknown>>, reason: RegExp) {
    const refusal = read(op, args);
    t.like(refusal, { ok: false, code: 'BAD_REQUEST', outcome: 'rejected' });
    t.regex((refusal as { message?: string }).message ?? '', reason);
  },
  title: (_, op, args) => `${op} ${JSON.stringify(args).slice(0, 80)} is refused`,
});

const with_ = (change: object) => ({ node: { ...NODE, ...change } });
test(refuses, 'member.add', {}, /node must be a map \{id, peer, client, events\}/);
test(refuses, 'member.add', { node: 6 }, /node must be a map/);
test(refuses, 'member.add', with_({ id: 0 }), /node: id must be an integer from 1 to 2147483647/);
test(refuses, 'member.add', with_({ id: 1.5 }), /id must be an integer/);
test(refuses, 'member.add', with_({ id: '6' }), /id must be an integer/);
test(refuses, 'member.add', with_({ peer: undefined }), /node: peer: an endpoint such as tcp/);
test(refuses, 'member.add', with_({ peer: 'h:1' }), /peer: found "h:1", allowed is tcp:/);
test(refuses, 'member.add', with_({ events: 'tcp://0.0.0.0:1' }), /events: .* nobody can connect/);
test(refuses, 'member.add', with_({ peer: 'tcp://h:2' }), /must be three endpoints, and two are/);
test(refuses, 'member.add', with_({ http: 'http://h:4' }), /unknown argument "http"/);
test(refuses, 'member.add', with_({ incarnation: -1 }), /incarnation must be an integer/);
test(refuses, 'member.add', { node: NODE, learner: 1 }, /learner must be true or false/);
test(refuses, 'member.add', { node: NODE, voter: true }, /unknown argument "voter"/);
test(refuses, 'member.update', { node: NODE, learner: true }, /unknown argument "learner"/);
test(refuses, 'member.remove', { node: 0 }, /node must be an integer from 1/);
test(refuses, 'member.remove', { node: '3' }, /node must be an integer from 1/);
test(refuses, 'member.remove', { member: 3 }, /unknown argument "member"/);
test(refuses, 'member.change', {}, /changes must be a list of 1 to 64 changes/);
test(refuses, 'member.change', { changes: [] }, /changes must be a list/);
test(refuses, 'member.change', { changes: Array(CHANGES_MAX + 1).fill({}) }, /must be a list/);
test(refuses, 'member.change', { changes: [3] }, /changes\[0\] must be a map with op, one of add/);
test(refuses, 'member.change', { changes: [{ op: 'put' }] }, /changes\[0\] must be a map with op/);
test(refuses, 'member.change', { changes: [{ op: 'remove' }] }, /changes\[0\]: id must be/);
test(
  refuses,
  'member.change',
  {
    changes: [
      { op: 'remove', id: 2 },
      { op: 'remove', node: 3 },
    ],
  },
  /changes\[1\]: unknown argument "node"/,
);

test('a request whose id can be no member must name one', (t) => {
  t.like(read('member.remove', {}, 0), { code: 'BAD_REQUEST' });
  t.deepEqual(read('member.remove', { node: 3 }, 0) as unknown, [{ kind: 'remove', id: 3 }]);
});
