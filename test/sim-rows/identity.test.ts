import test from 'ava';
import { loseDisk } from '../sim/lose-disk.ts';
import { onCluster } from './cluster.ts';

test(
  'M31: a server that lost its disk is refused by name, whoever leads, and the others go on',
  onCluster(5, {}, async (c, t) => {
    await c.agree(5);
    const leader = await c.leader();
    const wiped = c.after(leader);
    const others = c.others(wiped).map((id) => c.server(id));
    await c.must(
      () => others.every((one) => one.knows(c.server(wiped))),
      'it is known by its data',
    );
    loseDisk(c.sim, c.server(wiped));
    c.start(wiped);
    await c.must(() => c.sim.gone.has(wiped), 'it ends');
    t.is(c.sim.judge.places.refusedWiped, 1);
    for (let i = 0; i < 5; i += 1) t.is((await c.ask(leader, c.command())).kind, 'ok');
    await c.alike(...c.others(wiped));
  }),
);

test(
  'M31: a leader that lost its disk is followed by nobody',
  onCluster(3, {}, async (c, t) => {
    await c.agree(3);
    const wiped = await c.leader();
    const others = c.others(wiped).map((id) => c.server(id));
    await c.must(
      () => others.every((one) => one.knows(c.server(wiped))),
      'it is known by its data',
    );
    loseDisk(c.sim, c.server(wiped));
    c.start(wiped);
    await c.must(() => c.sim.gone.has(wiped), 'it ends');
    const leader = await c.leader();
    t.not(leader, wiped);
    t.is((await c.ask(leader, c.command())).kind, 'ok');
  }),
);
