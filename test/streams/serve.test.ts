import test from 'ava';
import { NEVER, Subject } from 'rxjs';
import { SILENT } from '../../lib/kit/logger.ts';
import type { LogStore } from '../../lib/store/log-store.ts';
import type { StateMachine } from '../../lib/store/state-machine.ts';
import { serve } from '../../streams/serve.ts';
import type { World } from '../../streams/world.ts';
import { ALICE, FakeMachine, get } from './desk-world.ts';
import { FakeNetwork } from './fake-network.ts';
import { manualClock } from './manual-clock.ts';

/** A node that serves stale reads, and how many timers run. */
function setUp() {
  const network = new FakeNetwork();
  const clock = manualClock();
  const leaving$ = new Subject<void>();
  let timers = 0;
  const world: World = {
    clock: {
      ...clock,
      after: (ms, task) => {
        timers += 1;
        const cancel = clock.after(ms, () => {
          timers -= 1;
          task();
        });
        return () => {
          timers -= 1;
          cancel();
        };
      },
    },
    network,
    machine: new FakeMachine() as unknown as StateMachine,
    log: {} as LogStore,
    logger: SILENT,
    identity: { cluster: 'test', node: 1, incarnation: 11 },
    listens: { peer: 'p1', client: 'c1', events: 'e1' },
    configured: [],
    isJoining: false,
    onRemoved: () => {},
    limits: { valueBytes: 1024, recordBytes: 4096, pendingRequests: 10, pendingBytes: 4096 },
    version: '0',
    firstToken: 1,
    startedAt: 0,
    leaving$,
  };
  let isComplete = false;
  serve(world, NEVER, NEVER, NEVER, NEVER, null).subscribe({
    complete: () => {
      isComplete = true;
    },
  });
  /** Lets everything that can happen now happen. */
  const quiet = async (): Promise<void> => {
    for (let i = 0; i < 5; i += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      clock.runDeferred();
    }
  };
  return { network, clock, leaving$, quiet, timers: () => timers, isComplete: () => isComplete };
}

const read = (id: number, atLeast: number) => get(id, { read: 'stale', atLeast, timeout: 100 });

test('no timer runs while nobody waits, and one while somebody does, until their time is up', async (t) => {
  const { network, clock, quiet, timers } = setUp();
  await quiet();
  t.is(timers(), 0);

  network.fromClients.put({ client: ALICE, frames: [read(1, 0)] });
  await quiet();
  t.is(timers(), 0, 'it is answered at once');

  network.fromClients.put({ client: ALICE, frames: [read(2, 9)] });
  network.fromClients.put({ client: ALICE, frames: [read(3, 9)] });
  await quiet();
  t.is(timers(), 1);
  clock.advance(150);
  clock.advance(50);
  t.like(network.takeReplies().slice(1), [
    { id: 2, code: 'TIMEOUT' },
    { id: 3, code: 'TIMEOUT' },
  ]);
  t.is(timers(), 0);
});

test('a node that is asked to leave ends, whether somebody had asked it before or not', async (t) => {
  const { network, clock, quiet, leaving$, isComplete } = setUp();
  network.fromClients.put({ client: ALICE, frames: [read(1, 0)] });
  await quiet();
  leaving$.next();
  t.false(isComplete());
  clock.advance(50);
  t.true(isComplete());
});
