import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { playScript } from './scenario.ts';
import { titleOf } from './script.ts';

/** The scripts stand beside the source of this file; compiled, it lies under dist/. */
const FOLDER = join(import.meta.dirname, '../../../test/scenarios');

const STORIES = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => path.endsWith('.txt'));

/** `ACCEPT=1` writes down what happened; the difference is what there is to review. */
for (const name of STORIES) {
  const path = join(FOLDER, name);
  const script = readFileSync(path, 'utf8');
  test(`${name}: ${titleOf(script)}`, (t) => {
    const played = playScript(script);
    if (process.env['ACCEPT']) writeFileSync(path, played);
    else t.is(played, script);
    t.not(titleOf(script), '', 'a scenario begins with its rule');
  });
}
