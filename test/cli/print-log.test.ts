import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { makeEntry } from '../../lib/core/entry.ts';
import { openDataDirectory } from '../../lib/store/directory/data-directory.ts';
import { realDisk } from '../../lib/store/disk/disk-real.ts';
import { SECTOR_BYTES } from '../../lib/store/log/segment.ts';
import { encodeRequest } from '../../lib/wire/client.ts';
import { FIRST, flipped } from '../store/damage.ts';
import { changeFile, lastBatch, SECOND_BATCH, THIRD } from '../store/doctor/damages.ts';
import { changeLog, fingerprint, leftBy, NODE } from '../store/doctor/node-directory.ts';
import { chance, entries, hard, openLog, write } from '../store/log-world.ts';
import { temporaryDirectory } from '../store/temporary.ts';
import { raftmq } from './process.ts';

// small for whoever would hold a whole log in memory
process.env['NODE_OPTIONS'] = '--max-old-space-size=40';

/** What is printed of a log; nothing is changed. */
async function print(t: ExecutionContext, path: string, ...options: string[]) {
  const before = fingerprint(path);
  const ended = await raftmq(t, 'log', path, ...options).ended();
  t.is(fingerprint(path), before);
  return ended;
}

const command = (index: number, term: number, op: string, args: Record<string, unknown>) =>
  makeEntry(index, term, 'command', encodeRequest(index, op, args));

/** The log of a node that led in term 1, and had a suffix replaced by the leader of term 3. */
async function story(t: ExecutionContext): Promise<string> {
  const root = join(temporaryDirectory(t), '1');
  const directory = await openDataDirectory(root, NODE);
  const owner = { ...NODE, incarnation: directory.incarnation };
  const { store } = await openLog(realDisk(directory.walPath), { owner });
  await store.commit([write([makeEntry(1, 1, 'noop')], hard(1, 1))]);
  await store.commit([
    write([
      command(2, 1, 'put', { key: 'a', value: 1 }),
      command(3, 1, 'delete', { key: 'a b' }),
      command(4, 1, 'put', { key: 'c', value: 'lost' }),
    ]),
  ]);
  await store.commit([
    write(
      [
        makeEntry(4, 3, 'noop'),
        command(5, 3, 'cas', {
          key: 'c',
          expect: { rev: 2 },
          value: '\u202e\u0007'.padEnd(300, 'y'),
        }),
        makeEntry(6, 3, 'command', Buffer.from('no msgpack at all')),
      ],
      hard(3),
    ),
  ]);
  await store.close();
  await directory.close();
  return root;
}

test('a log is told in short: whose it is, what it holds, and how it ends', async (t) => {
  const root = await story(t);
  // the last one as it is named from within
  for (const path of [root, join(root, '..'), join(root, 'wal'), `${root}/wal/.`]) {
    const { code, stdout, stderr } = await print(t, path);
    t.deepEqual([code, stderr], [0, '']);
    t.regex(stdout, /log of node 1 of cluster "test", incarnation \d+$/m);
    t.regex(
      stdout,
      /^ {2}segments {2}1, 1048576 bytes in all; the last one is written up to offset 3584$/m,
    );
    t.regex(stdout, /^ {2}batches {3}5, of which 2 say nothing new; the last batch is a mark$/m);
    t.regex(stdout, /^ {2}entries {3}1 to 6, terms: 2$/m);
    t.regex(stdout, /^ {2}term {6}3, no vote$/m);
    t.regex(stdout, /^ {2}end {7}nothing follows$/m);
  }
});

test('--entries says what each entry that counts asks for', async (t) => {
  const { lines } = await print(t, await story(t), '--entries');
  t.deepEqual(
    lines.slice(6).map((line) => line.replace(/ +/g, ' ')),
    [
      '1/1 noop 0 bytes opens its term',
      '2/1 command 25 bytes put a 1',
      '3/1 command 27 bytes delete "a b"',
      '4/3 noop 0 bytes opens its term',
      `5/3 command 337 bytes cas c {"rev":2} "\\u{202e}\\u0007${'y'.repeat(69)}…`,
      '6/3 command 17 bytes no request: bytes follow the end of the value',
    ].map((line, i) =>
      line.replace(/\d+ bytes/, () => /\d+ bytes/.exec(lines[6 + i] ?? '')?.[0] ?? ''),
    ),
  );
});

