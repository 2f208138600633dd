import { membersSeenBy } from './members-view.ts';
import type { Envelope, Heartbeat, Message } from './message.ts';
import { SWORN } from './message.ts';
import type {
  Accepted,
  Load,
  Outcome,
  Readable,
  Reconfiguration,
  RefusalReason,
  Refused,
  Release,
  Shipment,
  Transferred,
  Write,
} from './outcome.ts';
import type { Snapshot } from './snapshot.ts';
import { leaderOf, type RaftState } from './state.ts';
import type { EntryId, HardState, Index, Millis, NodeId, Term } from './types.ts';
import type { View } from './view.ts';

/** Collects what the handlers say in one turn. `settle` derives the rest from what they changed. */
export class Draft {
  readonly #state: RaftState;
  readonly #before: HardState;
  readonly #free: Envelope[] = [];
  readonly #sworn: Envelope[] = [];
  readonly #accepted: Accepted[] = [];
  readonly #refused: Refused[] = [];
  readonly #transferred: Transferred[] = [];
  readonly #readable: Readable[] = [];
  readonly #loads: Load[] = [];
  readonly #alarms: string[] = [];
  readonly #shipments: Shipment[] = [];
  readonly #notices: string[] = [];
  readonly #reconfigured: Reconfiguration[] = [];
  #beat: Heartbeat | null = null;
  #compact: EntryId | null = null;
  #installed: Snapshot | null = null;

  constructor(state: RaftState) {
    this.#state = state;
    this.#before = state.hard;
  }

  say(to: NodeId, message: Message): void {
    const mail = SWORN[message.kind] ? this.#sworn : this.#free;
    mail.push({ from: this.#state.id, to, message });
  }

  /** Publishes to everybody at once. */
  beat(heartbeat: Heartbeat): void {
    this.#beat = heartbeat;
  }

  accept(tokens: readonly number[], first: Index, term: Term): void {
    this.#accepted.push({ tokens, first, term });
  }

  refuse(tokens: readonly number[], reason: RefusalReason, why?: string): void {
    if (tokens.length === 0) return;
    const leader = leaderOf(this.#state);
    this.#refused.push({ tokens, reason, leader, ...(why !== undefined && { why }) });
  }

  reconfigure(token: number, index: Index): void {
    this.#reconfigured.push({ token, index });
  }

  transferred(tokens: readonly number[], leader: NodeId, term: Term): void {
    this.#transferred.push({ tokens, leader, term });
  }

  allowReads(tokens: readonly number[], index: Index): void {
    this.#readable.push({ tokens, index });
  }

  load(to: NodeId, from: Index, bytesMax: number): void {
    this.#loads.push({ to, from, bytesMax });
  }

  ship(shipment: Shipment): void {
    this.#shipments.push(shipment);
  }

  compact(base: EntryId): void {
    this.#compact = base;
  }

  /** The log and the state machine begin anew with `snapshot`. */
  install(snapshot: Snapshot): void {
    this.#installed = snapshot;
  }

  alarm(sentence: string): void {
    this.#alarms.push(sentence);
  }

  notice(sentence: string): void {
    this.#notices.push(sentence);
  }

  settle(wakeAt: Millis): Outcome {
    return {
      state: this.#state,
      write: this.#write(),
      free: this.#free,
      sworn: this.#sworn,
      beat: this.#beat,
      accepted: this.#accepted,
      refused: this.#refused,
      reconfigured: this.#reconfigured,
      transferred: this.#transferred,
      readable: this.#readable,
      release: this.#release(),
      loads: this.#loads,
      shipments: this.#shipments,
      compact: this.#compact,
      alarms: this.#alarms,
      notices: this.#notices,
      view: this.#view(),
      wakeAt,
    };
  }

  /** Persistence is derived by comparison, so no handler can forget it. */
  #write(): Write | null {
    const state = this.#state;
    const moved = state.hard !== this.#before;
    const entries = state.log.takeUnwritten();
    const base = this.#installed && state.log.base;
    if (!moved && !base && entries.length === 0) return null;
    state.unstoredSince ??= state.now;
    return {
      ...(base && { base }),
      hard: moved ? state.hard : null,
      entries,
      receipt: {
        kind: 'Stored',
        term: state.hard.term,
        last: state.log.last.index,
        epoch: state.log.epoch,
      },
    };
  }

  #release(): Release | null {
    const state = this.#state;
    const upTo = Math.min(state.commit, state.log.stored);
    if (upTo <= state.released) return null;
    const install = this.#installed;
    const entries = state.log.held(Math.max(state.released, install?.index ?? 0) + 1, upTo);
    state.released = upTo;
    state.log.evict(upTo, state.settings.windowBytesMax);
    return { install, upTo, entries };
  }

  #view(): View {
    const { view: old, log, hard, commit, snapshot, role, id } = this.#state;
    const view: View = {
      id,
      role: role.name,
      term: hard.term,
      leader: leaderOf(this.#state),
      commit,
      first: log.first,
      last: log.last.index,
      snapshot: snapshot?.index ?? 0,
      ...membersSeenBy(this.#state),
    };
    if (same(old, view)) return old;
    this.#state.view = view;
    return view;
  }
}

function same(a: View, b: View): boolean {
  return (
    a.role === b.role &&
    a.term === b.term &&
    a.leader === b.leader &&
    a.commit === b.commit &&
    a.first === b.first &&
    a.last === b.last &&
    a.snapshot === b.snapshot &&
    a.configuration === b.configuration &&
    a.configurations === b.configurations &&
    a.catchingUp === b.catchingUp &&
    a.isRemoved === b.isRemoved
  );
}
