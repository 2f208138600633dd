import test from 'ava';
import type { Introduction } from '../../lib/wire/introduction.ts';
import {
  decodeMail,
  encodeIntroduction,
  encodeRefused,
  type Identity,
} from '../../lib/wire/peer.ts';
import { sealed } from './sealed.ts';

const LIMITS = { recordBytes: 1000 };
const ONE: Identity = { cluster: 'local', node: 1, incarnation: 11 };
const TWO: Identity = { cluster: 'local', node: 2, incarnation: 22 };
const OTHER: Identity = { cluster: 'other', node: 2, incarnation: 33 };
const PLACES = { peer: 'tcp://h:1', client: 'tcp://h:2', events: 'tcp://h:3' };

test('an introduction is read as it was written, by a node of any cluster', (t) => {
  const introduction: Introduction = {
    kind: 'Introduction',
    cluster: 'local',
    from: 1,
    incarnation: 11,
    ...PLACES,
  };
  const frames = encodeIntroduction(PLACES, 2, ONE);
  t.deepEqual(decodeMail(frames, TWO, LIMITS), introduction);
  t.deepEqual(decodeMail(frames, OTHER, LIMITS), introduction);
});

test('the longest introduction there can be fits into a header', (t) => {
  const host = `${'a.'.repeat(125)}abc`;
  const port = (id: number): string => `tcp://${host}:6553${id}`;
  const places = { peer: port(1), client: port(2), events: port(3) };
  const identity = { cluster: 'c'.repeat(64), node: 2 ** 31 - 1, incarnation: 2 ** 48 };
  const frames = encodeIntroduction(places, 2, identity);
  t.like(decodeMail(frames, TWO, LIMITS), places);
});

test('a refusal is read by the node it is for, whatever the cluster and the id of who sends it', (t) => {
  const introduction = decodeMail(encodeIntroduction(PLACES, 2, ONE), OTHER, LIMITS);
  const frames = encodeRefused(introduction as Introduction, 'foreign', 7, { ...OTHER, node: 1 });
  t.deepEqual(decodeMail(frames, ONE, LIMITS), {
    kind: 'Refused',
    from: 1,
    incarnation: 33,
    reason: 'foreign',
    refused: 11,
    index: 7,
    cluster: 'other',
  });
});

const refuses = test.macro({
  exec(t, fields: readonly unknown[], reason: RegExp, run?: Uint8Array) {
    const mail = decodeMail(sealed(fields, run), TWO, LIMITS);
    t.regex(String(mail), reason);
  },
  title: (name) => `${name} is refused`,
});

const head = (...more: readonly unknown[]) => [1, 'local', 1, 2, 7, ...more];
test(
  'an introduction to another',
  refuses,
  [1, 'local', 1, 3, 7, 21, 'a', 'b', 'c'],
  /takes this for server 3, where it is server 2/,
);
test(
  'an introduction by nobody',
  refuses,
  [1, 'local', 0, 2, 7, 21, 'a', 'b', 'c'],
  /the sender is not/,
);
test(
  'an introduction without an incarnation',
  refuses,
  [1, 'local', 1, 2, null, 21, 'a', 'b', 'c'],
  /the incarnation is not/,
);
test(
  'an introduction with a port too few',
  refuses,
  head(21, 'a', 'b'),
  /the events endpoint is not/,
);
test('an introduction with too much', refuses, head(21, 'a', 'b', 'c', 'd'), /1 fields too many/);
test('an endpoint that is no text', refuses, head(21, 'a', 5, 'c'), /the client endpoint is not/);
test(
  'an endpoint that goes on',
  refuses,
  head(21, 'a', 'x'.repeat(273), 'c'),
  /the client endpoint/,
);
test(
  'a cluster that is no text',
  refuses,
  [1, [], 1, 2, 7, 21, 'a', 'b', 'c'],
  /of cluster a object/,
);
test(
  'an introduction with a run',
  refuses,
  head(21, 'a', 'b', 'c'),
  /a run with Introduction/,
  Buffer.from('x'),
);
test('a refusal for a reason unknown', refuses, head(18, 3, 22, 7, 'local'), /the reason is not/);
test('a refusal of nobody', refuses, head(18, 0, null, 7, 'local'), /the refused incarnation/);
test(
  'a refusal to another',
  refuses,
  [1, 'local', 1, 3, 7, 18, 0, 22, 7, 'local'],
  /where this is server 2/,
);
