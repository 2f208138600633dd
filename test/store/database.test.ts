import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { StorageError } from '../../lib/kit/errors.ts';
import { type OpenedDatabase, openDatabase } from '../../lib/store/database/database.ts';
import { generatedEntries } from './generated.ts';
import { LIMITS, memoryMachine, read } from './machine-world.ts';
import { temporaryDirectory } from './temporary.ts';

const LAST = 1500;

/** What the log makes of an empty database. */
const expected = memoryMachine();
expected.apply(generatedEntries(1, LAST));

function reopen(directory: string, boot: string | null = 'this boot'): Promise<OpenedDatabase> {
  return openDatabase({ directory, logLast: LAST, limits: LIMITS, boot });
}

/** A directory whose database has applied the log, and was closed in order or is as of a kill. */
async function left(t: ExecutionContext, how: 'closed' | 'killed'): Promise<string> {
  const directory = join(temporaryDirectory(t), 'db');
  const { machine } = await reopen(directory);
  for (let index = 1; index <= LAST; index += 100) {
    machine.apply(generatedEntries(index, index + 99));
  }
  const copy = `${directory} as of a kill`;
  cpSync(directory, copy, { recursive: true });
  await machine.close();
  return how === 'closed' ? directory : copy;
}

test('a new database is empty, and there is nothing to tell', async (t) => {
  const { machine, notes } = await reopen(join(temporaryDirectory(t), 'a', 'b'));
  t.deepEqual([machine.applied, machine.rev, notes], [0, 0, []]);
  await machine.close();
});

const trusts = test.macro({
  async exec(t, how: 'closed' | 'killed', boot: string | null, isTrusted: boolean) {
    const directory = await left(t, how);
    const { machine, notes } = await reopen(directory, boot);
    t.is(machine.applied, isTrusted ? LAST : 0);
    t.is(notes.length, isTrusted ? 0 : 1);
    // Untrusted is empty, and becomes the same again from the log.
    machine.apply(generatedEntries(machine.applied + 1, LAST));
    t.is(machine.digest(), expected.digest());
    await machine.close();
  },
  title: (_, how, boot, isTrusted) =>
    `a database that was ${how} is ${isTrusted ? '' : 'not '}trusted in ${boot ?? 'a nameless boot'}`,
});

test(trusts, 'killed', 'this boot', true);
test(trusts, 'killed', 'another boot', false);
test(trusts, 'killed', null, false);
test(trusts, 'closed', 'this boot', true);
test(trusts, 'closed', 'another boot', true);
test(trusts, 'closed', null, true);

test('a clean close vouches for one boot more, not for two', async (t) => {
  const directory = await left(t, 'closed');
  const { machine } = await reopen(directory, 'second boot');
  const killed = `${directory} as of a second kill`;
  cpSync(directory, killed, { recursive: true });
  await machine.close();
  const third = await reopen(killed, 'third boot');
  t.is(third.machine.applied, 0);
  t.is(third.notes.length, 1);
  await third.machine.close();
});

const DAMAGES: Readonly<Record<string, (file: string, stamp: string) => void>> = {
  'the file is missing': (file) => rmSync(file),
  'the file has only its first page': (file) => truncateSync(file, 4096),
  'the file ends in its first page': (file) => truncateSync(file, 100),
  'the file has only the pages that describe it': (file) => truncateSync(file, 8192),
  'the file is cut in the middle': (file) => truncateSync(file, readFileSync(file).length >> 1),
  'the file is text': (file) => writeFileSync(file, 'not a database\n'.repeat(1000)),
  'the file is zeros': (file) => writeFileSync(file, Buffer.alloc(100_000)),
  'the file is a directory': (file) => {
    rmSync(file);
    mkdirSync(file);
  },
  'the stamp is missing': (_, stamp) => rmSync(stamp),
  'the stamp is empty': (_, stamp) => writeFileSync(stamp, ''),
  'the stamp is no stamp': (_, stamp) => writeFileSync(stamp, '{"format":"1"}'),
  'the stamp is a directory': (_, stamp) => {
    rmSync(stamp);
    mkdirSync(stamp);
  },
  'the process died while it opened it': (_, stamp) => change(stamp, { state: 'opening' }),
  'it has an older format': (_, stamp) => change(stamp, { format: 0 }),
};

