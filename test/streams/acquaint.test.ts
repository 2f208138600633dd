import test from 'ava';
import { Subject } from 'rxjs';
import type { Input } from '../../lib/core/input.ts';
import type { Outcome, Refused as RefusedByCore } from '../../lib/core/outcome.ts';
import { foundedBy } from '../../lib/core/quorum.ts';
import type { Member } from '../../lib/core/types.ts';
import type { View } from '../../lib/core/view.ts';
import { IdentityError } from '../../lib/kit/errors.ts';
import { SILENT } from '../../lib/kit/logger.ts';
import type { Link } from '../../lib/net/network.ts';
import type { Introduction, Refused } from '../../lib/wire/introduction.ts';
import { decodeMail, type Mail } from '../../lib/wire/peer.ts';
import { acquaint } from '../../streams/acquaint.ts';
import { Peers } from '../../streams/peers.ts';
import { REGISTRAR } from '../../streams/registrar.ts';
import type { World } from '../../streams/world.ts';
import { FakeNetwork } from './fake-network.ts';
import { manualClock } from './manual-clock.ts';

const at = (id: number) => ({
  peer: `tcp://h:${id}1`,
  client: `tcp://h:${id}2`,
  events: `tcp://h:${id}3`,
});
const member = (id: number, incarnation: number | null = null): Member => ({
  id,
  ...at(id),
  incarnation,
});
const introduction = (from: number, change: Partial<Introduction> = {}): Introduction => ({
  kind: 'Introduction',
  cluster: 'test',
  from,
  incarnation: from * 11,
  ...at(from),
  ...change,
});
const refused = (reason: Refused['reason'], change: Partial<Refused> = {}): Refused => ({
  kind: 'Refused',
  from: 2,
  incarnation: 22,
  reason,
  refused: 11,
  index: 7,
  cluster: 'test',
  ...change,
});

/** Node 1 of a cluster, as it gets to know others. */
function setUp({ members = [member(1), member(2), member(3)], isJoining = false } = {}) {
  const network = new FakeNetwork();
  const clock = manualClock(0);
  const removed: number[] = [];
  const world = {
    network,
    clock,
    identity: { cluster: 'test', node: 1, incarnation: 11 },
    listens: at(1),
    configured: [],
    isJoining,
    onRemoved: (index: number) => removed.push(index),
    logger: SILENT,
  } as unknown as World;
  let view = { role: 'follower', term: 1, leader: 2, commit: 5, last: 5 } as View;
  view = { ...view, configuration: foundedBy(members), configurationIndex: 3 };
  const peers = new Peers(world, view);
  const [mail$, link$, decided$] = [
    new Subject<Mail>(),
    new Subject<Link>(),
    new Subject<Outcome>(),
  ];
  const inputs: Input[] = [];
  const errors: unknown[] = [];
  acquaint(world, peers, mail$, link$, decided$).subscribe({
    next: (input) => inputs.push(input),
    error: (reason: unknown) => errors.push(reason),
  });
  const decide = (change: Partial<View>, refusals: readonly RefusedByCore[] = []): void => {
    view = { ...view, ...change };
    peers.follow(view);
    decided$.next({ view, refused: refusals } as unknown as Outcome);
  };
  decide({});
  /** What was sent since the last time, as its receiver reads it. */
  const sent = (): unknown[] =>
    network.mail.splice(0).map(({ to, frames }) => {
      for (const [cluster, node] of [
        ['test', to],
        ['test', 2],
        ['test', 3],
        ['other', 9],
      ] as const) {
        const mail = decodeMail(frames, { cluster, node, incarnation: 0 }, { recordBytes: 1000 });
        if (typeof mail !== 'string')
          return mail.kind === 'Refused' ? [node, mail.reason] : [node, mail.kind];
      }
      return 'unreadable';
    });
  return { network, clock, peers, mail$, link$, decide, inputs, errors, removed, sent };
}

const update = (...members: readonly Member[]): Input => ({
  kind: 'Reconfigured',
  token: REGISTRAR,
  changes: members.map((one) => ({ kind: 'update', member: one })),
});

test('a node introduces itself when a link comes up, and every two seconds', (t) => {
  const { link$, clock, sent } = setUp();
  link$.next({ peer: 2, up: true });
  t.deepEqual(sent(), [[2, 'Introduction']]);
  clock.advance(2000);
  t.deepEqual(sent(), [[2, 'Introduction']]);
  link$.next({ peer: 2, up: false });
  clock.advance(2000);
  t.deepEqual(sent(), []);
});

