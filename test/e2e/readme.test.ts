import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { freePorts } from '../../bench/ports.ts';
import { exit } from './cluster.ts';

/** What a newcomer types, with ports of the test's own. */
function npm(...words: readonly string[]): ChildProcess {
  return spawn('npm', words, { stdio: 'pipe', detached: true });
}

/** Resolves with everything printed so far as soon as it matches. */
function printed(child: ChildProcess, pattern: RegExp): Promise<string> {
  let text = '';
  return new Promise((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (more: string) => {
        text += more;
        if (pattern.test(text)) resolve(text);
      });
    }
    child.once('exit', () => reject(new Error(`ended without ${pattern}:\n${text}`)));
  });
}

/** As Ctrl-C does: every process of the terminal gets the signal, npm itself ends by it. */
function interrupt(child: ChildProcess): void {
  try {
    process.kill(-(child.pid as number), 'SIGINT');
  } catch {
    // It has ended already.
  }
}

async function setUp(t: ExecutionContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'raftmq-readme-'));
  t.teardown(() => rm(directory, { recursive: true, force: true }));
  const ports = await freePorts(15);
  const local = (i: number): string => `tcp://127.0.0.1:${ports[i]}`;
  const nodes = [0, 1, 2, 3, 4].map((i) => ({
    id: i + 1,
    peer: local(i * 3),
    client: local(i * 3 + 1),
    events: local(i * 3 + 2),
  }));
  const file = join(directory, 'cluster.json');
  await writeFile(file, JSON.stringify({ nodes, data: join(directory, 'data') }));
  return file;
}

test.serial('npm start, a pipe of commands, the event feed, and Ctrl-C', async (t) => {
  const file = await setUp(t);
  const cluster = npm('start', '--', '--config', file);
  t.teardown(() => interrupt(cluster));
  await printed(cluster, /leader/i);

  const events = npm('run', '-s', 'events', '--', '--json', 'raft.', '--config', file);
  t.teardown(() => interrupt(events));
  const beats = await printed(events, /"topic":"raft\.heartbeat"[^\n]*\n/);
  const beat = JSON.parse(beats.split('\n').find((line) => line.includes('heartbeat')) ?? '');
  t.is(typeof beat.leader, 'number');
  interrupt(events);
  await exit(events);

  const client = npm('run', '-s', 'client', '--', '--json', '--config', file);
  client.stdin?.end('put a 1\nget a\n');
  const replies = await printed(client, /\n.*\n/);
  const [put, get] = replies
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  t.like(put, { ok: true, rev: 1 });
  t.like(get, { ok: true, found: true, value: 1 });
  t.is(await exit(client), 0);

  const stopped = printed(cluster, /all nodes have stopped/);
  interrupt(cluster);
  await stopped;
});

test.serial('npm run node starts one node, and tells a second one to stay away', async (t) => {
  const file = await setUp(t);
  const first = npm('run', 'node', '--', '--id', '3', '--config', file);
  t.teardown(() => interrupt(first));
  await printed(first, /starts raftmq/);
  const second = npm('run', 'node', '--', '--id', '3', '--config', file);
  t.teardown(() => interrupt(second));
  await printed(second, /another process/);
  t.is(await exit(second), 1);
  const stopped = printed(first, /"event":"stopped"|stopped\n/);
  interrupt(first);
  await stopped;
});
