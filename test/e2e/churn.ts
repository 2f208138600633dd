import { rm } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Client } from '../../lib/client/client.ts';
import { TestCluster } from './cluster.ts';
import { dump, Load } from './load.ts';
import { untilChanged, untilVoters } from './members.ts';

/**
 * A cluster of real processes that grows and shrinks, 1 → 3 → 5 → 3 → 1, under load: first in peace,
 * which gives the longest time without an acknowledged write for each planned change; then again and
 * again with a kill -9 every two seconds (later, if the one before is not back). In the end every acknowledged write must be there.
 *
 *     node dist/test/e2e/churn.js --seconds 60 --outstanding 16
 */
const KILL_EVERY_MS = 2000;
/** A process that was killed is back by then. */
const BACK_MS = 10_000;
const IDS: readonly number[] = [1, 2, 3, 4, 5];
/** The sizes that a cluster of one goes through, and is back where it began. */
const SIZES: readonly number[] = [3, 5, 3, 1];

class Churn {
  readonly cluster: TestCluster;
  readonly client: Client;
  readonly load: Load;
  readonly members: number[] = [1];
  /** Longest time without an acknowledged write, for each kind of change. */
  readonly gaps = new Map<string, number>();
  changes = 0;
  kills = 0;
  #turn = 0;

  constructor(cluster: TestCluster, outstanding: number) {
    this.cluster = cluster;
    this.client = cluster.client(IDS);
    this.load = new Load(cluster.client(IDS), outstanding);
  }

  /** Goes to `size` members, one change after another. */
  async resize(size: number): Promise<void> {
    while (this.members.length < size) await this.#measured('add', () => this.#add());
    while (this.members.length > size) await this.#measured('remove', () => this.#remove());
  }

  async #measured(what: string, change: () => Promise<void>): Promise<void> {
    await this.load.progress(20);
    this.load.takeGapMs();
    await change();
    await this.load.progress(20);
    this.gaps.set(what, Math.max(this.gaps.get(what) ?? 0, this.load.takeGapMs()));
    this.changes += 1;
  }

  async #add(): Promise<void> {
    const id = IDS.find((one) => !this.members.includes(one)) as number;
    // a node that was removed comes back as a new one
    await rm(this.cluster.dataOf(id), { recursive: true, force: true });
    this.members.push(id);
    this.cluster.join(id, this.members[0] as number);
    await untilVoters(this.client, this.members);
  }

  /** Whose turn it is, so that leaders are removed like any other. */
  async #remove(): Promise<void> {
    this.#turn += 1;
    const id = this.members[this.#turn % this.members.length] as number;
    this.members.splice(this.members.indexOf(id), 1);
    await untilChanged(() => this.client.removeMember(id));
    await untilVoters(this.client, this.members);
    await this.cluster.ended(id);
  }

  /** Kills one process after another, and starts it again at once. */
  async killUntil(isOver: () => boolean): Promise<void> {
    for (;;) {
      await pause(KILL_EVERY_MS);
      if (isOver()) return;
      this.kills += 1;
      const id = this.members[this.kills % this.members.length] as number;
      await this.cluster.kill(id);
      // one that is about to be removed stays away
      if (this.members.includes(id)) await this.#again(id);
    }
  }

  /**
   * As a supervisor does, which starts it with the same command line every time. The next one is not
   * killed before this one is back, or on a slow machine all would be away most of the time.
   */
  async #again(id: number): Promise<void> {
    this.cluster.join(id, this.members.find((member) => member !== id) ?? id);
    const client = this.cluster.connect({
      endpoints: [this.cluster.address(id).client],
      follow: false,
    });
    await client.status({ timeoutMs: BACK_MS }).catch(() => {
      // it was removed meanwhile, or waits for others: what came of it is seen in the end
    });
    await client.close();
  }

  /** What is wrong with what the cluster holds. */
  async faults(): Promise<readonly string[]> {
    const reader = await this.cluster.caughtUp(this.members[0] as number, this.load.rev);
    const found = await dump(reader, 'load/');
    const { acknowledged, rejected } = this.load;
    const lost = [...acknowledged].filter(([key, rev]) => found.get(key) !== `${rev} ${key}`);
    const undead = [...rejected].filter((key) => found.has(key));
    return [
      ...lost.map(([key, rev]) => `${key}, acknowledged as rev ${rev}, is ${found.get(key)}`),
      ...undead.map((key) => `${key} was rejected, and is there`),
    ];
  }
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string', default: '60' },
      outstanding: { type: 'string', default: '16' },
    },
  });
  const endMs = performance.now() + Number(values.seconds) * 1000;
  const cluster = await TestCluster.start({ nodes: 1, reserve: IDS.length - 1 });
  try {
    await cluster.leader();
    const churn = new Churn(cluster, Number(values.outstanding));
    for (const size of SIZES) await churn.resize(size);
    const peaceful = new Map(churn.gaps);
    churn.gaps.clear();
    say('in peace', { changes: churn.changes, gaps: ms(peaceful) });

    let isOver = false;
    const killing = churn.killUntil(() => isOver);
    while (performance.now() < endMs) {
      for (const size of SIZES) await churn.resize(size);
    }
    isOver = true;
    await killing;
    await churn.load.stop();
    const faults = await churn.faults();
    for (const fault of faults) process.stdout.write(`LOST ${fault}\n`);
    const { acknowledged, unknown, rejected } = churn.load;
    say('with kill -9', { changes: churn.changes, kills: churn.kills, gaps: ms(churn.gaps) });
    say('writes', {
      acknowledged: acknowledged.size,
      unknown: unknown.size,
      rejected: rejected.size,
      lost: faults.length,
    });
    return faults.length === 0 ? 0 : 1;
  } catch (reason) {
    process.stdout.write(`${cluster.allLogs()}\n`);
    throw reason;
  } finally {
    await cluster.close();
  }
}

function ms(gaps: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries([...gaps].map(([what, gap]) => [`${what}_ms`, Math.round(gap)]));
}

function say(what: string, fields: object): void {
  process.stdout.write(`${what}: ${JSON.stringify(fields)}\n`);
}

process.exit(await main());
