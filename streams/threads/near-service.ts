import { merge, Subject, type Subscription, share, tap } from 'rxjs';
import type { Index, Millis } from '../../lib/core/types.ts';
import { assert } from '../../lib/kit/assert.ts';
import type { Logger, LogLevel } from '../../lib/kit/logger.ts';
import type { Peer } from '../../lib/net/network.ts';
import type { LogStore } from '../../lib/store/log-store.ts';
import type { Applied, StateMachine } from '../../lib/store/state-machine.ts';
import type { Mail } from '../../lib/wire/peer.ts';
import type { Decided } from '../decided.ts';
import { linkNews, linksToPeers } from '../inbox.ts';
import { type ServiceCopies, serviceHere } from '../service.ts';
import { SnapshotTraffic } from '../snapshot-traffic.ts';
import type { ServiceWorld } from '../world.ts';
import { Calls } from './calls.ts';
import { packFault } from './fault.ts';
import {
  type FromService,
  openDecided,
  openMail,
  type Serving,
  sealInput,
  type ToService,
} from './letters.ts';
import { heldBack, Line, type LineClock, type LinePort } from './line.ts';
import { callsOf, type FarCalls } from './near-machine.ts';
import { unpackEntries, withOwnBytes } from './packing.ts';

/** The world of a service, but for what the other end of the line gives it. */
export type NearWorld = Omit<
  ServiceWorld,
  'log' | 'logger' | 'leaving$' | 'machine' | 'snapshots' | 'startedAt'
>;

/** What the loop brings about at this end. */
export type NearOptions = {
  readonly clock: LineClock;
  /** The loop is there. */
  readonly serve: (serving: Serving) => void;
  readonly setPeers: (peers: readonly Peer[]) => void;
  /** All is over: called when the loop says so, or after `fail`. */
  readonly close: () => void;
};

/**
 * The service at its own end of the line: the shipped streams (service.ts) in a world of which the
 * log and the loop are far away (far-service.ts is the other end).
 */
export class NearService {
  /** Tells the operator, by way of the loop. */
  readonly logger: Logger;
  /** Reads the log, by way of the loop. */
  readonly log: Pick<LogStore, 'read'>;
  readonly #line: Line<FromService, ToService>;
  readonly #mail$ = new Subject<Mail>();
  readonly #decided$ = new Subject<Decided>();
  readonly #leaving$ = new Subject<void>();
  readonly #calls: Calls<FarCalls>;
  readonly #options: NearOptions;
  readonly #traffic = new SnapshotTraffic();
  #machine: StateMachine | null = null;
  #isWatched = false;
  #progress: FromService | null = null;
  #running: Subscription | null = null;

  constructor(port: LinePort, options: NearOptions) {
    this.#options = options;
    this.#line = new Line(port, options.clock, (letter) => this.#take(letter));
    const machine = (): StateMachine => {
      assert(this.#machine !== null, 'nothing is asked of a state machine that is not open');
      return this.#machine;
    };
    this.#calls = new Calls(
      (letter) => this.#line.send(letter),
      callsOf(
        machine,
        () => this.#calls,
        () => this.#tell(machine(), []),
      ),
    );
    const at =
      (level: LogLevel): Logger[LogLevel] =>
      (event, fields = {}) =>
        this.#line.send({ kind: 'Told', level, event, fields });
    this.logger = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
    this.log = {
      read: async (from, bytesMax) =>
        unpackEntries(await this.#calls.call('load', { from, bytesMax })),
    };
  }

  /** The state machine is open; nobody applies anything to it yet. */
  opened(machine: StateMachine): void {
    this.#machine = machine;
    this.#line.send({ kind: 'Opened', canBeCopied: canBeCopied(machine), ...progressOf(machine) });
  }

  /** Begins to serve. @param startedAt of the clock of this thread. */
  run(near: NearWorld, startedAt: Millis): void {
    const { network, clock } = near;
    const machine = this.#machine;
    assert(machine !== null, 'the state machine is opened first');
    const world: ServiceWorld = {
      ...near,
      network: {
        fromClients: heldBack(network.fromClients, this.#line),
        links: network.links,
        toPeer: (peer, frames) => network.toPeer(peer, frames),
        toClient: (client, frames) => network.toClient(client, frames),
        close: () => network.close(),
      },
      log: this.log,
      logger: this.logger,
      machine,
      snapshots: { traffic: this.#traffic },
      startedAt,
      leaving$: this.#leaving$,
    };
    const link$ = linksToPeers(linkNews({ network, clock })).pipe(share());
    const { applied$, served$ } = serviceHere(world)(
      this.#mail$,
      link$,
      this.#decided$,
      canBeCopied(machine) ? this.#copies : null,
    );
    this.#line.send({ kind: 'Ready' });
    this.#running = merge(
      served$.pipe(
        tap({
          next: (input) => {
            const { letter, bytes } = sealInput(input);
            this.#line.send(letter, bytes);
          },
          complete: () => this.#line.send({ kind: 'Left' }),
        }),
      ),
      applied$.pipe(tap((batch) => this.#tell(machine, batch))),
    ).subscribe({ error: (reason: unknown) => this.fail(reason) });
  }

  /** Says why it cannot go on, and ends. */
  fail(reason: unknown): void {
    this.#line.send({ kind: 'Failed', fault: packFault(reason) });
    this.#line.flush();
    this.end();
  }

  /** Serves no longer, and has closed what is open. */
  end(): void {
    this.#running?.unsubscribe();
    this.#options.close();
  }

  /** Snapshots, by way of the loop, which has their files. */
  readonly #copies: ServiceCopies = {
    install: (snapshot) => this.#calls.call('installSnapshot', snapshot),
    snapshots: { take: () => this.#calls.call('takeSnapshot', null) },
  };

  #tell(machine: StateMachine, batch: readonly Applied[]): void {
    const changes = this.#isWatched ? batch.flatMap((applied) => applied.changes) : [];
    const letter = {
      kind: 'Applied',
      ...progressOf(machine),
      changes: changes.map(withOwnBytes),
    } as const;
    if (changes.length > 0) return this.#line.send(letter);
    // of two that only say how far it is, the second is enough
    if (this.#progress) this.#line.takeBack(this.#progress);
    this.#progress = letter;
    this.#line.sendQuietly(letter);
  }

  #take(letter: ToService): void {
    switch (letter.kind) {
      case 'Decided':
        this.#decided$.next(openDecided(letter));
        break;
      case 'Mail':
        this.#mail$.next(openMail(letter));
        break;
      case 'Call':
      case 'Return':
        this.#calls.take(letter);
        break;
      case 'Serve':
        this.#options.serve(letter);
        break;
      case 'Peers':
        this.#options.setPeers(letter.peers);
        break;
      case 'Traffic':
        this.#traffic.outgoing.clear();
        for (const one of letter.outgoing) this.#traffic.outgoing.set(one.to, { ...one });
        this.#traffic.incoming = letter.incoming;
        break;
      case 'Watched':
        this.#isWatched = letter.isWatched;
        break;
      case 'Leave':
        this.#leaving$.next();
        break;
      case 'Close':
        this.end();
    }
  }
}

/** A machine that has one of the two only has no snapshots. */
function canBeCopied({ copy, install }: StateMachine): boolean {
  return copy !== undefined && install !== undefined;
}

function progressOf({ applied, rev }: StateMachine): { applied: Index; rev: number } {
  return { applied, rev };
}
