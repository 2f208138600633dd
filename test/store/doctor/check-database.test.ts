import test from 'ava';
import { findings, leftBy } from './node-directory.ts';

test('without a place for temporary files the database is not looked into, which is no refusal', async (t) => {
  const root = await leftBy(t, 'closed');
  process.env['TMPDIR'] = '/no/where';
  const found = (await findings(root)).filter(({ level }) => level !== 'ok');
  t.deepEqual(
    found.map(({ level, part }) => [level, part]),
    [['warning', 'database']],
  );
  t.regex(found[0]?.says ?? '', /not looked into: ENOENT.* mkdtemp '\/no\/where\//);
});
