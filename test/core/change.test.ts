import test from 'ava';
import fc from 'fast-check';
import { applyChanges, type Change, withoutOutgoing } from '../../lib/core/change.ts';
import { foundedBy, isQuorum } from '../../lib/core/quorum.ts';
import { tellConfiguration } from '../../lib/core/tell-members.ts';
import type { Configuration, NodeId } from '../../lib/core/types.ts';
import { memberOf } from './changes.ts';

/** n1, n2 and n3 vote, n4 learns, n5 learns and is to be promoted. */
const NOW: Configuration = {
  ...foundedBy([1, 2, 3, 4, 5].map(memberOf)),
  voters: [1, 2, 3],
  learners: [4, 5],
  promoting: [5],
};

const add = (id: NodeId, as: 'voter' | 'learner'): Change => ({
  kind: 'add',
  member: memberOf(id),
  as,
});
const promote = (id: NodeId): Change => ({ kind: 'promote', id });
const demote = (id: NodeId): Change => ({ kind: 'demote', id });
const remove = (id: NodeId): Change => ({ kind: 'remove', id });

/** What comes of a change: the configuration in words, or the fault. */
function resultOf(...changes: readonly Change[]): string {
  const next = applyChanges(NOW, changes);
  return 'reason' in next ? `${next.reason}: ${next.why}` : tellConfiguration(next);
}

const SAME = tellConfiguration(NOW);

const RESULTS: readonly [what: string, changes: readonly Change[], result: string][] = [
  [
    'a new voter begins as a learner that is to be promoted',
    [add(6, 'voter')],
    'n1,n2,n3+n4,n5^,n6^',
  ],
  ['a learner needs no vote of others than voters', [add(6, 'learner')], 'n1,n2,n3+n4,n5^,n6'],
  ['a learner that is added as a voter is to be promoted', [add(4, 'voter')], 'n1,n2,n3+n4^,n5^'],
  ['who becomes a voter needs both sets', [promote(4)], 'n1,n2,n3,n4<n1,n2,n3+n5^'],
  ['a promotion that was to come is none any more', [promote(5)], 'n1,n2,n3,n5<n1,n2,n3+n4'],
  ['M11: who is demoted still votes while it is joint', [demote(3)], 'n1,n2<n1,n2,n3+n4,n5^,n3'],
  ['a demotion takes back a promotion that was to come', [demote(5)], 'n1,n2,n3+n4,n5'],
  ['a voter is removed by both sets', [remove(3)], 'n1,n2<n1,n2,n3+n4,n5^'],
  ['a learner is removed by the voters', [remove(5)], 'n1,n2,n3+n4'],
  ['several changes are one step', [promote(4), remove(1)], 'n2,n3,n4<n1,n2,n3+n5^'],
];

for (const [what, changes, result] of RESULTS) {
  test(what, (t) => t.is(resultOf(...changes), result));
}

const NOTHING: readonly [what: string, change: Change][] = [
  ['a voter that is there is added as a voter', add(1, 'voter')],
  ['a learner that is there is added as a learner', add(4, 'learner')],
  ['a learner that is to be promoted is added as a voter', add(5, 'voter')],
  ['a voter is promoted', promote(1)],
  ['a learner is demoted', demote(4)],
  ['a member is updated to what it is', { kind: 'update', member: memberOf(1) }],
];

for (const [what, change] of NOTHING) {
  test(`M10: nothing changes if ${what}`, (t) => {
    t.is(applyChanges(NOW, [change]), NOW);
  });
}