test('--from, --to, --term and --limit choose among the entries', async (t) => {
  const root = await story(t);
  const indexes = async (...options: string[]): Promise<readonly number[]> => {
    const { code, lines } = await print(t, root, '--json', ...options);
    t.is(code, 0);
    return lines.slice(1).map((line) => JSON.parse(line).index);
  };
  t.deepEqual(await indexes('--entries'), [1, 2, 3, 4, 5, 6]);
  t.deepEqual(await indexes('--from', '3', '--to', '4'), [3, 4]);
  t.deepEqual(await indexes('--term', '3'), [4, 5, 6]);
  t.deepEqual(await indexes('--term', '1', '--from', '2', '--limit', '1'), [2]);
  t.deepEqual(await indexes('--term', '2'), []);
  t.deepEqual(await indexes('--from', '7'), []);
  const { lines } = await print(t, root, '--json', '--from', '2', '--to', '2');
  const { request } = JSON.parse(lines[1] ?? '');
  t.deepEqual([request.op, request.key, request.value], ['put', 'a', 1]);
});

test('--batches shows what each sync made durable, and what was replaced', async (t) => {
  const root = await story(t);
  const { lines } = await print(t, root, '--batches');
  const told = lines.slice(6);
  t.is(told.length, 5);
  t.regex(
    told[2] ?? '',
    /^1@1536 +batch 3 .* term 1 vote 1 {2}mark 1@1536 {2}entries 2 to 4, of which 4 was replaced later$/,
  );
  t.regex(told[3] ?? '', /batch 4 .* term 3 vote none .* entries 4 to 6, replaces 4$/);
  t.regex(told[4] ?? '', /batch 5 .* a mark$/);
  const json = (await print(t, root, '--batches', '--json', '--limit', '3')).lines.slice(1);
  const { sequence, first, entries: count, kept, replaces } = JSON.parse(json[2] ?? '');
  t.deepEqual([json.length, sequence, first, count, kept, replaces], [3, 3, 2, 3, 2, null]);
});

test('a torn end is told and is no fault', async (t) => {
  const root = await leftBy(t, 'killed');
  changeFile(join(root, 'wal', THIRD), (bytes) => {
    const end = lastBatch(bytes) + 1024;
    bytes.fill(0, end - SECTOR_BYTES, end);
  });
  const { code, stdout } = await print(t, root);
  t.is(code, 0);
  t.regex(stdout, /entries {3}1 to 15/);
  t.regex(
    stdout,
    /end {7}torn: 1024 bytes of an unfinished batch \(it has no end\), which a start drops/,
  );
});

test('of a log that rots all that comes before is printed, and the place is named', async (t) => {
  const root = await leftBy(t, 'closed');
  changeLog(root, (files) => flipped(files, THIRD, (SECOND_BATCH + 900) * 8));
  for (const lines of ['--entries', '--batches']) {
    const { code, stdout, stderr } = await print(t, root, lines);
    t.is(code, 1);
    t.regex(stderr, /^raftmq: \S+000000000003\.wal at offset \d+: no intact batch/);
    t.regex(stdout, /end {7}it cannot be read any further/);
    t.regex(stdout, lines === '--entries' ? /^14\/1 .*\n$/m : /batch 17 .* entry 14\n$/);
  }
});

test('a segment that is missing ends it; what lies before it is printed', async (t) => {
  const root = await leftBy(t, 'closed');
  rmSync(join(root, 'wal', THIRD));
  const { code, stdout, stderr } = await print(t, root, '--entries');
  t.is(code, 1);
  t.regex(stderr, /000000000003\.wal at offset 0: the file is missing/);
  t.regex(stdout, /^13\/1 .*$/m);
});

test('a log without its identity is shown all the same, one of another is not', async (t) => {
  const root = await leftBy(t, 'closed');
  const copy = join(temporaryDirectory(t), 'copy');
  cpSync(join(root, 'wal'), copy, { recursive: true });
  const alone = await print(t, copy);
  t.is(alone.code, 0);
  t.regex(alone.stdout, /whose log it is cannot be told/);
  const identity = join(root, 'identity.json');
  writeFileSync(identity, readFileSync(identity, 'utf8').replace('"test"', '"other"'));
  const { code, stderr } = await print(t, root);
  t.is(code, 1);
  t.regex(stderr, /belongs to the log of another node/);
});

