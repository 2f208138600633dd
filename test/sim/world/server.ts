import { Subject, type Subscription } from 'rxjs';
import type { Turn } from '../../../lib/core/input.ts';
import { foundedBy } from '../../../lib/core/quorum.ts';
import { begin, type RaftState } from '../../../lib/core/state.ts';
import type { Member, NodeId } from '../../../lib/core/types.ts';
import { SILENT } from '../../../lib/kit/logger.ts';
import type { MemoryTables } from '../../../lib/store/database/tables-memory.ts';
import type { Crash } from '../../../lib/store/disk/memory-file.ts';
import { type RecoveredServer, recoverServer } from '../../../lib/store/recover-server.ts';
import type { StateMachine } from '../../../lib/store/state-machine.ts';
import type { Identity } from '../../../lib/wire/peer.ts';
import { configurationsFrom } from '../../../streams/boot.ts';
import { raftNode } from '../../../streams/node.ts';
import type { TurnRecorder } from '../../../streams/record.ts';
import { SnapshotTraffic } from '../../../streams/snapshot-traffic.ts';
import type { Limits, World } from '../../../streams/world.ts';
import { type Chance, chanceOf } from '../chance.ts';
import { CLUSTER, INCARNATION } from '../identity.ts';
import type { Plan } from '../plan.ts';
import type { Host } from './host.ts';
import type { SimNetwork } from './network.ts';
import type { ServerWatch } from './server-watch.ts';
import type { Storage } from './storage.ts';
import { nodeOfTwoThreads } from './two-threads.ts';
import { WatchedLog, WatchedMachine } from './watched.ts';

/** Names of requests of one process are far from those of another. */
const TOKENS = 1e9;

export type ServerOptions = {
  readonly host: Host;
  readonly storage: Storage;
  readonly network: SimNetwork;
  readonly plan: Plan;
  readonly chance: Chance;
  readonly members: readonly Member[];
  readonly limits: Limits;
  readonly openMachine: (tables: MemoryTables) => StateMachine;
  readonly watch: ServerWatch;
};

/** One server: the shipped node on a simulated machine, whose process comes and goes. */
export class SimServer {
  readonly id: NodeId;
  readonly host: Host;
  readonly storage: Storage;
  readonly #options: ServerOptions;
  #running: Subscription | null = null;
  #leaving$: Subject<void> | null = null;
  #hasLog = false;
  #isLeaving = false;
  #incarnation = INCARNATION;
  /** As the last turn left it; null until the first, and while no process runs. */
  state: RaftState | null = null;
  machine: StateMachine | null = null;

  constructor(options: ServerOptions) {
    this.#options = options;
    this.host = options.host;
    this.id = options.host.id;
    this.storage = options.storage;
  }

  /** True from the start of a process to its end, while it recovers too. */
  get isUp(): boolean {
    return this.host.isAlive;
  }

  /** True while the loop runs. */
  get isServing(): boolean {
    return this.#running !== null;
  }

  /** True from when the process was asked to stop until it has. */
  get isLeaving(): boolean {
    return this.#isLeaving;
  }

  /** Starts a process, unless one runs. */
  start(): void {
    if (this.isUp) return;
    this.host.begin();
    this.storage.beginProcess();
    const { life } = this.host;
    this.#boot(life).catch((reason: unknown) => this.#fail(life, reason));
  }

  #identity(): Identity {
    return { cluster: CLUSTER, node: this.id, incarnation: this.#incarnation };
  }

  /** It loses its disk, and will come back with another that is empty. */
  wipe(): void {
    this.kill();
    this.storage.clear();
    this.#hasLog = false;
    this.#incarnation += 1;
  }

  /** True if it has on disk, for good, who the other server is. */
  knows({ id }: SimServer): boolean {
    if (!this.state) return false;
    const { configuration, view, commit, log } = this.state;
    const member = configuration.members.find((one) => one.id === id);
    const isForGood = Math.min(commit, log.stored) >= view.configurationIndex;
    return isForGood && member !== undefined && member.incarnation !== null;
  }

  async #boot(life: number): Promise<void> {
    const { plan, watch } = this.#options;
    const identity = this.#identity();
    // Until there is an identity that says so, what lies there is no log (data-directory.ts).
    if (!this.#hasLog) this.storage.clear();
    const files = {
      wal: this.storage.disk,
      snapshots: this.storage.snapshots,
      openMachine: async () => this.#openMachine(),
    };
    const recovered = await recoverServer(files, {
      owner: identity,
      segmentBytes: plan.disk.segmentBytes,
      tailBytes: plan.settings.windowBytesMax,
      timer: this.host.clock,
      inThreadBytes: plan.disk.inThreadBytes,
      idleMs: plan.disk.idleMs,
    });
    if (this.host.life !== life) return;
    await watch.recovered(this, recovered);
    if (this.host.life !== life) return;
    this.#hasLog = true;
    const { machine } = recovered;
    this.machine = machine instanceof WatchedMachine ? machine.inner : machine;
    const boot = this.#begin(recovered);
    this.state = boot;
    watch.began(this, boot);
    this.#run(life, boot, this.#world(recovered));
  }

