import { filter, merge, Observable, ReplaySubject, Subject, share, tap } from 'rxjs';
import type { Input } from '../../lib/core/input.ts';
import type { Snapshot } from '../../lib/core/snapshot.ts';
import type { Index } from '../../lib/core/types.ts';
import { assert } from '../../lib/kit/assert.ts';
import type { Logger } from '../../lib/kit/logger.ts';
import type { Peer, WatchedNetwork } from '../../lib/net/network.ts';
import type { LogStore } from '../../lib/store/log-store.ts';
import type { Applied } from '../../lib/store/state-machine.ts';
import { CHANGE } from '../../lib/wire/event.ts';
import type { Mail } from '../../lib/wire/peer.ts';
import {
  type Decided,
  decidedOf,
  hasNews,
  isUrgent,
  mergeDecided,
  withoutEntries,
} from '../decided.ts';
import type { Service, ServiceCopies } from '../service.ts';
import type { SnapshotWorld } from '../world.ts';
import { Calls } from './calls.ts';
import { FarMachine } from './far-machine.ts';
import { unpackFault } from './fault.ts';
import {
  type FromService,
  openInput,
  type Progress,
  type Serving,
  sealDecided,
  sealMail,
  type ToService,
  type TrafficLetter,
} from './letters.ts';
import { Line, type LineClock, type LinePort } from './line.ts';
import type { FarCalls, NearCalls } from './near-machine.ts';
import { packEntries } from './packing.ts';
import { Releases } from './releases.ts';

/** Entries that the service was given and has not applied, in bytes; more it reads from the log. */
const RELEASED_BYTES_MAX = 16 << 20;
/** Requests of other nodes that wait for the service, in bytes. */
const MAIL_BYTES_MAX = 64 << 20;

/** Mail that is not for the service. */
const OF_THE_LOOP: ReadonlySet<Mail['kind']> = new Set(['Received', 'Introduction', 'Refused']);

export type FarOptions = {
  readonly clock: LineClock;
  readonly logger: Logger;
  /** Ends the thread of the service, and resolves when it has. */
  readonly end: () => Promise<void>;
};

/** What the loop has around it that the service needs. */
export type Surroundings = {
  /** Where entries are read that the service has to catch up with. */
  readonly log: Pick<LogStore, 'read'>;
  readonly network: Pick<WatchedNetwork, 'wantsWithin'>;
  readonly snapshots?: Pick<SnapshotWorld, 'traffic'> | undefined;
  readonly leaving$: Observable<void>;
};

/** The service at the other end of a line, as the loop sees it (near-service.ts is the other end). */
export class FarService {
  readonly machine: FarMachine;
  /** Emits once when the state machine is open over there, and `ready$` when the sockets are. */
  readonly opened$ = new ReplaySubject<void>(1);
  readonly ready$ = new ReplaySubject<void>(1);
  readonly #line: Line<ToService, FromService>;
  readonly #calls: Calls<NearCalls>;
  readonly #options: FarOptions;
  readonly #input$ = new Subject<Input>();
  readonly #applied$ = new Subject<readonly Applied[]>();
  readonly #releases = new Releases(RELEASED_BYTES_MAX);
  #surroundings: Surroundings | null = null;
  #copies: ServiceCopies | null = null;
  #traffic: TrafficLetter | null = null;
  #past: Decided | null = null;
  /** What was decided last while the line was full. */
  #held: { readonly decided: Decided; readonly letter: ToService } | null = null;
  #isWatched = false;

  constructor(port: LinePort, options: FarOptions) {
    this.#options = options;
    this.machine = new FarMachine(options.end);
    this.#line = new Line(port, options.clock, (letter) => this.#take(letter));
    this.#calls = new Calls((letter) => this.#line.send(letter), {
      ...this.machine.callable,
      load: ({ from, bytesMax }: { from: Index; bytesMax: number }) =>
        this.#around.log.read(from, bytesMax).then(packEntries),
      takeSnapshot: async () => (await this.#copies?.snapshots.take()) ?? null,
      installSnapshot: async (snapshot: Snapshot) => {
        assert(this.#copies !== null, 'a snapshot is installed by whoever received it');
        await this.#copies.install(snapshot);
      },
    } satisfies FarCalls);
  }

  get #around(): Surroundings {
    assert(this.#surroundings !== null, 'nothing is served before there is a loop');
    return this.#surroundings;
  }

  /** Has it open its sockets; `ready$` says when that is done. */
  serve(serving: Serving): void {
    this.#line.send({ kind: 'Serve', ...serving });
  }

  /** Has it dial these peers, and nobody else. */
  setPeers(peers: readonly Peer[]): void {
    this.#line.send({ kind: 'Peers', peers });
  }

