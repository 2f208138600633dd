import test from 'ava';
import { encodeConfiguration, readConfiguration } from '../../lib/core/configuration-code.ts';
import type { Configuration } from '../../lib/core/types.ts';

const ONE = { id: 1, peer: 'tcp://a:1', client: 'tcp://a:2', events: 'tcp://a:3', incarnation: 7 };
const TWO = { ...ONE, id: 2, incarnation: null };
const CONFIGURATION: Configuration = {
  voters: [1],
  outgoing: [2],
  learners: [2],
  promoting: [2],
  members: [ONE, TWO],
};

test('a configuration comes back as it was, and without what was not of it', (t) => {
  t.deepEqual(readConfiguration(encodeConfiguration(CONFIGURATION)), CONFIGURATION);
  const more = { ...CONFIGURATION, other: 1, members: [{ ...ONE, other: 2 }, TWO] };
  t.deepEqual(readConfiguration(Buffer.from(JSON.stringify(more))), CONFIGURATION);
});

const SPOILED: readonly [why: string, bytes: string][] = [
  ['not a JSON object', '[1'],
  ['not a JSON object', 'null'],
  ['lists of distinct ids', JSON.stringify({ ...CONFIGURATION, voters: [1, 1] })],
  ['lists of distinct ids', JSON.stringify({ ...CONFIGURATION, outgoing: [0] })],
  ['lists of distinct ids', JSON.stringify({ ...CONFIGURATION, learners: undefined })],
  ['lists of distinct ids', JSON.stringify({ ...CONFIGURATION, promoting: undefined })],
  ['promotes who is no learner', JSON.stringify({ ...CONFIGURATION, promoting: [1] })],
  ['a member that is none', JSON.stringify({ ...CONFIGURATION, members: [{ ...ONE, peer: 1 }] })],
  ['a member that is none', JSON.stringify({ ...CONFIGURATION, members: {} })],
  ['names a member twice', JSON.stringify({ ...CONFIGURATION, members: [ONE, ONE] })],
  ['a voter that learns', JSON.stringify({ ...CONFIGURATION, learners: [1] })],
];

for (const [i, [why, bytes]] of SPOILED.entries()) {
  test(`bytes that are no configuration are told as such: ${why} (${i})`, (t) => {
    const told = readConfiguration(Buffer.from(bytes));
    t.true(typeof told === 'string' && told.includes(why), `${told}`);
  });
}