test('the leader writes down which processes its members are, itself included, once', (t) => {
  const { mail$, decide, inputs } = setUp();
  mail$.next(introduction(2));
  t.deepEqual(inputs, [], 'a follower writes nothing down');
  decide({ role: 'leader', leader: 1 });
  t.deepEqual(inputs.splice(0), [update(member(1, 11), member(2, 22))]);
  mail$.next(introduction(2));
  decide({ commit: 6 });
  const configuration = foundedBy([member(1, 11), member(2, 22), member(3)]);
  decide({ configuration, configurationIndex: 7, commit: 7 });
  inputs.splice(0);
  mail$.next(introduction(2));
  t.deepEqual(inputs, [], 'nothing is left to write');
  mail$.next(introduction(3));
  t.deepEqual(inputs, [update(member(3, 33))]);
});

test('what another change holds up is written down after it', (t) => {
  const { decide, inputs } = setUp();
  decide({ role: 'leader', leader: 1 });
  inputs.splice(0);
  decide({}, [{ tokens: [REGISTRAR], reason: 'ConfigInProgress', leader: 1 }]);
  t.deepEqual(inputs, []);
  decide({ commit: 6 });
  t.deepEqual(inputs, [update(member(1, 11))]);
});

test('a member that has moved is written down where it is', (t) => {
  const members = [member(1, 11), member(2, 22), member(3, 33)];
  const { mail$, decide, inputs } = setUp({ members });
  decide({ role: 'leader', leader: 1 });
  mail$.next(introduction(2, at(8)));
  t.deepEqual(inputs, [update({ id: 2, ...at(8), incarnation: 22 })]);
});

test('a wiped member is told by the leader, over a link of its own', (t) => {
  const { mail$, link$, decide, peers, sent } = setUp({ members: [member(1), member(2, 5)] });
  mail$.next(introduction(2));
  t.is(peers.guests[0]?.refusal, null, 'a follower may be wrong about it');
  decide({ role: 'leader', leader: 1 });
  mail$.next(introduction(2));
  link$.next({ peer: peers.guests[0]?.link ?? 0, up: true });
  t.deepEqual(sent(), [[2, 'wiped']]);
  mail$.next(introduction(2));
  t.deepEqual(sent(), [[2, 'wiped']]);
});

test('a node of another cluster is told so, in the name of its own', (t) => {
  const { mail$, link$, peers, sent } = setUp();
  mail$.next(introduction(9, { cluster: 'other' }));
  link$.next({ peer: peers.guests[0]?.link ?? 0, up: true });
  t.deepEqual(sent(), [[9, 'foreign']]);
});

test('the leader tells a node that is no member, a follower does not know', (t) => {
  const { mail$, link$, decide, sent } = setUp({ members: [member(1), member(2)] });
  mail$.next(introduction(3));
  link$.next({ peer: 3, up: true });
  t.deepEqual(sent(), [[3, 'Introduction']]);
  decide({ role: 'leader', leader: 1 });
  mail$.next(introduction(3));
  t.deepEqual(sent(), [[3, 'removed']]);
});

test('a node that is refused as wiped ends with the reason and what to do', (t) => {
  const { mail$, errors } = setUp({ members: [member(1, 4), member(2)] });
  mail$.next(refused('wiped'));
  t.true(errors[0] instanceof IdentityError);
  t.regex(String(errors[0]), /node 2 refuses this node: the member 1 .* remove 1 from the cluster/);
});

test('what is about another process under its name does not concern it', (t) => {
  const { mail$, errors } = setUp();
  mail$.next(refused('wiped', { refused: 12 }));
  mail$.next(refused('foreign', { refused: 12 }));
  t.deepEqual(errors, []);
});

test('a refusal that rests on an older configuration than its own does not concern it', (t) => {
  const { mail$, errors, removed } = setUp();
  mail$.next(refused('wiped', { index: 2 }));
  mail$.next(refused('removed', { index: 2 }));
  t.deepEqual([errors, removed], [[], []]);
});

test('a node that was removed is told so once, and leaves in order', (t) => {
  const { mail$, errors, removed } = setUp();
  mail$.next(refused('removed'));
  mail$.next(refused('removed'));
  t.deepEqual([errors, removed], [[], [7]]);
});

test('a node that never was a member is told how to become one', (t) => {
  const { mail$, decide, errors } = setUp();
  decide({ commit: 0, last: 0 });
  mail$.next(refused('removed'));
  t.regex(String(errors[0]), /was started without a node 1, .* Start it with --join/);
});

test('a node that asks to be added is not told that it is no member, until it has been', (t) => {
  const { mail$, decide, removed } = setUp({ isJoining: true });
  mail$.next(refused('removed'));
  t.deepEqual(removed, []);
  decide({ configurationIndex: 6, last: 6 });
  mail$.next(refused('removed', { index: 8 }));
  t.deepEqual(removed, [8]);
});

test('of two clusters only a node that has nothing yet gives way', (t) => {
  const { mail$, decide, errors } = setUp();
  mail$.next(refused('foreign', { cluster: 'other' }));
  t.deepEqual(errors, []);
  decide({ commit: 0, last: 0 });
  mail$.next(refused('foreign', { cluster: 'other' }));
  t.regex(String(errors[0]), /it belongs to the cluster "other"/);
});
