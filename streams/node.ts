import {
  filter,
  from,
  ignoreElements,
  merge,
  mergeMap,
  NEVER,
  type Observable,
  of,
  Subject,
  scan,
  share,
  tap,
} from 'rxjs';
import type { Input, Turn } from '../lib/core/input.ts';
import type { Outcome } from '../lib/core/outcome.ts';
import type { RaftState } from '../lib/core/state.ts';
import { step } from '../lib/core/step.ts';
import { acquaint } from './acquaint.ts';
import { groupCommit, receipts } from './durable.ts';
import { Feed, publishEvents } from './feed.ts';
import {
  beatsFromPeers,
  linkNews,
  linksToPeers,
  lostLinks,
  mailFromPeers,
  received,
} from './inbox.ts';
import { narrate } from './narrate.ts';
import { post } from './outbox.ts';
import { Peers } from './peers.ts';
import { readBack } from './read-back.ts';
import { recording } from './record.ts';
import { type Service, serviceHere } from './service.ts';
import { inputsOf } from './snapshot-news.ts';
import { copiesOf } from './snapshots.ts';
import { takeTurns } from './take-turns.ts';
import { untilComplete } from './until-complete.ts';
import { wakeUps } from './wake-ups.ts';
import type { LoopWorld, World } from './world.ts';

/** Inputs in one turn at most; the sockets pause before there are more. */
const TURN_INPUTS_MAX = 4096;

/**
 * One Raft node. Subscribing runs it, unsubscribing stops it, an error is its death; it completes
 * when it was asked to leave and has said all it owes.
 *
 *     mail$ ─┐                                ┌──────────────────────► free mail, beats ─► peers
 *     beat$ ─┼─► takeTurns ─► step ─► decided$┼─► groupCommit ─► durable$ ─► sworn mail ─► peers
 *     echo$ ─┘                                │                     └────► Stored ─────► echo$
 *       ▲                                     ├─► applyReleased ─► applied$ ─► answers ─► clients
 *       │                                     │                        └────► events ──► watchers
 *       └─ Stored · Loaded · Tick · Proposed · Asked · Elapsed · Unreachable · Reconfigured
 *          Snapshotted · Fetched · Delivered
 *
 * Three ranks of the same story: what the node has decided, what it can no longer forget, what its
 * database has. Promises are cut from the second only, and the compiler minds it: sworn mail needs
 * a Durable, which only `groupCommit` makes.
 *
 * The loop is closed in one line, and always through the mailbox of `takeTurns`. The order of the
 * merged effects is deliberate: mail leaves first, then the disk starts, then the database.
 */
export function raftNode(boot: RaftState, world: World): Observable<Outcome> {
  return raftLoop(boot, world, serviceHere(world));
}

/** The same with another `service`: whatever applies what is released, and serves clients. */
export function raftLoop(boot: RaftState, world: LoopWorld, service: Service): Observable<Outcome> {
  const { clock, log } = world;
  const echo$ = new Subject<Input>();
  const peers = new Peers(world, boot.view);
  const mail$ = mailFromPeers(world, peers).pipe(share());
  const anyLink$ = linkNews(world).pipe(share());
  const link$ = linksToPeers(anyLink$);

  const decided$ = merge(of(AWAKE), received(mail$), beatsFromPeers(world, peers), echo$).pipe(
    takeTurns(clock, TURN_INPUTS_MAX),
    scan<Turn, Outcome, Fold>(recording(fold, world.recorder), { state: boot }),
    // before any mail of this turn leaves: it may be for somebody new
    tap(({ view }) => peers.follow(view)),
    share(),
  );
  const durable$ = decided$.pipe(filter(needsDisk), groupCommit(log), share());
  const copies = copiesOf(world, boot);
  const { applied$, served$ } = service(mail$, link$, decided$, copies);
  const news$ = copies ? copies.run(decided$, durable$, applied$).pipe(share()) : NEVER;
  const feed = new Feed(world);

  const effects$ = merge(
    post(world, feed, decided$, durable$),
    receipts(durable$),
    log.failed ? from(log.failed) : NEVER,
    served$,
    readBack(log, decided$),
    wakeUps(clock, decided$),
    news$.pipe(mergeMap(inputsOf)),
    lostLinks(link$),
    acquaint(world, peers, mail$, anyLink$, decided$),
    publishEvents(feed, decided$, applied$, link$, news$, world.leaving$),
    narrate(world, decided$, link$, news$),
  );
  const loop$ = effects$.pipe(
    tap((input) => echo$.next(input)),
    ignoreElements(),
  );
  return merge(loop$, decided$).pipe(untilComplete(served$));
}

const AWAKE: Input = { kind: 'Tick' };

/** All that one turn hands to the next. */
type Fold = { readonly state: RaftState };

function fold(past: Fold, turn: Turn): Outcome {
  return step(past.state, turn);
}

/** What must be durable, or rests on something that must be. The rest need not wait for the disk. */
function needsDisk({ write, sworn }: Outcome): boolean {
  return write !== null || sworn.length > 0;
}
