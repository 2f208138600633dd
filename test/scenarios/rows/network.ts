import type { Row } from './row.ts';

const REFUSALS = 'wire/peer-refusals.test.ts';

export const NETWORK: readonly Row[] = [
  {
    id: 'N01',
    rule: 'mail with flipped bits is refused, never misread, and commits go on',
    in: ['scenarios/flipped-bits.test.ts', 'wire/peer.test.ts', REFUSALS],
  },
  {
    id: 'N02',
    rule: 'frames that are cut short, empty or too many are refused',
    in: ['wire/peer.test.ts'],
  },
  {
    id: 'N03',
    rule: 'what is or claims to be too long costs no memory',
    in: ['wire/hostile.test.ts', REFUSALS, 'net/mail.test.ts'],
  },
  {
    id: 'N04',
    rule: 'mail of another format or kind, or with more fields, is refused by name',
    in: [REFUSALS],
  },
  {
    id: 'N05',
    rule: 'mail of strangers, or for others, changes nothing',
    in: [REFUSALS, 'streams/node.test.ts'],
  },
  {
    id: 'N06',
    rule: 'a second leader in a term is an alarm, and is not followed',
    in: ['core/follower.test.ts'],
  },
  {
    id: 'N07',
    rule: 'numbers that are none, or beyond all measure, are refused',
    in: [REFUSALS],
  },
  {
    id: 'N08',
    rule: 'entries with gaps or falling terms, and places that cannot be, are refused',
    in: ['core/follower.test.ts', REFUSALS],
  },
  {
    id: 'N09',
    rule: "a peer that floods takes bounded memory, and nobody else's turn",
    in: ['net/mail.test.ts'],
    lacks: 'a flood measured against the mail of others: it takes real sockets under load',
  },
  {
    id: 'N10',
    rule: 'a peer that does not read holds up nobody, and old beats are dropped first',
    in: ['net/mail.test.ts', 'net/links.test.ts', 'sim-rows/network.test.ts'],
  },
  {
    id: 'N11',
    rule: 'a peer that comes back gets nothing that was meant for its former life',
    in: ['net/mail.test.ts', 'sim-rows/network.test.ts'],
  },
  {
    id: 'N12',
    rule: 'mail that is replayed after a restart changes nothing',
    in: ['scenarios/restarts/replayed-mail.txt'],
  },
  {
    id: 'N13',
    rule: 'a snapshot that is longer than it said is refused',
    in: [REFUSALS],
  },
  {
    id: 'N14',
    rule: 'whatever bytes come, nothing throws and no rule is broken',
    in: ['wire/hostile.test.ts', 'wire/hostile-mail.test.ts', 'core/purity.test.ts'],
  },
];
