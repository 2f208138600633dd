import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { BenchFault } from './fault.ts';
import { freePorts } from './ports.ts';
import type { Cluster } from './raftmq-cluster.ts';

const READY_MS = 20_000;
const LOOK_EVERY_MS = 50;
const LOOK_MS_MAX = 2_000;
const LOG_CHARACTERS = 2_000;

/**
 * Ends etcd when its standard input ends, so that it does not outlive this process, however that
 * dies: etcd itself knows no such bond.
 */
const GUARD =
  'exec 3<&0; "$@" < /dev/null & member=$!; (cat <&3; kill -9 $member) > /dev/null 2>&1 & wait $member';

/** What `etcd --version` says first, or null if etcd is not installed. */
export function etcdVersion(): string | null {
  try {
    const text = execFileSync('etcd', ['--version'], { encoding: 'utf8' });
    return text.split('\n')[0]?.replace('etcd Version: ', '') ?? null;
  } catch {
    return null; // not found, or not to be run: in either case there is nothing to compare with
  }
}

/** Members of etcd on free ports of loopback, each with the defaults of its version: every write is synced. */
export class EtcdCluster implements Cluster {
  readonly #clientUrls: readonly string[];
  readonly #logs: readonly string[];
  readonly #members: readonly ChildProcess[];
  readonly death: Promise<never>;
  #isClosing = false;

  private constructor(ports: readonly number[], count: number, directory: string) {
    const url = (i: number): string => `http://127.0.0.1:${ports[i]}`;
    const names = Array.from({ length: count }, (_, i) => `m${i + 1}`);
    const peers = names.map((name, i) => `${name}=${url(count + i)}`).join(',');
    this.#clientUrls = names.map((_, i) => url(i));
    this.#logs = names.map((name) => join(directory, `etcd-${name}.log`));
    this.#members = names.map((name, i) => {
      const given = {
        name,
        'data-dir': join(directory, `etcd-${name}`),
        'listen-client-urls': url(i),
        'advertise-client-urls': url(i),
        'listen-peer-urls': url(count + i),
        'initial-advertise-peer-urls': url(count + i),
        'initial-cluster': peers,
        'initial-cluster-state': 'new',
        logger: 'zap',
        'log-level': 'warn',
      };
      const log = openSync(this.#logs[i] as string, 'w');
      const flags = Object.entries(given).map(([flag, value]) => `--${flag}=${value}`);
      // detached: Ctrl-C of a terminal must reach only us, who then end the members
      const stdio = ['pipe' as const, log, log];
      const member = spawn('sh', ['-c', GUARD, 'sh', 'etcd', ...flags], { stdio, detached: true });
      closeSync(log); // the child has its own by now
      return member;
    });
    this.death = Promise.race(this.#members.map((member) => this.#deathOf(member)));
    this.death.catch(() => {}); // told to whoever waits for the cluster, if anyone does
  }

  static async start(count: number, directory: string): Promise<EtcdCluster> {
    return new EtcdCluster(await freePorts(count * 2), count, directory);
  }

  /** @throws {BenchFault} with the end of the logs, if no member leads in time. */
  async leader(): Promise<string> {
    const until = performance.now() + READY_MS;
    while (performance.now() < until) {
      const found = await Promise.all(this.#clientUrls.map(leads));
      const leader = this.#clientUrls[found.indexOf(true)];
      if (leader !== undefined) return leader;
      await pause(LOOK_EVERY_MS);
    }
    throw new BenchFault(
      `no member of etcd leads after ${READY_MS / 1000} s:\n${this.#logTails()}`,
    );
  }

  /** etcd itself is the guard's child, and the guard ends with it. */
  async #deathOf(member: ChildProcess): Promise<never> {
    await once(member, 'exit');
    if (this.#isClosing) return await new Promise<never>(() => {});
    throw new BenchFault(`a member of etcd has ended:\n${this.#logTails()}`);
  }

  #logTails(): string {
    return this.#logs.map((path) => readFileSync(path, 'utf8').slice(-LOG_CHARACTERS)).join('\n');
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    await Promise.all(
      this.#members.map(async (member) => {
        if (member.exitCode !== null || member.signalCode !== null) return;
        member.stdin?.end();
        await once(member, 'exit');
      }),
    );
  }
}

/** Asks through the JSON gateway, which every member has. */
async function leads(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/v3/maintenance/status`, {
      method: 'POST',
      body: '{}',
      signal: AbortSignal.timeout(LOOK_MS_MAX),
    });
    const status = (await response.json()) as {
      leader?: string;
      header?: { member_id?: string };
    };
    return status.leader !== undefined && status.leader === status.header?.member_id;
  } catch {
    return false; // it does not listen yet
  }
}
