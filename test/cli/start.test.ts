import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { freePorts } from '../../bench/ports.ts';

const MAIN = fileURLToPath(new URL('../../lib/cli/main.js', import.meta.url));
/** A bound that only a hang exceeds. */
const BOUND_MS = 30_000;

/** `raftmq start` in a process group of its own, as a terminal would run it. */
async function start(t: ExecutionContext, nodes: number, ...argv: string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'raftmq-start-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }));
  const ports = await freePorts(nodes * 3);
  const endpoint = (place: number): string => `tcp://127.0.0.1:${ports[place]}`;
  const config = {
    cluster: 'start',
    data: join(folder, 'data'),
    nodes: Array.from({ length: nodes }, (_, i) => ({
      id: i + 1,
      peer: endpoint(i * 3),
      client: endpoint(i * 3 + 1),
      events: endpoint(i * 3 + 2),
    })),
    raft: { heartbeat: 30, election: [150, 300] },
    wal: { segmentBytes: 2 ** 21 },
  };
  const file = join(folder, 'config.json');
  writeFileSync(file, JSON.stringify(config));
  const argv0 = [MAIN, 'start', '--config', file, ...argv];
  const child = spawn(process.execPath, argv0, {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NO_COLOR: '1' },
  });
  t.teardown(() => endGroup(child));
  return {
    child,
    config,
    ...listening(child),
    /** The process of a node, from its lock file. */
    pidOf: (id: number) => Number(readFileSync(join(config.data, String(id), 'lock'), 'utf8')),
  };
}

function listening(child: ChildProcess) {
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const closed = once(child, 'close', { signal: AbortSignal.timeout(BOUND_MS) });
  return {
    /** Waits for a line of standard output. */
    async said(pattern: RegExp): Promise<string> {
      for (;;) {
        const line = stdout.split('\n').find((found) => pattern.test(found));
        if (line !== undefined) return line;
        if (child.exitCode !== null)
          throw new Error(`ended without ${pattern}:\n${stdout}${stderr}`);
        await once(child.stdout as NonNullable<typeof child.stdout>, 'data', {
          signal: AbortSignal.timeout(BOUND_MS),
        });
      }
    },
    async ended() {
      const [code] = (await closed) as [number | null];
      return { code, stdout, stderr };
    },
  };
}

function isGroupAlive({ pid }: ChildProcess): boolean {
  try {
    return process.kill(-(pid as number), 0);
  } catch {
    return false; // no such group: every process in it has ended
  }
}

function endGroup(child: ChildProcess): void {
  if (isGroupAlive(child)) process.kill(-(child.pid as number), 'SIGKILL');
}

test.serial(
  'it says where to connect and when there is a leader, and Ctrl-C stops all',
  async (t) => {
    const { child, config, said, ended } = await start(t, 3);
    await said(/^raftmq │ node \d leads; the cluster is ready after \d+\.\d s$/);
    process.kill(-(child.pid as number), 'SIGINT'); // a terminal signals the whole group
    const { code, stdout } = await ended();
    t.is(code, 0);
    for (const { id, client, events } of config.nodes) {
      t.regex(stdout, new RegExp(`^raftmq │ ${id} +${client} +${events}$`, 'm'));
      t.regex(stdout, new RegExp(`^node ${id} │ \\S+ info  starts raftmq `, 'm'));
      t.regex(stdout, new RegExp(`^node ${id} │ \\S+ info  stopped$`, 'm'));
    }
    t.regex(stdout, /^raftmq │ all nodes have stopped$/m);
    t.false(isGroupAlive(child));
  },
);

test.serial(
  'SIGTERM to the parent alone stops all; --nodes K is a cluster of the first K',
  async (t) => {
    const { child, said, ended } = await start(t, 3, '--nodes', '1');
    await said(/^raftmq │ node 1 leads/);
    child.kill('SIGTERM');
    const { code, stdout } = await ended();
    t.is(code, 0);
    t.false(stdout.includes('node 2'));
    t.false(isGroupAlive(child));
  },
);

test.serial(
  'a node that is killed is missed, the others go on, and a clean stop is still a 0',
  async (t) => {
    const { child, pidOf, said, ended } = await start(t, 3);
    await said(/is ready/);
    process.kill(pidOf(2), 'SIGKILL');
    const line = await said(/^raftmq │ node 2 was ended by SIGKILL; the others go on/);
    t.regex(line, /To start it again: .*node .*--id 2 --config=/);
    child.kill('SIGINT');
    const { code, stdout } = await ended();
    t.is(code, 0);
    t.regex(stdout, /^node 3 │ \S+ info {2}stopped$/m);
  },
);

test.serial('with --runtime threaded it starts and stops in the same way', async (t) => {
  const { child, said, ended } = await start(t, 3, '--runtime', 'threaded');
  await said(/^raftmq │ node \d leads; the cluster is ready after/);
  process.kill(-(child.pid as number), 'SIGINT');
  const { code, stdout } = await ended();
  t.is(code, 0, stdout);
  t.regex(stdout, /^raftmq │ all nodes have stopped$/m);
  t.false(isGroupAlive(child));
});

test.serial('a node that fails is named with its reason, and makes the exit code 1', async (t) => {
  const { child, config, said, ended } = await start(t, 1, '--nodes', '1');
  await said(/is ready/);
  child.kill('SIGINT');
  t.is((await ended()).code, 0);

  const squatter = createServer().listen(
    Number(new URL(config.nodes[0]?.peer ?? '').port),
    '127.0.0.1',
  );
  t.teardown(() => squatter.close());
  await once(squatter, 'listening');
  const again = listening(
    spawn(process.execPath, child.spawnargs.slice(1), { stdio: ['ignore', 'pipe', 'pipe'] }),
  );
  const { code, stdout } = await again.ended();
  t.is(code, 1);
  t.regex(stdout, /^node 1 │ .* cannot go on: cannot listen on tcp:\S+ .*in use/m);
  t.regex(stdout, /^raftmq │ node 1 has failed with exit code 1$/m);
});

test.serial(
  'with log.format json, standard output is the JSON of the nodes and nothing else',
  async (t) => {
    const { child, said, ended } = await start(t, 1, '--log.format', 'json');
    await said(/"event":"role".*"role":"leader"/);
    child.kill('SIGINT');
    const { code, stdout, stderr } = await ended();
    t.is(code, 0);
    for (const line of stdout.trimEnd().split('\n')) t.is(JSON.parse(line).node, 1);
    t.regex(stderr, /node 1 leads; the cluster is ready/);
  },
);

test.serial('if the parent dies at once, its nodes stop by themselves', async (t) => {
  const { child, said } = await start(t, 2);
  await said(/is ready/);
  child.kill('SIGKILL');
  const boundMs = performance.now() + BOUND_MS;
  while (isGroupAlive(child) && performance.now() < boundMs) await wait(20);
  t.false(isGroupAlive(child));
});

test.serial('a second Ctrl-C ends at once whatever hangs, and that is a 1', async (t) => {
  const { child, pidOf, said, ended } = await start(t, 1);
  await said(/is ready/);
  process.kill(pidOf(1), 'SIGSTOP'); // it will not answer
  child.kill('SIGINT');
  await said(/^raftmq │ stopping \(SIGINT\)/);
  await wait(600); // less would be taken for the same press
  child.kill('SIGINT');
  const { code, stdout } = await ended();
  t.is(code, 1);
  t.regex(stdout, /^raftmq │ ends at once \(SIGINT again\)$/m);
  t.false(isGroupAlive(child));
});
