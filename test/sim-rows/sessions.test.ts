import test from 'ava';
import type { NodeId } from '../../lib/core/types.ts';
import type { AnyAsk, Members } from '../sim/history/operation.ts';
import { type Cluster, onCluster } from './cluster.ts';
import { ELECTION_MS } from './quiet-plan.ts';

const LONG_MS = 10 * ELECTION_MS;
const COUNT: AnyAsk = { op: 'cas', key: 'n', expect: { absent: true }, value: 1 };

/** What a server answers, which has to be a result. */
async function result(c: Cluster, server: NodeId, ask: AnyAsk): Promise<Members> {
  const answer = await c.ask(server, ask, LONG_MS);
  if (answer.kind !== 'ok') throw new Error(`${ask.op} is answered ${JSON.stringify(answer)}`);
  return answer.reply;
}

async function open(c: Cluster, ttl: number): Promise<number> {
  return Number((await result(c, await c.leader(), { op: 'session.open', ttl }))['session']);
}

test(
  'C01: a command whose reply was lost has one effect, and the same reply again',
  onCluster(3, {}, async (c, t) => {
    const session = await open(c, 60_000);
    const leader = await c.leader();
    // Followers hear the leader and store what it sends; it never hears that they did.
    for (const follower of c.others(leader)) c.cut(follower, leader);
    const lost = c.begin(leader, { ...COUNT, session, seq: 1 }, LONG_MS);
    t.deepEqual(await c.answerTo(lost), { kind: 'unknown' });
    const next = await c.leader(c.others(leader));
    const first = await result(c, next, { ...COUNT, session, seq: 1 });
    t.is(first['swapped'], true);
    t.is(first['index'], c.indexOf(lost), 'the copy of which nobody knew has done it');
    c.heal();
    await c.agree(3);
    t.deepEqual(await result(c, leader, { ...COUNT, session, seq: 1 }), first);
  }),
);

test(
  'C02: a request that comes ten times, over a change of leader, has one effect',
  onCluster(5, {}, async (c, t) => {
    const session = await open(c, 60_000);
    const leader = await c.leader();
    const asks = (places: readonly number[]): readonly number[] =>
      places.map((place) =>
        c.begin(c.after(leader, place), { ...COUNT, session, seq: 1 }, LONG_MS),
      );
    const early = asks([0, 1, 2, 0, 1]);
    await c.run(2);
    c.crash(leader);
    for (const id of early) await c.answerTo(id);
    await c.leader();
    await c.run(ELECTION_MS);
    const replies: Members[] = [];
    for (const id of asks([1, 2, 3, 4, 1])) {
      const answer = await c.answerTo(id);
      if (answer.kind === 'ok') replies.push(answer.reply);
    }
    t.is(replies.length, 5);
    for (const reply of replies) t.deepEqual(reply, replies[0]);
    t.is(replies[0]?.['swapped'], true);
    t.is((await result(c, await c.leader(), { op: 'get', key: 'n' }))['version'], 1);
  }),
);

test(
  'C03: an old request after a newer one has its effect once, and none if it was acknowledged',
  onCluster(3, {}, async (c, t) => {
    const session = await open(c, 60_000);
    const leader = await c.leader();
    const put = (seq: number, acked?: number): AnyAsk => {
      const place = { session, seq, ...(acked !== undefined && { acked }) };
      return { op: 'put', key: 'k', value: seq, ...place };
    };
    t.is((await result(c, leader, put(7)))['rev'], 1);
    const five = await result(c, leader, put(5));
    t.is(five['rev'], 2);
    t.deepEqual(await result(c, leader, put(5)), five);
    t.is((await result(c, leader, put(8, 7)))['rev'], 3);
    t.deepEqual(await c.ask(leader, put(5)), { kind: 'unknown' }, 'its reply is forgotten');
    t.deepEqual(await c.ask(leader, put(6)), { kind: 'unknown' }, 'and this one never came');
    t.is((await result(c, leader, { op: 'get', key: 'k' }))['at'], 3);
  }),
);

test(
  'C05: sessions survive restarts, with databases and without',
  onCluster(3, {}, async (c, t) => {
    const session = await open(c, 60_000);
    const first = await result(c, await c.leader(), { ...COUNT, session, seq: 1 });
    c.crash(...c.ids);
    c.start(...c.ids);
    t.deepEqual(await result(c, await c.leader(), { ...COUNT, session, seq: 1 }), first);
    c.powerCut(...c.ids);
    c.start(...c.ids);
    t.deepEqual(await result(c, await c.leader(), { ...COUNT, session, seq: 1 }), first);
    await c.agree(3);
  }),
);

test(
  'C12: a session that is forgotten refuses its writes, on every server, for ever',
  onCluster(3, {}, async (c, t) => {
    const session = await open(c, 300);
    t.is((await result(c, await c.leader(), { ...COUNT, session, seq: 1 }))['swapped'], true);
    await c.run(1000);
    for (const id of c.ids) {
      const answer = await c.ask(id, { ...COUNT, session, seq: 2 }, LONG_MS);
      t.deepEqual(answer, { kind: 'rejected', code: 'SESSION_EXPIRED' });
    }
    c.restart(...c.ids);
    await c.leader();
    const late = await c.ask(await c.leader(), { ...COUNT, session, seq: 1 }, LONG_MS);
    t.deepEqual(late, { kind: 'rejected', code: 'SESSION_EXPIRED' });
  }),
);

test(
  'C13: keys of a lease go when nobody keeps it, not before, whoever leads, and time stands still without a leader',
  onCluster(3, {}, async (c, t) => {
    const leader = await c.leader();
    const ttl = 2000;
    const grantedAt = c.now;
    const { lease } = await result(c, leader, { op: 'lease.grant', ttl });
    await result(c, leader, { op: 'put', key: 'k', value: 1, lease: Number(lease) });
    const isThere = async (): Promise<unknown> =>
      (await result(c, await c.leader(), { op: 'get', key: 'k' }))['found'];

    await c.run(ttl / 2);
    c.crash(...c.ids);
    await c.run(5 * ttl);
    c.start(...c.ids);
    t.is(await isThere(), true, 'nobody led for most of the time');
    await c.run(ttl / 4);
    t.is(await isThere(), true, 'less than its ttl has been led');
    await c.must(() => c.server(c.ids[0] as NodeId).machine?.rev === 2, 'it ends', 2 * ttl);
    t.true(c.now - grantedAt >= ttl);
    t.is(await isThere(), false);
    await c.agree(3);
  }),
);
