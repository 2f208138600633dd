import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import {
  type BlockKind,
  MAGIC_BYTES,
  makeBlock,
  readBlock,
} from '../../lib/store/flight/segment.ts';
import { TestCluster } from '../e2e/cluster.ts';
import { Load } from '../e2e/load.ts';
import { longestTape } from '../store/flight/tape.ts';
import { temporaryDirectory } from '../store/temporary.ts';
import { raftmq } from './process.ts';

const replay = (t: ExecutionContext, ...argv: string[]) => raftmq(t, 'replay', ...argv).ended();

/** A cluster that records, under load: its leader was killed, came back, and was stopped in order. */
async function recordings(t: ExecutionContext) {
  const cluster = await TestCluster.start({
    nodes: 3,
    settings: {
      raft: { windowBytes: 1 << 20, messageBytes: 1 << 20, inflightBytes: 2 << 20 },
      client: { valueBytes: 1 << 18 },
      record: { bytes: 1 << 20 },
    },
  });
  t.teardown(() => cluster.close());
  const { leader, term } = await cluster.leader();
  const load = new Load(cluster.client(), 64);
  await load.progress(3000);
  await cluster.kill(leader);
  await cluster.leader(term);
  await load.progress(300);
  cluster.boot(leader);
  await cluster.caughtUp(leader, load.rev);
  await load.stop();
  await cluster.signal(leader, 'SIGTERM');
  const of = (id: number): string => join(cluster.directory, 'data', `${id}`);
  return { killed: of(leader), others: cluster.ids.filter((id) => id !== leader).map(of) };
}

test.serial('a node that was killed left a recording that replays bit for bit', async (t) => {
  const { killed, others } = await recordings(t);
  const { code, stdout, stderr } = await replay(t, killed, '--json');
  t.is(stderr, '');
  t.is(code, 0);
  const [first, second] = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  t.regex(first.end, /^no end: .* kill -9/);
  t.is(second.end, 'the node closed it in order');
  t.true(first.roles.some(({ what }: { what: string }) => what.startsWith('leader in term')));
  t.true(first.inputs.Proposed > 0 && first.inputs.AppendEntriesReply > 0);
  t.true(second.inputs.AppendEntries > 0);
  t.deepEqual([first.alarms, second.alarms, first.missing], [[], [], 0]);

  for (const other of others) t.is((await replay(t, other)).code, 0);

  const [elected] = first.roles.filter(({ what }: { what: string }) => what.startsWith('leader'));
  const moment = (await replay(t, killed, '--turn', String(elected.turn))).stdout;
  t.regex(moment, /^ {2}(?:in)? +Received from=n\d RequestVoteReply term=\d+ granted$/m);
  t.regex(moment, /^ {2}out {4}write entries=\d+\/\d+$/m);
  t.regex(moment, /^ {2}state {2}n\d leader term=/m);
  t.regex(moment, /^ {2}why {4}a quorum voted for it in term \d+/m);
  t.regex(moment, /^ {2}proof {2}as recorded$/m);
});

/** The file of a recording without any node. */
function fileOf(t: ExecutionContext): string {
  const file = join(temporaryDirectory(t), '0000000001.flight');
  writeFileSync(file, longestTape(6).bytes);
  return file;
}

test('--from and --to tell what happened, --find where something is said', async (t) => {
  const file = fileOf(t);
  const { lines } = await replay(t, file, '--from', '2', '--to', '4');
  t.deepEqual([...new Set(lines.map((line) => line.split(' ')[0]))], ['2', '3', '4']);
  const found = await replay(t, file, '--find', '> sworn');
  t.true(found.lines.length > 0);
  t.true(found.lines.every((line) => line.includes('> sworn')));
  t.is((await replay(t, file, '--find', 'no such words')).code, 1);
});

test('--at shows the last turn up to a moment, by the clock of either kind', async (t) => {
  const file = fileOf(t);
  const all = (await replay(t, file, '--from', '1', '--json')).lines.map((line) =>
    JSON.parse(line),
  );
  const told = all[20];
  t.deepEqual(JSON.parse((await replay(t, file, '--turn', '21', '--json')).stdout), told);
  const at = JSON.parse((await replay(t, file, '--at', String(told.ms), '--json')).stdout);
  t.is(at.ms, told.ms);
  const late = JSON.parse((await replay(t, file, '--at', '2100-01-01', '--json')).stdout);
  t.is(late.turn, all.length);
});

const refuses = test.macro({
  async exec(t, argv: (file: string) => readonly string[], problem: RegExp, expected: number) {
    const { code, stdout, stderr } = await replay(t, ...argv(fileOf(t)));
    t.regex(stderr, problem);
    t.is(stdout, '');
    t.is(code, expected);
  },
  title: (name = '') => `${name} is refused`,
});

test('no recording', refuses, () => [], /^raftmq: which recording\?/, 2);
test('a path that is not there', refuses, () => ['/no/where'], /there is no such file/, 2);
test('two recordings', refuses, (file) => [file, file], /one recording at a time/, 2);
test('a setting', refuses, (file) => [file, '--raft.heartbeat', '3'], /has its own settings/, 2);
test('turn 0', refuses, (file) => [file, '--turn', '0'], /--turn 0: turns count from 1/, 2);
test('a strange time', refuses, (file) => [file, '--at', 'noon'], /--at noon: allowed are ms/, 2);
test('two questions', refuses, (file) => [file, '--turn', '1', '--at', '1'], /one at a time/, 2);
test('a turn that is not there', refuses, (file) => [file, '--turn', '99999'], /no turn 99999/, 1);
test('another file', refuses, () => ['package.json'], /it is not a flight recording/, 1);
test('a directory without any', refuses, () => ['docs'], /docs holds no flight recording/, 1);

test('a turn that comes out otherwise is named, with the version that recorded it', async (t) => {
  const file = fileOf(t);
  const bytes = readFileSync(file);
  const blocks: Buffer[] = [];
  for (let at = MAGIC_BYTES, block = readBlock(bytes, at); block; block = readBlock(bytes, at)) {
    // the digest is what a block ends with
    const body = Buffer.from(block.body);
    if (blocks.length === 7) body[body.length - 1] = (body.at(-1) ?? 0) ^ 1;
    blocks.push(makeBlock(block.kind as BlockKind, [body]));
    at = block.end;
  }
  writeFileSync(file, Buffer.concat([bytes.subarray(0, MAGIC_BYTES), ...blocks]));
  const { code, stdout, stderr } = await replay(t, file);
  t.regex(
    stderr,
    /^raftmq: .*: turn 7 differs from what was recorded by raftmq 0: it now comes to n/,
  );
  t.is(stdout, '');
  t.is(code, 1);
});
