import test from 'ava';
import { StorageError } from '../../lib/kit/errors.ts';
import type { MemoryTables } from '../../lib/store/database/tables-memory.ts';
import type { StateMachine } from '../../lib/store/state-machine.ts';
import { keyValues } from '../sim/key-values.ts';
import { drawPlan, type Plan } from '../sim/plan.ts';
import { playPlan } from '../sim/play.ts';
import { Simulation } from '../sim/simulation.ts';
import { counting } from './counter.ts';

const MS = 100;

/** Servers that have served for a while. */
async function serving(): Promise<Simulation<unknown>> {
  const sim = new Simulation(drawPlan(1, { size: 3, keep: [] }), keyValues);
  sim.start();
  await sim.run(2000);
  return sim as Simulation<unknown>;
}

test('who serves owes an answer; who cannot be reached has an excuse, and nobody else', async (t) => {
  const sim = await serving();
  const { excuses, agenda, servers } = sim;
  const [one, two] = servers;
  if (!one || !two) return t.fail();
  t.true(excuses.owes(one, MS));
  const over = excuses.begin(1);
  const overToo = excuses.begin(1);
  t.false(excuses.owes(one, MS));
  t.true(excuses.owes(two, MS));
  over();
  t.false(excuses.owes(one, MS), 'something else lies between still');
  overToo();
  await sim.run(agenda.now + MS);
  t.false(excuses.owes(one, MS + 1), 'it was asked when something lay between');
  await sim.run(agenda.now + 1);
  t.true(excuses.owes(one, MS));
});

test('who is down, has just begun or was stopped owes nothing yet', async (t) => {
  const sim = await serving();
  const [one, two] = sim.servers;
  if (!one || !two) return t.fail();
  one.kill();
  two.host.pause(MS);
  await sim.run(sim.agenda.now + MS);
  t.false(sim.excuses.owes(one, MS));
  t.false(sim.excuses.owes(two, MS));
  one.start();
  await sim.run(sim.agenda.now + 1);
  t.false(sim.excuses.owes(one, MS));
  await sim.run(sim.agenda.now + 2 * MS);
  t.true(sim.excuses.owes(one, MS));
  t.true(sim.excuses.owes(two, MS));
});

test('nobody may blame a disk that is well', async (t) => {
  const openMachine = (tables: MemoryTables, plan: Plan): StateMachine => {
    const machine = counting(0).openMachine(tables, plan);
    machine.apply = () => {
      throw new StorageError('IO', 'no room');
    };
    return machine;
  };
  const plan = drawPlan(1, { size: 3, keep: [] });
  const { violation } = await playPlan(plan, { ...counting(0), openMachine });
  t.regex(violation?.message ?? '', /n\d blames its disk, which is well: .*no room/);
});