  #openMachine(): StateMachine {
    const { watch, openMachine } = this.#options;
    return new WatchedMachine(
      openMachine(this.storage.openTables()),
      (entries, done) => watch.applied(this, entries, done),
      (machine) => watch.copied(this, machine),
      (machine) => watch.installed(this, machine),
    );
  }

  #begin({ log, snapshot, machine: { applied } }: RecoveredServer): RaftState {
    const { plan, members, chance } = this.#options;
    const now = this.host.now();
    const { hard, base, last, terms, tail } = log;
    const founding = foundedBy(members);
    return begin({
      id: this.id,
      configurations: configurationsFrom(founding, snapshot, log),
      settings: { ...plan.settings, ...plan.own[this.id] },
      seed: chance.whole(1, 0xffff_fffe),
      hard,
      log: { base, last, terms, tail },
      snapshot,
      applied,
      now,
      heardAt: hard.term > 0 ? now : Number.NEGATIVE_INFINITY,
    });
  }

  #world({ log, machine, snapshots }: RecoveredServer): World {
    const { network, members, limits, watch, plan } = this.#options;
    const traffic = new SnapshotTraffic();
    const { clock, life } = this.host;
    this.#leaving$ = new Subject<void>();
    const delay = (): Promise<void> =>
      new Promise((resolve) => this.host.after(this.storage.readMs(), resolve));
    return {
      clock,
      network: network.open(this.id),
      log: new WatchedLog(
        log.store,
        (writes) => watch.begun(this, writes),
        () => watch.stored(this),
        delay,
      ),
      machine,
      ...(machine.copy && { snapshots: { store: snapshots, ...plan.snapshots, traffic } }),
      logger: SILENT,
      identity: this.#identity(),
      listens: members[this.id - 1] as Member,
      configured: [],
      isJoining: false,
      onRemoved: () => {},
      limits,
      version: 'simulated',
      firstToken: 1 + life * TOKENS,
      startedAt: clock.now(),
      leaving$: this.#leaving$,
      recorder: this.#recorder(),
    };
  }

  /** Shows every turn to who watches. */
  #recorder(): TurnRecorder {
    let taken: Turn | null = null;
    return {
      before: (_, turn) => {
        taken = turn;
      },
      after: (outcome) => {
        this.state = outcome.state;
        this.#options.watch.seen(this, taken as Turn, outcome);
      },
    };
  }

  #run(life: number, boot: RaftState, world: World): void {
    const { seed, threadedPart } = this.#options.plan;
    const isThreaded = chanceOf(seed, 'threads', this.id, life).happens(threadedPart);
    const two = isThreaded ? nodeOfTwoThreads(boot, world) : null;
    this.#running = (two?.decided$ ?? raftNode(boot, world)).subscribe({
      error: (reason: unknown) => this.#fail(life, reason),
      complete: () => {
        this.#close(life, world).catch((reason: unknown) => this.#fail(life, reason));
      },
    });
    this.#running.add(() => two?.end());
  }

  /** As a process does that was asked to stop: it closes what it has open, and ends. */
  async #close(life: number, { log, machine, network }: World): Promise<void> {
    await network.close();
    this.#options.network.close(this.id, true);
    await machine.close();
    await log.close();
    if (this.host.life !== life) return;
    this.storage.closeTables();
    this.#end(true);
    this.#options.watch.ended(this, null);
  }

  #fail(life: number, reason: unknown): void {
    if (this.host.life !== life) return;
    this.#end(true);
    this.#options.watch.ended(this, reason);
  }

  /** Asks the process to stop. */
  leave(): void {
    this.#isLeaving = true;
    this.host.run(() => this.#leaving$?.next());
  }

  /** The process ends at once. */
  kill(): void {
    if (this.isUp) this.#end(true);
  }

  /** The machine loses power, whether a process runs or not. */
  losePower(crash: Crash): void {
    if (this.isUp) this.#end(false);
    this.storage.losePower(crash);
  }

  #end(isNoticed: boolean): void {
    this.host.end();
    this.#running?.unsubscribe();
    this.#running = null;
    this.#leaving$ = null;
    this.#isLeaving = false;
    this.state = null;
    this.machine = null;
    this.#options.network.close(this.id, isNoticed);
    this.storage.endProcess();
    this.#options.watch.down(this);
  }
}
