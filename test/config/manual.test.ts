import { readFileSync } from 'node:fs';
import test from 'ava';
import { describeSettings } from '../../config/describe.ts';
import { SETTINGS } from '../../config/settings.ts';
import { EVENTS } from '../../lib/cli/log-lines.ts';

const manual = readFileSync('docs/operations.md', 'utf8');

test('the manual has a row for every setting, as it is', (t) => {
  for (const { path, usual, allowed, means } of describeSettings()) {
    const row = `| \`${path}\` | ${usual} | ${means} Allowed: ${allowed}. |`;
    t.true(manual.includes(`\n${row}\n`), `docs/operations.md should have the line\n${row}`);
  }
});

test('the manual has no row for a setting that is gone', (t) => {
  const [, table = ''] = manual.split('| setting | default | meaning |');
  const rows = [...(table.split('\n\n')[0] ?? '').matchAll(/^\| `(\S+)`/gm)].map(
    ([, path]) => path,
  );
  t.deepEqual(
    rows,
    SETTINGS.map(({ path }) => path),
  );
});

test('the manual says what to make of every event of the log', (t) => {
  for (const event of EVENTS) t.regex(manual, new RegExp(`^\\| .*\`${event}\`.* \\|`, 'm'), event);
});
