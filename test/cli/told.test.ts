import { EventEmitter } from 'node:events';
import test, { type ExecutionContext } from 'ava';
import { listen, STOP_MESSAGE } from '../../lib/cli/told.ts';

function telling(t: ExecutionContext, boundMs = 60_000) {
  const source = new EventEmitter();
  const clock = { now: 0 };
  const told = listen(source, boundMs, () => clock.now);
  t.teardown(told.close);
  let ended = false;
  void told.toEnd.then(() => {
    ended = true;
  });
  const hasEnded = async (): Promise<boolean> => {
    await new Promise(setImmediate);
    return ended;
  };
  return { source, clock, told, hasEnded };
}

for (const signal of ['SIGINT', 'SIGTERM']) {
  test(`${signal} asks for a clean stop`, async (t) => {
    const { source, told, hasEnded } = telling(t);
    source.emit(signal, signal);
    t.is(await told.toStop, signal);
    t.false(await hasEnded());
  });
}

test('a second signal ends at once', async (t) => {
  const { source, clock, told } = telling(t);
  source.emit('SIGINT', 'SIGINT');
  clock.now = 501;
  source.emit('SIGINT', 'SIGINT');
  t.is(await told.toEnd, 'SIGINT again');
});

test('one press of Ctrl-C that arrives twice, by way of npm, is one signal', async (t) => {
  const { source, clock, hasEnded } = telling(t);
  source.emit('SIGINT', 'SIGINT');
  clock.now = 100;
  source.emit('SIGINT', 'SIGINT');
  t.false(await hasEnded());
});

test('a child stops when its parent says so or is gone, and neither is impatience', async (t) => {
  const { source, clock, told, hasEnded } = telling(t);
  source.emit('message', { kind: 'something else' });
  source.emit('message', STOP_MESSAGE);
  t.is(await told.toStop, 'its parent stops');
  clock.now = 9_000;
  source.emit('message', STOP_MESSAGE);
  source.emit('disconnect');
  t.false(await hasEnded());
});

test('a child whose parent is gone stops', async (t) => {
  const { source, told } = telling(t);
  source.emit('disconnect');
  t.is(await told.toStop, 'its parent is gone');
});

test('a stop that takes longer than its bound ends', async (t) => {
  const { source, told } = telling(t, 10);
  source.emit('SIGTERM', 'SIGTERM');
  t.is(await told.toEnd, 'not done after 0.01 s');
});

test('the bound only runs once a stop was asked for', async (t) => {
  const { hasEnded } = telling(t, 1);
  await new Promise((resolve) => setTimeout(resolve, 20));
  t.false(await hasEnded());
});

test('closed, it leaves nothing behind', (t) => {
  const source = new EventEmitter();
  listen(source, 10).close();
  t.deepEqual(source.eventNames(), []);
});

test('a parent that died before anybody listened is noticed, too', async (t) => {
  const source = Object.assign(new EventEmitter(), { connected: false });
  const told = listen(source, 60_000);
  t.teardown(told.close);
  t.is(await told.toStop, 'its parent is gone');
});
