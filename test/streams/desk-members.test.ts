import test from 'ava';
import type { Input } from '../../lib/core/input.ts';
import type { RefusalReason } from '../../lib/core/outcome.ts';
import { encodeRequest } from '../../lib/wire/client.ts';
import { ALICE, BOB, setUp } from './desk-world.ts';

const NODE = { id: 4, peer: 'tcp://h:1', client: 'tcp://h:2', events: 'tcp://h:3' };
const add = (id: number, more: object = {}): Buffer =>
  encodeRequest(id, 'member.add', { node: NODE, ...more });
const tokenOf = (input: Input | undefined): number =>
  input?.kind === 'Reconfigured' ? input.token : 0;

test('a change of members is put to the core, and answered when it is complete', (t) => {
  const { ask, inputs, decide, network } = setUp();
  ask(ALICE, add(1));
  const member = { ...NODE, incarnation: null };
  t.like(inputs[0], { kind: 'Reconfigured', changes: [{ kind: 'add', member, as: 'voter' }] });
  t.deepEqual(network.takeReplies(), []);
  decide({ reconfigured: [{ token: tokenOf(inputs[0]), index: 11 }] });
  t.like(network.takeReplies(), [{ id: 1, ok: true, joint: false, members: [{ id: 1 }] }]);
});

const refuses = test.macro({
  exec(t, reason: RefusalReason, code: string) {
    const { ask, inputs, decide, network } = setUp();
    ask(ALICE, add(1));
    ask(BOB, add(2));
    const tokens = [tokenOf(inputs[1])];
    decide({ refused: [{ tokens, reason, leader: 1, why: 'because' }] });
    t.like(network.takeReplies(), [{ id: 2, code, message: 'because', outcome: 'rejected' }]);
  },
  title: (_, reason, code) => `${reason} of the core is told as ${code}`,
});

test(refuses, 'ConfigInProgress', 'CONFIG_IN_PROGRESS');
test(refuses, 'NotAMember', 'NOT_A_MEMBER');
test(refuses, 'NotReady', 'NOT_READY');
test(refuses, 'BadChange', 'BAD_REQUEST');

test('what the cluster changes by itself is waited for, within the time of the request', (t) => {
  const { ask, inputs, decide, desk, clock, network } = setUp();
  ask(ALICE, add(1, { timeout: 1000 }));
  const hold = (): void => {
    const tokens = [tokenOf(inputs.splice(0)[0])];
    decide({ refused: [{ tokens, reason: 'ConfigInProgress', leader: 1 }] });
  };
  hold();
  desk.onTime();
  t.is(inputs.length, 1, 'it is asked once more');
  hold();
  t.deepEqual(network.takeReplies(), []);
  clock.advance(1000);
  desk.onTime();
  t.like(network.takeReplies(), [{ id: 1, code: 'CONFIG_IN_PROGRESS', outcome: 'rejected' }]);
});

test('a leader that is deposed cannot know what becomes of a change', (t) => {
  const { ask, decide, network } = setUp();
  ask(ALICE, add(1));
  decide({}, { role: 'follower', leader: 2, term: 6 });
  t.like(network.takeReplies(), [{ id: 1, code: 'LEADERSHIP_LOST', outcome: 'unknown' }]);
});

test('a follower passes changes on to the leader', (t) => {
  const { ask, inputs, network } = setUp({ leader: 2 });
  ask(ALICE, add(1));
  t.deepEqual(inputs, []);
  t.is(network.mail[0]?.to, 2);
});

test('a change that cannot be taken is refused at once', (t) => {
  const { ask, inputs, network } = setUp();
  ask(ALICE, encodeRequest(1, 'member.add', { node: { ...NODE, peer: 'tcp://*:1' } }));
  t.like(network.takeReplies(), [{ id: 1, code: 'BAD_REQUEST' }]);
  t.deepEqual(inputs, []);
});
