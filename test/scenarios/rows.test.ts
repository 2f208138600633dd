import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { CLIENTS } from './rows/clients.ts';
import { DISK } from './rows/disk.ts';
import { ELECTION } from './rows/election.ts';
import { LEADERSHIP } from './rows/leadership.ts';
import { MEMBERSHIP } from './rows/membership.ts';
import { NETWORK } from './rows/network.ts';
import { OPERATIONS } from './rows/operations.ts';
import { PERSISTENCE } from './rows/persistence.ts';
import { READS } from './rows/reads.ts';
import { RECOVERY } from './rows/recovery.ts';
import { REPLICATION } from './rows/replication.ts';
import type { Row } from './rows/row.ts';
import { SNAPSHOT } from './rows/snapshot.ts';
import { TRANSFERS } from './rows/transfer.ts';
import { WORKLOADS } from './rows/workloads.ts';
import { titleOf } from './script.ts';

const GROUPS: readonly (readonly Row[])[] = [
  ELECTION,
  LEADERSHIP,
  REPLICATION,
  PERSISTENCE,
  SNAPSHOT,
  TRANSFERS,
  READS,
  CLIENTS,
  WORKLOADS,
  DISK,
  NETWORK,
  OPERATIONS,
  RECOVERY,
  MEMBERSHIP,
];
const ROWS: readonly Row[] = GROUPS.flat();

/** Sources, not what is built of them: a test that is gone may be left in dist/. */
const FOLDER = join(import.meta.dirname, '../../../test');

/** Numbers at the beginning of a title; in a source, of any string, or a string of their own. */
const NUMBERS = /(?<=['"`])((?:[A-Z]\d\d ?)+)(?:: |['"`])/g;

const SOURCES: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => /\.(txt|test\.ts)$/.test(path))
    .map((path) => [path, numbersIn(path)]),
);

function numbersIn(path: string): ReadonlySet<string> {
  const text = readFileSync(join(FOLDER, path), 'utf8');
  const titles = path.endsWith('.txt') ? `'${titleOf(text)}` : text;
  return new Set([...titles.matchAll(NUMBERS)].flatMap(([, ids = '']) => ids.split(' ')));
}

function filesThatName(id: string): readonly string[] {
  return [...SOURCES].filter(([, ids]) => ids.has(id)).map(([path]) => path);
}

for (const { id, rule, in: files = [], lacks } of ROWS) {
  const reservation =
    lacks === undefined ? '' : ` (${files.length > 0 ? 'but' : 'not yet'}: ${lacks})`;
  test(`${id} ${rule}${reservation}`, (t) => {
    t.deepEqual(
      filesThatName(id).toSorted(),
      files.toSorted(),
      'the tests whose titles begin with it',
    );
    t.true(files.length > 0 || lacks !== undefined, 'a rule that is not proved says why');
  });
}

test('each rule has a number of its own, and the rules of a group are in order', (t) => {
  for (const group of GROUPS) {
    const ids = group.map(({ id }) => id);
    t.deepEqual(ids, [...new Set(ids)].sort());
    t.is(new Set(ids.map((id) => id[0])).size, 1, ids[0]);
  }
  t.is(new Set(ROWS.map(({ id }) => id)).size, ROWS.length);
});

test('no test names a number that is not in the tables', (t) => {
  const known = new Set(ROWS.map(({ id }) => id));
  for (const [path, ids] of SOURCES) {
    t.deepEqual(
      [...ids].filter((id) => !known.has(id)),
      [],
      path,
    );
  }
});
