import type { Row } from './row.ts';

export const MEMBERSHIP: readonly Row[] = [
  {
    id: 'M01',
    rule: 'a new voter learns first, and is made one when it has caught up',
    in: ['scenarios/membership/add-a-voter.txt'],
  },
  {
    id: 'M02',
    rule: 'one change at a time: another is refused while one is under way',
    in: ['scenarios/membership/one-at-a-time.txt'],
  },
  {
    id: 'M03',
    rule: 'a joint configuration is left by its leader, without being asked',
    in: ['scenarios/membership/add-a-voter.txt'],
  },
  {
    id: 'M04',
    rule: 'it is left once, whatever is proposed meanwhile',
    in: ['scenarios/membership/one-at-a-time.txt'],
  },
  {
    id: 'M05',
    rule: 'a leader can be replaced by another server in one step',
    in: ['scenarios/membership/replace-the-leader.txt'],
  },
  {
    id: 'M06',
    rule: 'a leader that was replaced leads until that is committed, and then another does',
    in: [
      'scenarios/membership/remove-the-leader.txt',
      'scenarios/membership/replace-the-leader.txt',
    ],
  },
  {
    id: 'M07',
    rule: 'a leader that removes itself does not count itself, and steps down once that is committed',
    in: ['scenarios/membership/remove-the-leader.txt'],
  },
  {
    id: 'M09',
    rule: 'a change that cannot be made is refused, with nothing changed',
    in: ['core/change.test.ts'],
  },
  {
    id: 'M10',
    rule: 'what is so already is complete at once; what is asked twice in one change is refused',
    in: ['core/change.test.ts', 'core/membership.test.ts', 'scenarios/membership/told-to-go.txt'],
  },
  {
    id: 'M11',
    rule: 'who is demoted votes until the joint configuration is left',
    in: ['core/change.test.ts'],
  },
  {
    id: 'M13',
    rule: 'a new leader lets nothing be changed until what it has inherited is committed',
    in: ['scenarios/membership/inherited.txt'],
  },
  {
    id: 'M14',
    rule: 'a configuration that is replaced before it is committed is effective no more',
    in: ['core/membership.test.ts', 'scenarios/membership/rollback.txt'],
  },
  {
    id: 'M15',
    rule: 'with fewer voters, what waited for more of them is committed',
    in: ['core/membership.test.ts'],
  },
  {
    id: 'M17',
    rule: 'whoever decides in a joint configuration meets whoever decides before and after it',
    in: ['core/change.test.ts'],
  },
  {
    id: 'M18',
    rule: 'an empty server that is added makes nobody wait for it',
    in: ['scenarios/membership/add-three.txt'],
  },
  {
    id: 'M19',
    rule: 'several empty servers that are added in quick succession do not either',
    in: ['scenarios/membership/add-three.txt'],
  },
  {
    id: 'M21',
    rule: 'a leader of two that removes itself can lead again to finish that',
    in: ['scenarios/membership/remove-from-two.txt'],
  },
  {
    id: 'M22',
    rule: 'a server that is removed and does not know disturbs nobody',
    in: ['scenarios/membership/removed-while-away.txt'],
  },
  {
    id: 'M23',
    rule: 'wherever a leader crashes in a joint change, neither half decides alone',
    in: ['scenarios/crash-in-a-change.test.ts'],
  },
  {
    id: 'M24',
    rule: 'a leader changes nothing before it has committed an entry of its own term: one is added, one removed',
    in: ['scenarios/membership/own-term-first.txt'],
  },
  {
    id: 'M25',
    rule: 'the same if two are added',
    in: ['scenarios/membership/own-term-first.txt'],
  },
  {
    id: 'M26',
    rule: 'the same if two are removed',
    in: ['scenarios/membership/own-term-first.txt'],
  },
  {
    id: 'M27',
    rule: 'a follower that is removed while it is cut off learns of it when it is back',
    in: ['scenarios/membership/removed-while-away.txt'],
  },
  {
    id: 'M29',
    rule: 'a vote is granted to a candidate that the own configuration does not have',
    in: ['scenarios/membership/vote-of-a-newcomer.txt'],
  },
  {
    id: 'M30',
    rule: 'a leader is followed that the own configuration does not have',
    in: ['scenarios/membership/vote-of-a-newcomer.txt', 'streams/peers.test.ts'],
  },
  {
    id: 'M31',
    rule: 'a server that lost its disk is refused under its id, until it was removed and added anew',
    in: ['sim-rows/identity.test.ts'],
  },
  {
    id: 'M33',
    rule: 'a joint configuration whose leader is gone is left by the next one',
    in: ['scenarios/membership/inherited.txt', 'scenarios/crash-in-a-change.test.ts'],
  },
  {
    id: 'M34',
    rule: 'of two changes that are asked for at once one is refused',
    in: ['scenarios/membership/one-at-a-time.txt'],
  },
  {
    id: 'M35',
    rule: 'many learners that answer nothing do not slow commitment down',
    in: ['core/membership.test.ts'],
  },
  {
    id: 'M37',
    rule: 'a removal that is replaced before it is committed has not happened',
    in: ['scenarios/membership/rollback.txt'],
  },
];
