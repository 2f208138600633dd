import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { openDataDirectory } from '../../lib/store/directory/data-directory.ts';
import { FIRST, flipped } from '../store/damage.ts';
import { SECOND_BATCH } from '../store/doctor/damages.ts';
import { changeLog, fingerprint, leftBy, NODE } from '../store/doctor/node-directory.ts';
import { temporaryDirectory } from '../store/temporary.ts';
import { raftmq } from './process.ts';

/** What the doctor says of a directory; nothing below it is changed. */
async function doctor(t: ExecutionContext, path: string, ...options: string[]) {
  const before = fingerprint(path);
  const ended = await raftmq(t, 'doctor', path, ...options).ended();
  t.is(fingerprint(path), before);
  return ended;
}

test('a healthy directory is 0, in a line each finding and a verdict', async (t) => {
  const root = await leftBy(t, 'closed');
  const { code, lines, stderr } = await doctor(t, root);
  t.deepEqual([code, stderr, lines[0], lines.at(-1)], [0, '', root, '  healthy']);
  t.true(lines.slice(1, -1).every((line) => /^ {2}ok {7}(\w+) {2,10}\S/.test(line)));
  t.true(
    lines.some((line) => /log +segments: 3, batches: \d+, .* entries 1 to 16, term 1/.test(line)),
  );
});

test('a directory of several nodes is all of them, and one that is refused makes it 1', async (t) => {
  const data = dirname(await leftBy(t, 'closed'));
  const other = await openDataDirectory(join(data, '2'), { ...NODE, node: 2 });
  await other.close();
  t.is((await doctor(t, data)).code, 0);
  changeLog(join(data, '1'), (files) => flipped(files, FIRST, (SECOND_BATCH + 300) * 8));
  const { code, stdout } = await doctor(t, data);
  t.is(code, 1);
  t.regex(stdout, /^ {2}refuses {2}log +\S+000000000001\.wal at offset 1024: no intact batch/m);
  t.regex(stdout, /^ {2}the node does not start with this directory$/m);
  t.regex(stdout, /^ {2}healthy$/m);
  const { lines } = await doctor(t, data, '--json');
  const told = lines.map((line) => JSON.parse(line));
  t.deepEqual(
    told
      .filter(({ level }) => level === 'refuses')
      .map(({ directory, part, code: why }) => [directory, part, why]),
    [[join(data, '1'), 'log', 'CORRUPT']],
  );
});

test('a configuration is held against the directory: cluster and node', async (t) => {
  const root = await leftBy(t, 'closed');
  const data = dirname(root);
  const config = (cluster: string, ids: readonly number[]): string => {
    const file = join(temporaryDirectory(t), 'config.json');
    const nodes = ids.map((id) => ({
      id,
      peer: `tcp://h:${id}1`,
      client: `tcp://h:${id}2`,
      events: `tcp://h:${id}3`,
    }));
    writeFileSync(file, JSON.stringify({ cluster, nodes, data }));
    return file;
  };
  t.is((await doctor(t, root, '--config', config('test', [1, 2, 3]))).code, 0);
  const fewer = await doctor(t, root, '--config', config('test', [1, 2]));
  t.is(fewer.code, 0, 'the members of the log count');
  const named = await raftmq(t, 'doctor', '--config', config('test', [1, 2, 3])).ended();
  t.is(named.code, 0, 'the directory of the configuration is the one that is meant');
  for (const [file, says] of [
    [config('prod', [1, 2, 3]), /refuses .* belongs to node 1 of cluster "test"/],
    [config('test', [7, 8, 9]), /warning .* names the nodes 7, 8, 9, and none of them is 1/],
  ] as const) {
    const { code, stdout } = await doctor(t, root, '--config', file);
    t.is(code, 1);
    t.regex(stdout, says);
  }
});

test('a node that runs need not be stopped, and that is said', async (t) => {
  const root = await leftBy(t, 'closed');
  const directory = await openDataDirectory(root, NODE);
  const { code, stdout } = await doctor(t, root);
  await directory.close();
  t.is(code, 0);
  t.true(stdout.includes(`note     lock        held by pid ${process.pid}: the node runs`));
});

test('a directory that holds nothing of a node, or is none, is bad usage', async (t) => {
  const path = temporaryDirectory(t);
  mkdirSync(join(path, 'x'));
  writeFileSync(join(path, 'file'), '');
  for (const [argv, says] of [
    [[], /^raftmq: which directory\?/],
    [[path], /holds no data of a node: name a directory such as data or data\/1\n$/],
    [[join(path, 'file')], /that is no directory/],
    [[join(path, 'nowhere')], /there is no such directory/],
    [[path, path], /one directory at a time/],
    [[path, '--fix'], /--fix is no option/],
    [[path, '--config', join(path, 'nowhere.json')], /cannot be read: there is no such file/],
  ] as const) {
    const { code, stdout, stderr } = await raftmq(t, 'doctor', ...argv).ended();
    t.regex(stderr, says);
    t.deepEqual([code, stdout], [2, '']);
  }
});
