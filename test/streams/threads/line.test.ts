import { once } from 'node:events';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import test, { type ExecutionContext } from 'ava';
import { realClock } from '../../../streams/real-clock.ts';
import { heldBack, Line, PARCELS_MAX } from '../../../streams/threads/line.ts';
import { Pipe } from '../fake-network.ts';
import { manualClock } from '../manual-clock.ts';

function channel(t: ExecutionContext): { near: MessagePort; far: MessagePort } {
  const { port1: near, port2: far } = new MessageChannel();
  t.teardown(() => near.close());
  return { near, far };
}

/** A line whose other end is only a port: a parcel is taken when the test says so. */
function setUp(t: ExecutionContext) {
  const { near, far } = channel(t);
  const clock = manualClock();
  const line = new Line<string, string>(near, clock, () => {});
  const parcel = async (): Promise<{ letters: string[]; taken: number }> =>
    (await once(far, 'message'))[0];
  const acknowledge = async (taken: number): Promise<void> => {
    const heard = once(near, 'message');
    far.postMessage({ letters: [], taken });
    await heard;
  };
  const fill = (): void => {
    for (let i = 0; i < PARCELS_MAX; i += 1) {
      line.send(`${i}`);
      line.flush();
    }
  };
  return { line, clock, far, parcel, acknowledge, fill };
}

test('letters of one trip round the loop travel as one parcel, in order', async (t) => {
  const { line, clock, parcel } = setUp(t);
  line.send('a');
  line.send('b');
  const arrives = parcel();
  clock.runDeferred();
  t.deepEqual(await arrives, { letters: ['a', 'b'], taken: 0 });
});

test('no more than so many parcels are on their way: what is said meanwhile leaves as one', async (t) => {
  const { line, clock, far, acknowledge, fill } = setUp(t);
  const arrived: string[][] = [];
  far.on('message', ({ letters }: { letters: string[] }) => arrived.push(letters));
  fill();
  t.true(line.isFull);
  line.send('x');
  line.send('y');
  clock.runDeferred();
  line.flush();
  while (arrived.length < PARCELS_MAX) await new Promise(setImmediate);
  const hasRoom = line.room();
  await acknowledge(1);
  await hasRoom;
  t.is(arrived.length, PARCELS_MAX);
  const last = once(far, 'message');
  clock.runDeferred();
  await last;
  t.deepEqual(arrived.at(-1), ['x', 'y']);
  t.true(line.isFull);
});

test('a letter that nobody waits for travels with the next one, or a little later', async (t) => {
  const { line, clock, parcel } = setUp(t);
  const first = parcel();
  line.sendQuietly('a');
  t.is(clock.runDeferred(), 0);
  line.send('b');
  clock.runDeferred();
  t.deepEqual((await first).letters, ['a', 'b']);
  const second = parcel();
  line.sendQuietly('c');
  clock.advance(20);
  t.deepEqual((await second).letters, ['c']);
});

test('a letter may be taken back until it has left', (t) => {
  const { line, clock } = setUp(t);
  line.send('a');
  t.true(line.takeBack('a'));
  t.false(line.takeBack('a'));
  line.send('b');
  clock.runDeferred();
  t.false(line.takeBack('b'));
});

test('what is taken without an answer is acknowledged, so that the other side may go on', async (t) => {
  const { near, far } = channel(t);
  const taken: number[] = [];
  const sender = new Line<number, never>(near, realClock, () => {});
  new Line<never, number>(far, realClock, (letter) => taken.push(letter));
  for (let i = 0; i < 3 * PARCELS_MAX; i += 1) {
    sender.send(i);
    sender.flush();
    await sender.room();
  }
  while (taken.length < 3 * PARCELS_MAX) await new Promise(setImmediate);
  t.deepEqual(
    taken,
    Array.from({ length: 3 * PARCELS_MAX }, (_, i) => i),
  );
});

test('while the other side is too far behind nothing is taken from a socket', async (t) => {
  const { line, acknowledge, fill } = setUp(t);
  const socket = new Pipe<string>();
  const iterator = heldBack(socket, line)[Symbol.asyncIterator]();
  socket.put('first');
  t.is((await iterator.next()).value, 'first');
  fill();
  const received: string[] = [];
  const next = iterator.next().then(({ value }) => received.push(value));
  socket.put('second');
  await new Promise(setImmediate);
  t.deepEqual(received, []);
  await acknowledge(1);
  await next;
  t.deepEqual(received, ['second']);
});