  /** The service, for one node. */
  service(surroundings: Surroundings): Service {
    this.#surroundings = surroundings;
    const { network, leaving$ } = surroundings;
    return (mail$, _, decided$, copies) => {
      this.#copies = copies;
      const said$ = merge(
        decided$.pipe(
          tap((outcome) => {
            this.#watch(network.wantsWithin(CHANGE));
            this.#tellTraffic();
            this.#onDecided(outcome);
          }),
        ),
        mail$.pipe(
          filter(({ kind }) => !OF_THE_LOOP.has(kind)),
          tap((mail) => this.#onMail(mail)),
        ),
        leaving$.pipe(tap(() => this.#line.send({ kind: 'Leave' }))),
      );
      const served$ = new Observable<Input>((subscriber) => {
        subscriber.add(this.#input$.subscribe(subscriber));
        subscriber.add(said$.subscribe({ error: (reason: unknown) => subscriber.error(reason) }));
      });
      return { applied$: this.#applied$, served$: served$.pipe(share()) };
    };
  }

  /** Asks it to close what it has open, and to end. */
  close(): void {
    this.#line.send({ kind: 'Close' });
    this.#line.flush();
  }

  /** It has ended, or must be taken for dead. The first reason counts. */
  fail(reason: unknown): void {
    this.opened$.error(reason);
    this.ready$.error(reason);
    this.#input$.error(reason);
  }

  #onDecided(outcome: Decided): void {
    const decided = decidedOf(outcome);
    const past = this.#past;
    this.#past = decided;
    if (!hasNews(decided, past)) return;
    if (!this.#line.isFull) this.#post(decided, isUrgent(decided, past));
    else this.#hold({ ...decided, release: decided.release && withoutEntries(decided.release) });
  }

  #post(decided: Decided, isUrgentNow: boolean): void {
    const release = decided.release && this.#releases.limited(decided.release);
    const { letter, bytes } = sealDecided({ ...decided, release });
    if (!isUrgentNow) return this.#line.sendQuietly(letter);
    this.#line.send(letter, bytes);
    this.#line.flush();
  }

  /** Says it with what could not leave before, if that can be said in one. */
  #hold(decided: Decided): void {
    const held = this.#held;
    const merged = held && mergeDecided(held.decided, decided);
    const all = held && merged && this.#line.takeBack(held.letter) ? merged : decided;
    const { letter } = sealDecided(all);
    this.#held = { decided: all, letter };
    this.#line.send(letter);
  }

  #onMail(mail: Mail): void {
    if (this.#line.waitingBytes > MAIL_BYTES_MAX) {
      const reason = 'clients and database are too far behind: what other nodes passed on is lost';
      this.#options.logger.warn('mail.refused', { reason });
      return;
    }
    const { letter, bytes } = sealMail(mail);
    this.#line.send(letter, bytes);
  }

  /** Changes of keys are only sent for while somebody watches. */
  #watch(isWatched: boolean): void {
    if (isWatched === this.#isWatched) return;
    this.#isWatched = isWatched;
    this.#line.send({ kind: 'Watched', isWatched });
  }

  #tellTraffic(): void {
    const traffic = this.#around.snapshots?.traffic;
    if (!traffic) return;
    const { outgoing, incoming } = traffic;
    if (outgoing.size === 0 && !incoming && !this.#traffic) return;
    if (this.#traffic) this.#line.takeBack(this.#traffic);
    const all = [...outgoing.values()].map((one) => ({ ...one }));
    const letter = {
      kind: 'Traffic',
      outgoing: all,
      incoming: incoming && { ...incoming },
    } as const;
    this.#traffic = outgoing.size > 0 || incoming ? letter : null;
    this.#line.sendQuietly(letter);
  }

  #take(letter: FromService): void {
    switch (letter.kind) {
      case 'Input':
        this.#input$.next(openInput(letter));
        break;
      case 'Opened':
        this.#progress(letter);
        if (letter.canBeCopied) this.machine.canBeCopied(this.#calls);
        this.opened$.next();
        break;
      case 'Ready':
        this.ready$.next();
        break;
      case 'Applied': {
        this.#progress(letter);
        const { applied: index, changes } = letter;
        this.#applied$.next([{ index, reply: null, changes }]);
        break;
      }
      case 'Call':
      case 'Return':
        this.#calls.take(letter);
        break;
      case 'Told':
        this.#options.logger[letter.level](letter.event, letter.fields);
        break;
      case 'Left':
        this.#input$.complete();
        break;
      case 'Failed':
        this.fail(unpackFault(letter.fault));
    }
  }

  #progress(progress: Progress): void {
    this.machine.move(progress);
    this.#releases.forget(progress.applied);
  }
}
