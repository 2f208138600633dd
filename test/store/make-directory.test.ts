import { existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { makeDirectory } from '../../lib/store/directory/make-directory.ts';
import { temporaryDirectory } from './temporary.ts';

test('it makes what is missing, and tells the topmost of it', async (t) => {
  const root = temporaryDirectory(t);
  t.is(await makeDirectory(join(root, 'a', 'b', 'c')), join(root, 'a'));
  t.true(statSync(join(root, 'a', 'b', 'c')).isDirectory());
  t.is(await makeDirectory(join(root, 'a', 'b', 'd')), join(root, 'a', 'b', 'd'));
  t.is(await makeDirectory(join(root, 'a', 'b')), undefined);
});

test('a file in the way is an error, at the end of the path and before it', async (t) => {
  const root = temporaryDirectory(t);
  writeFileSync(join(root, 'file'), '');
  await t.throwsAsync(makeDirectory(join(root, 'file')), { code: 'EEXIST' });
  await t.throwsAsync(makeDirectory(join(root, 'file', 'a')), { code: 'ENOTDIR' });
});

if (existsSync('/proc/self')) {
  test('where no directory can be made it says so, and does not try for ever', async (t) => {
    await t.throwsAsync(makeDirectory('/proc/no/such'), { code: 'ENOENT' });
  });
}
