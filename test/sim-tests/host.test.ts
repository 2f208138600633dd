import test from 'ava';
import { Agenda } from '../sim/agenda.ts';
import { Chance } from '../sim/chance.ts';
import { Host } from '../sim/world/host.ts';

/** A process whose clock keeps the time of the world, and a loop that is never late. */
function makeHost(): { readonly agenda: Agenda; readonly host: Host } {
  const agenda = new Agenda();
  const host = new Host(1, agenda, new Chance(1), 0, 0);
  host.begin();
  return { agenda, host };
}

test('who is resumed goes on at once, but not before its work in the thread is done', (t) => {
  const { agenda, host } = makeHost();
  const done: number[] = [];
  const work = (): void => {
    host.run(() => done.push(agenda.now));
  };
  agenda.after(10, () => host.run(() => host.spend(30)));
  agenda.after(11, () => host.pause(500));
  agenda.after(12, work);
  agenda.after(20, () => host.resume());
  agenda.after(50, () => host.pause(500));
  agenda.after(51, work);
  agenda.after(60, () => host.resume());
  agenda.run(1000);
  t.deepEqual(done, [40, 60]);
});

test('its clock goes on: it never shows the same time to two tasks', (t) => {
  const { agenda, host } = makeHost();
  const shown: number[] = [];
  agenda.after(10, () => host.run(() => host.spend(30)));
  agenda.after(12, () => host.run(() => shown.push(host.now())));
  agenda.after(15, () => host.resume());
  agenda.after(50, () => host.run(() => shown.push(host.now())));
  agenda.run(1000);
  const [first = 0, second = 0] = shown;
  t.true(second - first > 9, `${first}, ${second}`);
});

test('a timer set after work in the thread counts from when that is done', (t) => {
  const { agenda, host } = makeHost();
  const waited: number[] = [];
  agenda.after(10, () =>
    host.run(() => {
      host.spend(30);
      const from = host.now();
      host.clock.after(20, () => waited.push(Math.round(host.now() - from)));
    }),
  );
  agenda.run(1000);
  t.deepEqual(waited, [20]);
});

test('a process is held up by a pause until it is resumed, and by no sync that is as it should be', (t) => {
  const { agenda, host } = makeHost();
  agenda.after(10, () => host.spend(8));
  agenda.run(20);
  t.is(host.heldUntil, 0);
  host.pause(500);
  agenda.run(100);
  host.resume();
  t.is(host.heldUntil, 100);
});
