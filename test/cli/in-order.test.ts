import test from 'ava';
import { InOrder } from '../../lib/cli/in-order.ts';

/** Which of the operations, each given as `op key`, have begun before any has ended. */
async function begun(...operations: string[]): Promise<string[]> {
  const inOrder = new InOrder();
  const began: string[] = [];
  for (const operation of operations) {
    const [op = '', key] = operation.split(' ');
    void inOrder.run(op, key === undefined ? {} : { key }, () => {
      began.push(operation);
      return new Promise(() => {});
    });
  }
  await new Promise(setImmediate);
  return began;
}

const together = test.macro({
  async exec(t, ...operations: string[]) {
    t.deepEqual(await begun(...operations), operations);
  },
  title: (_, ...operations) => `${operations.join(', ')} run side by side`,
});

test(together, 'put a', 'put b', 'get c', 'delete d', 'cas e');
test(together, 'get a', 'get a', 'range', 'changes', 'status', 'members');

const waits = test.macro({
  async exec(t, first: string, second: string) {
    t.deepEqual(await begun(first, second), [first]);
  },
  title: (_, first, second) => `${second} waits for ${first}`,
});

test(waits, 'put a', 'get a');
test(waits, 'put a', 'put a');
test(waits, 'get a', 'put a');
test(waits, 'delete a', 'cas a');
test(waits, 'put a', 'range');
test(waits, 'put a', 'status');
test(waits, 'range', 'put a');
test(waits, 'put a', 'txn');
test(waits, 'txn', 'get a');
test(waits, 'txn', 'txn');
test(waits, 'member.add', 'members');

test('writes begin in their order, even if only the first of them has to wait', async (t) => {
  t.deepEqual(await begun('get a', 'put a', 'put b', 'get c'), ['get a', 'get c']);

  const inOrder = new InOrder();
  const story: string[] = [];
  const task = (name: string) => async () => {
    story.push(name);
  };
  await Promise.all([
    inOrder.run('get', { key: 'a' }, task('get a')),
    inOrder.run('put', { key: 'a' }, task('put a')),
    inOrder.run('put', { key: 'b' }, task('put b')),
    inOrder.run('put', { key: 'c' }, task('put c')),
  ]);
  t.deepEqual(story, ['get a', 'put a', 'put b', 'put c']);
});

test('what waits runs when what it waits for is done, or has failed', async (t) => {
  const inOrder = new InOrder();
  const story: string[] = [];
  const task =
    (name: string, fails = false) =>
    async () => {
      story.push(`${name} begins`);
      await new Promise(setImmediate);
      story.push(`${name} ends`);
      if (fails) throw new Error(name);
    };

  const all = await Promise.allSettled([
    inOrder.run('put', { key: 'a' }, task('put', true)),
    inOrder.run('get', { key: 'a' }, task('get')),
    inOrder.run('put', { key: 'a' }, task('last')),
  ]);

  t.deepEqual(
    story,
    ['put', 'get', 'last'].flatMap((name) => [`${name} begins`, `${name} ends`]),
  );
  t.deepEqual(
    all.map(({ status }) => status),
    ['rejected', 'fulfilled', 'fulfilled'],
  );
});
