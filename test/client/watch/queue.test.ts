import test from 'ava';
import { Queue } from '../../../lib/client/watch/queue.ts';

const DONE = { done: true, value: undefined };

test('what is put in comes out in order, whether it was waited for or not', async (t) => {
  const taken: number[] = [];
  const queue = new Queue<number>((item) => taken.push(item));
  const first = queue.next();
  const second = queue.next();
  for (let i = 1; i <= 5000; i += 1) queue.put(i);
  t.deepEqual(taken, [1, 2]);
  const rest = await Promise.all(Array.from({ length: 4998 }, () => queue.next()));
  const values = [await first, await second, ...rest].map(({ value }) => value);
  t.deepEqual(
    values,
    Array.from({ length: 5000 }, (_, i) => i + 1),
  );
  t.true(queue.isEmpty);
});

test('its end drops what nobody has taken, and ends whoever waits', async (t) => {
  const queue = new Queue<number>(() => {});
  queue.put(1);
  queue.end();
  queue.put(2);
  t.deepEqual(await queue.next(), DONE);
  const other = new Queue<number>(() => {});
  const waiting = [other.next(), other.next()];
  other.end();
  t.deepEqual(await Promise.all(waiting), [DONE, DONE]);
});

test('an error comes after all that came before it, once', async (t) => {
  const queue = new Queue<number>(() => {});
  const reason = new Error('over');
  queue.put(1);
  queue.fail(reason);
  queue.fail(new Error('twice'));
  t.like(await queue.next(), { value: 1 });
  await t.throwsAsync(queue.next(), { is: reason });
  t.deepEqual(await queue.next(), DONE);
});

test('an error reaches one who waits, and the others end', async (t) => {
  const queue = new Queue<number>(() => {});
  const waiting = [queue.next(), queue.next()];
  queue.fail(new Error('over'));
  await t.throwsAsync(waiting[0] as Promise<unknown>, { message: 'over' });
  t.deepEqual(await waiting[1], DONE);
});
