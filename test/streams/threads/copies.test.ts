import test from 'ava';
import { makeEntry } from '../../../lib/core/entry.ts';
import { StorageError } from '../../../lib/kit/errors.ts';
import { encodeRequest } from '../../../lib/wire/client.ts';

import { SNAPSHOT, setUp, stateOf } from './service-world.ts';

test('the state is copied piece by piece, each when the one before it is written', async (t) => {
  const { far } = await setUp(t);
  const written: string[] = [];
  let isWriting = false;
  const state = await far.machine.copy?.(async (bytes) => {
    t.false(isWriting);
    isWriting = true;
    await new Promise(setImmediate);
    written.push(Buffer.from(bytes).toString());
    isWriting = false;
  });
  t.deepEqual(state, { applied: { index: 1, term: 1 }, rev: 1 });
  t.deepEqual(written, ['state', '!']);
});

test('a copy that cannot be written fails with what was in its way, and the next one is whole', async (t) => {
  const { far } = await setUp(t);
  const write = async (): Promise<void> => {
    throw new StorageError('FULL', 'no room for a snapshot');
  };
  const reason = await t.throwsAsync(far.machine.copy?.(write) ?? Promise.resolve(), {
    instanceOf: StorageError,
  });
  t.is(reason?.code, 'FULL');
  t.is((await far.machine.copy?.(async () => {}))?.rev, 1);
});

test('the state is replaced by what comes over, and the loop knows how far it is then', async (t) => {
  const { far, machine } = await setUp(t);
  await far.machine.install?.(stateOf('new ', 'state'));
  t.is(machine.installed, 'new state');
  t.is(far.machine.applied, 40);
  t.is(far.machine.rev, 7);
});

test('a snapshot that is released is installed by the loop, and applying goes on after it', async (t) => {
  const { decide, until, far, machine, installed } = await setUp(t);
  decide({ release: { upTo: 41, entries: [makeEntry(41, 1, 'noop')], install: SNAPSHOT } });
  await until(() => far.machine.applied === 41);
  t.deepEqual(installed, [SNAPSHOT]);
  t.is(machine.installed, 'new state');
  t.deepEqual(
    machine.taken.map(({ index }) => index),
    [41],
  );
});

test('a client over there has a snapshot taken by the loop', async (t) => {
  const { ask, until, network } = await setUp(t);
  ask(encodeRequest(3, 'snapshot', {}));
  await until(() => network.replies.length > 0);
  t.deepEqual(network.takeReplies(), [{ id: 3, ok: true, index: 40, bytes: 9 }]);
});