test('the log of a node that runs is read up to its moving end', async (t) => {
  const root = await leftBy(t, 'closed');
  const directory = await openDataDirectory(root, NODE);
  const owner = { ...NODE, incarnation: directory.incarnation };
  const { store } = await openLog(realDisk(directory.walPath), { owner });
  let isDone = false;
  const printing = raftmq(t, 'log', root, '--entries').ended();
  void printing.then(() => {
    isDone = true;
  });
  for (let index = 17; !isDone; index += 1) {
    await store.commit([write(entries(index, 1, 'z'))]);
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { code, stdout, stderr } = await printing;
  t.deepEqual([code, stderr], [0, '']);
  t.true(stdout.includes(`running   held by pid ${process.pid}: it may write on`));
  const [last = '0'] = /\d+(?=\/1 [^\n]*\n$)/.exec(stdout) ?? [];
  t.true(Number(last) >= 16);
  writeFileSync(join(root, 'lock'), '');
  const { stdout: nameless } = await raftmq(t, 'log', root).ended();
  t.regex(nameless, /running {3}held by pid unknown: it may write on/);
  await store.close();
  await directory.close();
});

test('garbage is a fault with its place, whatever it is', async (t) => {
  const random = chance(3);
  for (let round = 0; round < 12; round += 1) {
    const root = await leftBy(t, 'closed');
    changeFile(join(root, 'wal', FIRST), (bytes) => {
      const from = round === 0 ? 0 : Math.floor(random() * bytes.length);
      for (let at = from; at < bytes.length && at < from + 2000; at += 1) {
        bytes[at] = Math.floor(random() * 256);
      }
    });
    const { code, stderr } = await print(t, root, round % 2 === 0 ? '--entries' : '--batches');
    t.is(code, 1);
    t.regex(stderr, /^raftmq: \S+\.wal at offset \d+: .*\n$/);
  }
});

test('hundreds of thousands of entries are printed with little memory', async (t) => {
  const root = join(temporaryDirectory(t), '1');
  const directory = await openDataDirectory(root, NODE);
  const owner = { ...NODE, incarnation: directory.incarnation };
  const wal = realDisk(directory.walPath);
  const { store } = await openLog(wal, { owner, segmentBytes: 16 << 20 });
  const LAST = 300_000;
  for (let first = 1; first <= LAST; first += 5000) {
    const run = Array.from({ length: 5000 }, (_, i) =>
      command(first + i, 1, 'put', { key: `k${first + i}`, value: 'x'.repeat(100) }),
    );
    await store.commit([write(run, first === 1 ? hard(1) : null)]);
  }
  await store.close();
  await directory.close();
  const { code, lines, stderr } = await raftmq(t, 'log', root, '--entries').ended();
  t.deepEqual([code, stderr, lines.length], [0, '', 6 + LAST]);
  t.regex(lines.at(-1) ?? '', /^300000\/1 .* put k300000 "x/);

  const few = raftmq(t, 'log', root, '--entries');
  await few.said('1/1');
  few.child.stdout.destroy();
  const { code: ofHead, stderr: said } = await few.ended();
  t.deepEqual([ofHead, said], [0, ''], 'a reader that had enough is no fault');
});

test('bad usage is told, and nothing is printed', async (t) => {
  const root = await leftBy(t, 'closed');
  for (const [argv, says] of [
    [[], /^raftmq: which log\?/],
    [['/no/where'], /there is no such directory/],
    [['package.json'], /that is no directory/],
    [['docs'], /docs holds no data of a node/],
    [[root, root], /one directory at a time/],
    [[root, '--batches', '--entries'], /one at a time/],
    [[root, '--from', '0'], /--from 0: allowed is 1 or more/],
    [[root, '--term', 'x'], /--term x: allowed is 1 or more/],
    [[root, '--limit', '5'], /--limit: of what\?/],
    [[root, '--raft.heartbeat', '3'], /a log needs no settings/],
    [[root, '--config', 'x'], /a log needs no settings/],
  ] as const) {
    const { code, stdout, stderr } = await raftmq(t, 'log', ...argv).ended();
    t.regex(stderr, says);
    t.deepEqual([code, stdout], [2, '']);
  }
  rmSync(join(root, 'wal'), { recursive: true });
  const none = await print(t, root);
  t.is(none.code, 1);
  t.regex(none.stderr, /wal holds no log\n$/);
});
