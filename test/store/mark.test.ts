import test from 'ava';
import { MemoryDisk } from '../../lib/store/disk/disk-memory.ts';
import { entries, hard, ManualTimer, openLog, write } from './log-world.ts';

test('a mark whose sync fails is told at once, though nobody waits for it', async (t) => {
  const timer = new ManualTimer();
  let isWrong = false;
  const fault = ({ kind }: { kind: string }) => (isWrong && kind === 'sync' ? 'io' : null);
  const { store } = await openLog(new MemoryDisk({ fault }), { timer });
  await store.commit([write(entries(1, 1, 'a'), hard(1))]);
  isWrong = true;
  for (let i = 0; i < 3; i += 1) timer.pass(50);
  await t.throwsAsync(store.failed ?? Promise.resolve(), { name: 'StorageError' });
});
