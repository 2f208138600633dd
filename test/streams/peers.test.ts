import test from 'ava';
import { foundedBy } from '../../lib/core/quorum.ts';
import type { Member } from '../../lib/core/types.ts';
import type { View } from '../../lib/core/view.ts';
import { SILENT } from '../../lib/kit/logger.ts';
import type { Introduction } from '../../lib/wire/introduction.ts';
import { isAside, Peers } from '../../streams/peers.ts';
import { FakeNetwork } from './fake-network.ts';
import { manualClock } from './manual-clock.ts';

const at = (id: number, host = 'h') => ({
  peer: `tcp://${host}:${id}1`,
  client: `tcp://${host}:${id}2`,
  events: `tcp://${host}:${id}3`,
});
const member = (id: number, incarnation: number | null = null): Member => ({
  id,
  ...at(id),
  incarnation,
});
const introduction = (from: number, incarnation: number, host = 'h'): Introduction => ({
  kind: 'Introduction',
  cluster: 'test',
  from,
  incarnation,
  ...at(from, host),
});
const viewOf = (members: readonly Member[], configurationIndex = 0): View =>
  ({ configuration: foundedBy(members), configurationIndex }) as View;

/** Node 1 with these members; says whom it dials. */
function setUp(members: readonly Member[], configured: readonly (Member & object)[] = []) {
  const network = new FakeNetwork();
  const clock = manualClock(0);
  const identity = { cluster: 'test', node: 1, incarnation: 11 };
  const world = { network, clock, identity, configured, logger: SILENT };
  const peers = new Peers(world, viewOf(members));
  const dials = (): unknown[] => network.peers.map(({ id, peer }) => [isAside(id) ? 0 : id, peer]);
  return { peers, clock, dials };
}

test('all other members are dialled, and their mail is believed', (t) => {
  const { peers, dials } = setUp([member(1), member(2), member(3)]);
  t.deepEqual(dials(), [
    [2, 'tcp://h:21'],
    [3, 'tcp://h:31'],
  ]);
  t.is(peers.objection(2, 5), null);
  t.is(peers.objection(4, 5), 'server 4 is not a member');
});

test('of a member that is pinned only the mail of that very process is believed', (t) => {
  const { peers } = setUp([member(1), member(2, 22)]);
  t.is(peers.objection(2, 22), null);
  t.regex(peers.objection(2, 23) ?? '', /server 2 has other data .*: its disk was wiped, or two/);
});

test('who leaves the configuration is still dialled for a while', (t) => {
  const { peers, clock, dials } = setUp([member(1), member(2), member(3)]);
  peers.follow(viewOf([member(1), member(2)], 5));
  t.deepEqual(dials().length, 2);
  t.is(peers.objection(3, 5), null);
  clock.advance(10_000);
  peers.tidy();
  t.deepEqual(dials(), [[2, 'tcp://h:21']]);
  t.is(peers.objection(3, 5), 'server 3 is not a member');
});

test('M30: whoever introduces itself to a node without a cluster is answered', (t) => {
  const { peers, dials } = setUp([]);
  t.true(peers.isAlone);
  t.truthy(peers.objection(2, 22));
  peers.welcome(introduction(2, 22), null);
  t.deepEqual(dials(), [[2, 'tcp://h:21']]);
  t.is(peers.objection(2, 22), null);
  t.truthy(peers.objection(2, 23));
});

test('a guest that is silent is forgotten, and there are never too many', (t) => {
  const { peers, clock, dials } = setUp([member(1)]);
  for (let id = 2; id < 40; id += 1) peers.welcome(introduction(id, 1), null);
  t.is(dials().length, 16);
  clock.advance(10_000);
  peers.tidy();
  t.deepEqual(dials(), []);
});

test('a process that is not the member of its name is dialled aside, and the member where it is', (t) => {
  const { peers, dials } = setUp([member(1), member(2, 22)]);
  const guest = peers.welcome(introduction(2, 23, 'elsewhere'), 'wiped');
  t.true(isAside(guest.link));
  t.is(peers.addressee(guest.link), null);
  t.deepEqual(dials(), [
    [0, 'tcp://elsewhere:21'],
    [2, 'tcp://h:21'],
  ]);
  t.truthy(peers.objection(2, 23));
  t.is(peers.objection(2, 22), null);
});

test('who was refused is judged anew by the next configuration', (t) => {
  const { peers } = setUp([member(1), member(2, 22)]);
  peers.welcome(introduction(2, 23), 'wiped');
  peers.follow(viewOf([member(1)], 4));
  t.deepEqual(peers.guests, []);
});

test('a member that has moved is dialled where it says, until the configuration says it too', (t) => {
  const { peers, dials } = setUp([member(1), member(2)]);
  peers.meet(introduction(2, 22, 'new'));
  t.deepEqual(dials(), [[2, 'tcp://new:21']]);
  peers.follow(viewOf([member(1), { ...member(2), ...at(2, 'new') }], 4));
  t.deepEqual(dials(), [[2, 'tcp://new:21']]);
  peers.meet(introduction(2, 22));
  t.deepEqual(dials(), [[2, 'tcp://h:21']]);
});

test('where the configuration file says otherwise both places are tried, until the member is met', (t) => {
  const configured = [member(1), { ...member(2), ...at(2, 'file') }, member(7)];
  const { peers, dials } = setUp([member(1), member(2)], configured);
  t.deepEqual(dials(), [
    [0, 'tcp://file:21'],
    [2, 'tcp://h:21'],
  ]);
  peers.meet(introduction(2, 22, 'file'));
  t.deepEqual(dials(), [[2, 'tcp://file:21']]);
});
