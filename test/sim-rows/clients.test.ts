import test from 'ava';
import type { NodeId } from '../../lib/core/types.ts';
import type { Ask } from '../sim/history/operation.ts';
import { onCluster } from './cluster.ts';
import { ELECTION_MS, ELECTION_MS_MAX } from './quiet-plan.ts';

const LONG_MS = 10 * ELECTION_MS;

test(
  'C06: what is rejected never takes effect; what may have is called unknown',
  onCluster(3, {}, async (c, t) => {
    const leader = await c.leader();
    await c.agree(3);
    c.isolate(leader);
    const late = c.begin(leader, c.command(), LONG_MS);
    t.deepEqual(await c.answerTo(late), { kind: 'unknown' }, 'the lead is lost after it was taken');
    const early = await c.ask(leader, c.command());
    t.deepEqual(early, { kind: 'rejected', code: 'NO_LEADER' }, 'and before it could be taken');
    await c.leader();
    t.is((await c.ask(c.after(leader), c.command())).kind, 'ok');
    c.heal();
    await c.agree(3);
    t.is(c.indexOf(late), null, 'this one was replaced');

    const next = await c.leader();
    c.crash(...c.others(next));
    await c.run(1);
    const short = await c.ask(next, c.command(), ELECTION_MS / 4);
    t.deepEqual(short, { kind: 'unknown' }, 'the time of the client is over');
    c.start(...c.others(next));
    await c.agree(3);

    const last = await c.leader();
    const passed = c.begin(c.after(last), c.command(), LONG_MS);
    await c.run(2);
    c.crash(last);
    t.deepEqual(await c.answerTo(passed), { kind: 'unknown' }, 'who it was passed on to is gone');
    const nobody = await c.ask(c.after(last), c.command());
    t.deepEqual(nobody, { kind: 'rejected', code: 'NO_LEADER' });
  }),
);

test(
  'C07: a write that was called unknown may be committed later, once',
  onCluster(3, {}, async (c, t) => {
    const leader = await c.leader();
    await c.agree(3);
    // Followers hear the leader and store what it sends; it never hears that they did.
    for (const follower of c.others(leader)) c.cut(follower, leader);
    const request = c.begin(leader, { op: 'put', key: 'late', value: 1 }, LONG_MS);
    t.deepEqual(await c.answerTo(request), { kind: 'unknown' });
    t.is(c.indexOf(request), null);
    await c.leader(c.others(leader));
    await c.must(() => c.indexOf(request) !== null, 'a later leader commits it');
    c.heal();
    await c.agree(3);
    const places = c.sim.committed.filter(({ id }) => id === request);
    t.is(places.length, 1);
  }),
);

test(
  'C09: clients of a minority wait, and are served when the network is whole again',
  onCluster(5, {}, async (c, t) => {
    await c.agree(5, { op: 'put', key: 'k', value: 13 });
    const leader = await c.leader();
    const minority = [leader, c.after(leader)];
    c.partition(minority);
    await c.leader(c.others(...minority));
    const [one = 0] = c.others(...minority);

    /** Repeats what it asks as long as it may do so. */
    const served = async (server: NodeId, ask: Ask, ms: number): Promise<boolean> => {
      const end = c.now + ms;
      while (c.now < end) {
        if ((await c.ask(server, ask)).kind === 'ok') return true;
        await c.run(ELECTION_MS / 4);
      }
      return false;
    };
    t.true(await served(one, { op: 'put', key: 'k', value: 14 }, 3000));
    t.false(await served(leader, { op: 'put', key: 'k', value: 15 }, 1000));
    t.false(await served(leader, { op: 'get', key: 'k' }, 1000));
    c.heal();
    t.true(await served(leader, { op: 'put', key: 'k', value: 15 }, 3000));
    t.true(await served(leader, { op: 'get', key: 'k' }, 3000));
    const answer = await c.ask(one, { op: 'get', key: 'k' });
    t.is(answer.kind === 'ok' && answer.reply['value'], 15);
  }),
);

const CROWD = 1000;

test(
  'C10: a thousand clients that repeat at once do not bring it down',
  onCluster(3, {}, async (c, t) => {
    const leader = await c.leader();
    await c.agree(3);
    const before = c.sim.committed.length;
    const ask = (ms: number): readonly number[] =>
      Array.from({ length: CROWD }, () => c.begin(leader, c.command(), ms));
    c.isolate(leader);
    const first = ask(ELECTION_MS / 2);
    await c.run(1);
    for (const id of first) t.is((await c.answerTo(id)).kind, 'unknown');
    c.heal();
    await c.leader();
    let done = 0;
    for (const id of ask(LONG_MS)) if ((await c.answerTo(id)).kind === 'ok') done += 1;
    t.is(done, CROWD);
    await c.agree(3);
    const entries = c.sim.committed.length - before;
    t.true(entries <= 2 * CROWD + 5, `${entries} entries`);
  }),
);

test(
  'C11: requests that race a stop or a restart are all answered, none mixed up',
  onCluster(3, {}, async (c, t) => {
    for (const end of ['leave', 'kill'] as const) {
      const leader = await c.leader();
      const asked = Array.from({ length: 100 }, (_, i) =>
        c.begin(c.after(leader, i % 3), c.command(), LONG_MS),
      );
      await c.run(3);
      for (const id of c.ids) c.server(id)[end]();
      for (const id of asked) await c.answerTo(id);
      await c.run(ELECTION_MS);
      c.start(...c.ids);
      await c.leader();
      await c.agree(3);
      for (const id of c.ids) t.is((await c.ask(id, c.command(), ELECTION_MS_MAX)).kind, 'ok');
    }
  }),
);