const moved = { ...memberOf(1), peer: 'tcp://elsewhere:1' };
const FAULTS: readonly [what: string, changes: readonly Change[], fault: string][] = [
  ['M09: the last voter', [remove(1), remove(2), remove(3)], 'BadChange: no voter would be left'],
  [
    'M09: all voters become learners',
    [demote(1), demote(2), demote(3)],
    'BadChange: no voter would be left',
  ],
  ['M10: who is not there cannot be removed', [remove(9)], 'NotAMember: server 9 is not a member'],
  ['who is not there cannot be promoted', [promote(9)], 'NotAMember: server 9 is not a member'],
  ['who is not there cannot be demoted', [demote(9)], 'NotAMember: server 9 is not a member'],
  [
    'who is not there cannot move',
    [{ kind: 'update', member: memberOf(9) }],
    'NotAMember: server 9 is not a member',
  ],
  [
    'M10: one server twice',
    [promote(4), demote(4)],
    'BadChange: server 4 is named twice in one change',
  ],
  [
    'a member with another address',
    [{ kind: 'add', member: moved, as: 'voter' }],
    'BadChange: server 1 is a member already, with other data: update it, or remove it first',
  ],
  [
    'a voter as a learner',
    [add(1, 'learner')],
    'BadChange: server 1 is a voter already: demote it to make it a learner',
  ],
  [
    'an address that another has',
    [{ kind: 'add', member: { ...memberOf(9), client: 'tcp://c2:1' }, as: 'voter' }],
    'BadChange: server 2 is reached at an address of server 9',
  ],
  [
    'an address that another has, by an update',
    [{ kind: 'update', member: { ...memberOf(1), events: 'tcp://e2:1' } }],
    'BadChange: server 2 is reached at an address of server 1',
  ],
];

for (const [what, changes, fault] of FAULTS) {
  test(`refused with nothing changed: ${what}`, (t) => t.is(resultOf(...changes), fault));
}

test('an address and a first incarnation are changed without a vote of anybody new', (t) => {
  const next = applyChanges(NOW, [{ kind: 'update', member: { ...moved, incarnation: 7 } }]);
  if ('reason' in next) return t.fail(next.why);
  t.is(tellConfiguration(next), SAME);
  t.deepEqual(next.members[0], { ...moved, incarnation: 7 });
  const again = applyChanges(next, [{ kind: 'update', member: memberOf(1) }]);
  if ('reason' in again) return t.fail(again.why);
  t.is(again.members[0]?.incarnation, 7, 'what says nothing of it takes nothing back');
  const other = applyChanges(next, [{ kind: 'update', member: { ...moved, incarnation: 8 } }]);
  t.like(other, { reason: 'BadChange' }, 'it has lost what it promised');
});

test('who leaves is known by address until the joint configuration is left', (t) => {
  const joint = applyChanges(NOW, [remove(3), demote(2)]);
  if ('reason' in joint) return t.fail(joint.why);
  t.deepEqual(
    joint.members.map(({ id }) => id),
    [1, 2, 3, 4, 5],
  );
  const after = withoutOutgoing(joint);
  t.is(tellConfiguration(after), 'n1+n4,n5^,n2');
  t.deepEqual(
    after.members.map(({ id }) => id),
    [1, 2, 4, 5],
  );
});

const voterSets = fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { minLength: 1 });

test('M17: whoever decides while it is joint meets whoever decided before, and will decide after', (t) => {
  fc.assert(
    fc.property(voterSets, voterSets, fc.integer({ min: 0, max: 127 }), (old, next, bits) => {
      const all = [...new Set([...old, ...next])];
      const now = {
        ...NOW,
        voters: old,
        learners: next.filter((id) => !old.includes(id)),
        promoting: [],
      };
      const changes = all.flatMap((id): Change[] => {
        if (!next.includes(id)) return [{ kind: 'remove', id }];
        return old.includes(id) ? [] : [{ kind: 'promote', id }];
      });
      const joint = applyChanges({ ...now, members: all.map(memberOf) }, changes);
      if ('reason' in joint) return false;
      const agrees = (id: NodeId): boolean => (bits & (1 << (id - 1))) !== 0;
      const others = (id: NodeId): boolean => !agrees(id);
      const before = { ...now, outgoing: [] };
      const after = withoutOutgoing(joint);
      // if one side decides while it is joint, the others alone can decide neither before nor after
      return (
        !isQuorum(joint, agrees) ||
        joint === now ||
        !(isQuorum(before, others) || isQuorum(after, others))
      );
    }),
  );
  t.pass();
});