for (const [name, damage] of Object.entries(DAMAGES)) {
  test(`D19: if ${name}, that is told and it is rebuilt`, async (t) => {
    const directory = await left(t, 'closed');
    damage(join(directory, 'data.mdb'), join(directory, 'stamp.json'));
    const { machine, notes } = await reopen(directory);
    t.is(machine.applied, 0);
    t.is(notes.length, 1);
    t.regex(notes[0] ?? '', /rebuilt from the log/);
    machine.apply(generatedEntries(1, LAST));
    t.is(machine.digest(), expected.digest());
    await machine.close();
    const again = await reopen(directory, 'another boot');
    t.deepEqual([again.machine.applied, again.notes], [LAST, []]);
    await again.machine.close();
  });
}

test('whoever died while it opened the database may have died of it', async (t) => {
  const directory = await left(t, 'closed');
  const deadly = {
    ...LIMITS,
    get history(): typeof LIMITS.history {
      throw new Error('died');
    },
  };
  await t.throwsAsync(
    openDatabase({ directory, logLast: LAST, limits: deadly, boot: 'this boot' }),
    { message: 'died' },
  );
  const { machine, notes } = await reopen(directory);
  t.is(machine.applied, 0);
  t.regex(notes[0] ?? '', /died while it opened it/);
  await machine.close();
});

test('locks of a process that died are no hindrance', async (t) => {
  const directory = await left(t, 'killed');
  writeFileSync(join(directory, 'data.mdb-lock'), Buffer.alloc(8192, 0xff));
  const { machine, notes } = await reopen(directory);
  t.deepEqual([machine.applied, notes], [LAST, []]);
  await machine.close();
});

test('a database of a newer version is refused and left alone', async (t) => {
  const directory = await left(t, 'closed');
  change(join(directory, 'stamp.json'), { format: 3 });
  const refused = await t.throwsAsync(reopen(directory), { instanceOf: StorageError });
  t.is(refused?.code, 'TOO_NEW');
  t.true(existsSync(join(directory, 'data.mdb')));
});

test('a database that has applied more than the log holds proves that the log lost entries', async (t) => {
  const directory = await left(t, 'closed');
  const short = { directory, logLast: LAST - 1, limits: LIMITS, boot: 'this boot' };
  const refused = await t.throwsAsync(openDatabase(short), { instanceOf: StorageError });
  t.is(refused?.code, 'CORRUPT');
  t.regex(refused?.message ?? '', /1500.*1499/);
  // Nothing was thrown away: with its log it is as good as before.
  const { machine } = await reopen(directory);
  t.is(machine.applied, LAST);
  await machine.close();
});

test('D19: damage that shows later ends the node, and the next start rebuilds', async (t) => {
  const directory = await left(t, 'closed');
  const file = join(directory, 'data.mdb');
  const bytes = readFileSync(file);
  for (let at = 2 * 4096; at < bytes.length; at += 4096) {
    if (isLeafWith(bytes.subarray(at, at + 4096), 'k123')) bytes.fill(0, at, at + 4096);
  }
  writeFileSync(file, bytes);
  const opened = await reopen(directory);
  t.deepEqual(opened.notes, [], 'LMDB has no checksums');
  const thrown = t.throws(() => read(opened.machine, { op: 'get', key: 'k123' }), {
    instanceOf: StorageError,
  });
  t.is(thrown?.code, 'CORRUPT');
  await opened.machine.close();
  const { machine, notes } = await reopen(directory);
  t.is(machine.applied, 0);
  t.is(notes.length, 1);
  await machine.close();
});

/** Whether it is a page of keys and rows (mdb.c: flags at 18, P_LEAF is 2) that has this key. */
function isLeafWith(page: Buffer, key: string): boolean {
  return page.readUInt16LE(18) === 2 && page.includes(key);
}

function change(stamp: string, fields: object): void {
  const found = JSON.parse(readFileSync(stamp, 'utf8')) as object;
  writeFileSync(stamp, JSON.stringify({ ...found, ...fields }));
}
