import { MessageChannel } from 'node:worker_threads';
import type { ExecutionContext } from 'ava';
import { Subject } from 'rxjs';
import { type Entry, makeEntry } from '../../../lib/core/entry.ts';
import type { Input } from '../../../lib/core/input.ts';
import { votersOnly } from '../../../lib/core/quorum.ts';
import type { Snapshot } from '../../../lib/core/snapshot.ts';
import { SILENT } from '../../../lib/kit/logger.ts';
import type { Applied, CopiedState, StateMachine } from '../../../lib/store/state-machine.ts';
import type { Mail } from '../../../lib/wire/peer.ts';
import type { Decided } from '../../../streams/decided.ts';
import { realClock } from '../../../streams/real-clock.ts';
import { FarService } from '../../../streams/threads/far-service.ts';
import { NearService } from '../../../streams/threads/near-service.ts';
import { ALICE, FakeMachine } from '../desk-world.ts';
import { FakeNetwork } from '../fake-network.ts';
import { manualClock } from '../manual-clock.ts';
import { quietOutcome } from '../quiet-outcome.ts';

/** Answers with what it applied; fails if it is told to. */
export class Machine extends FakeMachine {
  readonly taken: Entry[] = [];
  failure: Error | null = null;
  installed = '';

  apply(entries: readonly Entry[]): readonly Applied[] {
    if (this.failure) throw this.failure;
    this.taken.push(...entries);
    return entries.map(({ index, record }) => {
      this.applied = index;
      this.rev += 1;
      const change = { rev: this.rev, key: `k${index}`, value: record.subarray(24) };
      return { index, reply: { ok: true, index }, changes: [change] };
    });
  }

  async copy(write: (bytes: Uint8Array) => Promise<void>): Promise<CopiedState> {
    const piece = Buffer.alloc(8192, 'state').subarray(100, 105);
    await write(piece);
    piece.fill(0);
    await write(Buffer.from('!'));
    return { applied: { index: this.applied, term: 1 }, rev: this.rev };
  }

  async install(content: AsyncIterable<Uint8Array>): Promise<void> {
    for await (const bytes of content) this.installed += Buffer.from(bytes).toString();
    this.applied = 40;
    this.rev = 7;
  }

  async close(): Promise<void> {}
}

export const SNAPSHOT: Snapshot = {
  index: 40,
  term: 1,
  bytes: 9,
  checksum: 7,
  rev: 7,
  configuration: votersOnly([1]),
};

export async function* stateOf(...pieces: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) yield Buffer.from(piece);
}

/** Both ends of a service that is far away, in one thread; node 1 leads. */
export async function setUp(t: ExecutionContext) {
  const { port1, port2 } = new MessageChannel();
  t.teardown(() => port1.close());
  const onDisk: Entry[] = [];
  const log = {
    read: async (from: number) => onDisk.filter(({ index }) => index >= from),
  };
  const far = new FarService(port1, { clock: realClock, logger: SILENT, end: async () => {} });
  let isClosed = false;
  const clock = { ...manualClock(), defer: realClock.defer };
  const near = new NearService(port2, {
    clock: realClock,
    serve: () => {},
    setPeers: () => {},
    close: () => {
      isClosed = true;
    },
  });
  const network = new FakeNetwork();
  const machine = new Machine();
  near.opened(machine as unknown as StateMachine);
  const world = {
    clock,
    network,
    identity: { cluster: 'test', node: 1, incarnation: 11 },
    members: [],
    limits: {
      valueBytes: 1 << 20,
      recordBytes: 2 << 20,
      pendingRequests: 9,
      pendingBytes: 1 << 20,
    },
    version: '1',
    firstToken: 100,
  };
  near.run(world, 0);
  t.teardown(() => network.close());

  const mail$ = new Subject<Mail>();
  const decided$ = new Subject<Decided>();
  const leaving$ = new Subject<void>();
  const watchers = { wantsWithin: (_prefix: string): boolean => false };
  const installed: Snapshot[] = [];
  const copies = {
    install: async (snapshot: Snapshot) => {
      installed.push(snapshot);
      await far.machine.install?.(stateOf('new ', 'state'));
    },
    snapshots: { take: async () => SNAPSHOT },
  };
  const inputs: Input[] = [];
  const applied: Applied[] = [];
  const ends: unknown[] = [];
  const { applied$, served$ } = far.service({ log, network: watchers, leaving$ })(
    mail$,
    new Subject(),
    decided$,
    copies,
  );
  applied$.subscribe((batch) => applied.push(...batch));
  served$.subscribe({
    next: (input) => inputs.push(input),
    error: (reason: unknown) => ends.push(reason),
    complete: () => ends.push('complete'),
  });
  const outcome = quietOutcome({ role: 'leader', term: 1, leader: 1 });
  const decide = (change: Partial<Decided>): void => decided$.next({ ...outcome, ...change });
  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds()) await new Promise(setImmediate);
  };
  // the entry that opens the term
  decide({ release: { upTo: 1, entries: [makeEntry(1, 1, 'noop')], install: null } });
  await until(() => far.machine.applied === 1);
  machine.taken.length = 0;
  applied.length = 0;
  const ask = (...frames: Buffer[]): void => network.fromClients.put({ client: ALICE, frames });
  return {
    far,
    network,
    machine,
    clock,
    onDisk,
    mail$,
    leaving$,
    watchers,
    installed,
    inputs,
    applied,
    ends,
    decide,
    ask,
    until,
    isClosed: () => isClosed,
  };
}
