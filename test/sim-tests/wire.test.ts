import test from 'ava';
import { Agenda } from '../sim/agenda.ts';
import { Wire } from '../sim/world/wire.ts';

const TRIP_MS = 5;
const KEPT_MS = 50;

/** A connection that is up, and what arrives over it, with what was kept of an earlier one. */
function makeWire() {
  const agenda = new Agenda();
  const arrived: string[] = [];
  const way = { isOpen: true, kept: 0 };
  const wire = new Wire(agenda, 1, {
    canConnect: () => way.isOpen,
    isOpen: () => way.isOpen,
    told: () => {},
    keptMs: () => KEPT_MS,
    keptArrives: () => {
      way.kept += 1;
    },
  });
  const send = (text: string, ms = TRIP_MS): void => wire.send(ms, () => arrived.push(text));
  const run = (ms: number): void => agenda.run(agenda.now + ms);
  wire.connect();
  run(1);
  return { wire, way, send, run, arrived };
}

test('what is sent arrives in order, however long each takes', (t) => {
  const { send, run, arrived } = makeWire();
  send('slow', 20);
  send('fast', 1);
  run(30);
  t.deepEqual(arrived, ['slow', 'fast']);
});

test('what finds its way closed waits until it is open', (t) => {
  const { wire, way, send, run, arrived } = makeWire();
  way.isOpen = false;
  send('one');
  send('two');
  run(100);
  t.deepEqual(arrived, []);
  way.isOpen = true;
  wire.flush();
  t.deepEqual(arrived, ['one', 'two']);
});

test('a connection that breaks takes with it what is under way', (t) => {
  const { wire, send, run, arrived, way } = makeWire();
  send('lost');
  wire.break();
  wire.connect();
  run(100);
  send('sent');
  run(100);
  t.deepEqual(arrived, ['sent']);
  t.is(way.kept, 0);
});

test('what the sender keeps comes over the next connection, and counts when it arrives', (t) => {
  const { wire, send, run, arrived, way } = makeWire();
  send('kept');
  wire.break(true);
  t.is(way.kept, 0);
  wire.connect();
  run(KEPT_MS);
  t.deepEqual(arrived, []);
  run(1);
  t.deepEqual(arrived, ['kept']);
  t.is(way.kept, 1);
});

test('the next process of the sender has nothing of what was kept', (t) => {
  const { wire, send, run, arrived } = makeWire();
  send('kept');
  wire.break(true);
  wire.forget();
  wire.connect();
  run(100);
  t.deepEqual(arrived, []);
});
