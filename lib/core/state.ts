import { assert } from '../kit/assert.ts';
import { fraction, nextRandom } from '../kit/random.ts';
import type { CatchUp } from './catch-up.ts';
import type { Contact } from './contact.ts';
import { EMPTY_LOG, Log, type LogImage } from './log.ts';
import { membersSeenBy } from './members-view.ts';
import type { Progress } from './progress.ts';
import type { Settings } from './settings.ts';
import type { Snapshot } from './snapshot.ts';
import type { Transfer } from './transfer.ts';
import type {
  Configuration,
  ConfigurationAt,
  HardState,
  Index,
  Millis,
  NodeId,
  Term,
} from './types.ts';
import type { View } from './view.ts';

/**
 * Everything a server knows. Owned by the fold over turns: `step` consumes a state and hands back
 * the same object, so nobody else may keep one. Small facts (`hard`, `configuration`) are replaced
 * whole and compared by identity; the log and the leader's table are edited in place.
 */
export type RaftState = {
  readonly id: NodeId;
  readonly settings: Settings;
  /** Those of the log, rising by index; the first is the one that the log starts from. */
  configurations: readonly ConfigurationAt[];
  /** The last of them, which is effective. */
  configuration: Configuration;
  now: Millis;
  /** State of the seeded generator: chance replays too. */
  random: number;

  hard: HardState;
  readonly log: Log;
  commit: Index;
  /** Committed, stored, and handed over for applying. */
  released: Index;
  /** The newest one that is durable here; it stands for whatever the log has let go. */
  snapshot: Snapshot | null;
  role: Role;
  /** When to stop waiting for a leader. */
  electionDeadline: Millis;
  /** Since when the disk has owed us something, or null. */
  unstoredSince: Millis | null;
  /** An office that this server hands over, until it knows how that ended. */
  transfer: Transfer | null;
  view: View;
};

export type Role = Follower | Precandidate | Candidate | Leader;

export type Follower = {
  readonly name: 'follower';
  readonly leader: NodeId | null;
  /** When a leader was last heard, known or not; voters are loyal for `electionMsMin` after it. */
  heardAt: Millis;
};

/** Asks whether an election could be won, before touching the term (thesis §9.6). */
export type Precandidate = {
  readonly name: 'precandidate';
  readonly votes: Map<NodeId, boolean>;
};

/** Its own vote counts once it is durable, like everybody else's. */
export type Candidate = { readonly name: 'candidate'; readonly votes: Map<NodeId, boolean> };

export type Leader = {
  readonly name: 'leader';
  readonly progress: Map<NodeId, Progress>;
  /** The beat that was published last; beats are numbered from 1 in each leadership. */
  round: number;
  beatAt: Millis;
  /** Highest commit index that a beat has told. */
  told: Index;
  /** Bytes of entries after `commit` that are in memory. */
  uncommittedBytes: number;
  /** The moment up to which clock entries of this leadership have counted (log-clock.ts). */
  clockAt: Millis;
  readonly reads: Reads;
  /** The change that a client waits for; it is under way. */
  change: { readonly token: number; readonly index: Index } | null;
  /** Learners on their way to hold the log. */
  catchUps: readonly CatchUp[];
  /** Who was removed and is still told, until when; null until the removal is committed. */
  readonly departing: Map<NodeId, Millis | null>;
  readonly contact: Contact;
  /** It has sent a TimeoutNow in this term: somebody may be elected at any time. */
  hasNominated: boolean;
};

/** Linearizable reads on their way to an index (lib/core/reads.ts). */
export type Reads = {
  /** Not attached to a round yet. */
  waiting: number[];
  /** Served once a quorum has answered `round` or a later one. */
  attached: { readonly round: number; readonly index: Index; readonly tokens: number[] } | null;
};

/** What a server starts from. */
export type Boot = {
  readonly id: NodeId;
  /** The one that the log starts from, and then those that its entries carry. */
  readonly configurations: readonly ConfigurationAt[];
  readonly settings: Settings;
  readonly seed: number;
  readonly hard?: HardState;
  readonly log?: LogImage;
  readonly snapshot?: Snapshot | null;
  /** Known to be committed, because it is already applied. */
  readonly applied?: Index;
  readonly now?: Millis;
  /**
   * When this server may last have heard a leader (never, if left out). Whoever restarts and was a
   * server before cannot know, so it says that it was just now: a lease may count on it.
   */
  readonly heardAt?: Millis;
};

const NEVER_VOTED: HardState = { term: 0, vote: null };

/** A server that has just started: a follower without a leader. */
export function begin(boot: Boot): RaftState {
  const { id, configurations, settings, hard = NEVER_VOTED, applied = 0, now = 0 } = boot;
  const effective = configurations.at(-1);
  assert(effective !== undefined, 'a log starts from a configuration');
  const { configuration } = effective;
  const { heardAt = Number.NEGATIVE_INFINITY } = boot;
  const log = new Log(boot.log ?? EMPTY_LOG);
  const snapshot = boot.snapshot ?? null;
  const role: Follower = { name: 'follower', leader: null, heardAt };
  const state: RaftState = {
    id,
    settings,
    configurations,
    configuration,
    now,
    random: nextRandom(boot.seed),
    hard,
    log,
    commit: applied,
    released: applied,
    snapshot,
    role,
    electionDeadline: 0,
    unstoredSince: null,
    transfer: null,
    view: {
      id,
      role: 'follower',
      term: hard.term,
      leader: null,
      commit: applied,
      first: log.first,
      last: log.last.index,
      snapshot: snapshot?.index ?? 0,
      ...membersSeenBy({ id, configurations, commit: applied, role }),
    },
  };
  restartElectionTimer(state);
  return state;
}

/** When to stop waiting for a leader: a random moment, so that two servers rarely wake together. */
export function restartElectionTimer(state: RaftState): void {
  const { electionMsMin, electionMsMax } = state.settings;
  state.random = nextRandom(state.random);
  state.electionDeadline =
    state.now + electionMsMin + fraction(state.random) * (electionMsMax - electionMsMin);
}

/** The term of a message or of this server has moved on: a vote belongs to its term. */
export function enterTerm(state: RaftState, term: Term, vote: NodeId | null): void {
  state.hard = { term, vote };
}

export function leaderOf(state: Pick<RaftState, 'id' | 'role'>): NodeId | null {
  const { role } = state;
  if (role.name === 'leader') return state.id;
  return role.name === 'follower' ? role.leader : null;
}
