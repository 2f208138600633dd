import type { Envelope, Message } from '../../../lib/core/message.ts';
import type { Outcome } from '../../../lib/core/outcome.ts';
import type { RaftState } from '../../../lib/core/state.ts';
import type { Facts } from '../../../lib/core/turn-invariants.ts';
import type { Configuration, HardState, Index, NodeId, Term } from '../../../lib/core/types.ts';
import type { History } from './history.ts';
import { isEnough } from './majority.ts';
import { Members } from './members.ts';
import { rule } from './rule.ts';

/** What the oracle sees of a server: its log and its disk, besides what each turn decides. */
export type Watched = {
  readonly id: NodeId;
  /** The log as the core has it, stored or not. */
  readonly log: History;
  readonly disk: Promised;
};

/** What a disk was said to hold, and so must hold whatever happens. */
export type Promised = { readonly hard: HardState; readonly log: History };

/** Mail that leaves when what it rests on is durable, and what has to be there by then. */
export type Oath = {
  readonly envelope: Envelope;
  /** Hash of the log that an acknowledgement vouches for; null if it vouches for no entries. */
  readonly proof: number | null;
};

/** A committed entry: its term, the hash up to it, and the term whose leader committed it. */
type Known = { readonly term: Term; readonly hash: number; readonly by: Term };

const VOUCHING: ReadonlySet<Message['kind']> = new Set([
  'RequestVote',
  'RequestVoteReply',
  'AppendEntries',
  'AppendEntriesReply',
]);

/**
 * Watches all servers of a cluster from outside and remembers everything: what takes several of
 * them, or the past, to be seen as wrong (thesis figure 3.2, and what was promised to clients).
 */
export class Oracle {
  readonly #servers: ReadonlyMap<NodeId, Watched>;
  readonly #members: Members;
  readonly #leaders = new Map<Term, NodeId>();
  readonly #histories = new Map<string, number>();
  readonly #votes = new Map<string, NodeId>();
  readonly #committed: Known[] = [{ term: 0, hash: 0, by: 0 }];
  #acked: Index = 0;
  /** The newest term in which anybody stood for election. */
  #stood: Term = 0;

  constructor(servers: ReadonlyMap<NodeId, Watched>, configuration: Configuration) {
    this.#servers = servers;
    this.#members = new Members(configuration);
  }

  /** Highest index whose effect a client was told of. */
  get acked(): Index {
    return this.#acked;
  }

  get committed(): Index {
    return this.#committed.length - 1;
  }

  /** Judges one turn of one server; its log shows what the turn wrote already. */
  judge(server: Watched, before: Facts, outcome: Outcome): void {
    const { state, view, write, free, beat, reconfigured } = outcome;
    const { id } = server;
    rule(view.leader === leaderSeenBy(state), `n${id} tells that n${view.leader} leads`);
    if (state.hard.term > before.hard.term) this.#isKnownTerm(id, state.hard);
    for (const { message } of free) {
      if (message.kind === 'AppendEntries') this.#leads(id, message.term);
    }
    if (beat) this.#leads(id, beat.term);
    for (const { index, term } of write?.entries ?? []) this.#matches(server, index, term);
    if (state.role.name === 'leader') {
      this.#leads(id, state.hard.term);
      if (before.role !== 'leader' || before.hard.term !== state.hard.term) {
        this.#isElected(server, state);
        this.#isComplete(server, state.hard.term);
      }
    }
    this.#members.judge(server, before, state);
    for (const { index } of reconfigured) this.#members.isComplete(server, index, state);
    this.#countsRightly(server, before, state);
    for (let index = before.commit + 1; index <= state.commit; index += 1) {
      if (index > this.committed) this.#commit(server, index, before, state);
      this.#agrees(server.log, index, `the log of n${id} that it calls committed`);
    }
  }

  /** Terms begin with somebody who stands for election in them. */
  #isKnownTerm(id: NodeId, { term, vote }: HardState): void {
    if (vote === id) this.#stood = Math.max(this.#stood, term);
    const stored = [...this.#servers.values()].map(({ disk }) => disk.hard.term);
    const known = Math.max(this.#stood, ...stored);
    rule(term <= known, `n${id} enters term ${term}; nobody ever stood for election in it`);
  }

  #leads(id: NodeId, term: Term): void {
    const other = this.#leaders.get(term) ?? id;
    rule(other === id, `election safety: n${other} and n${id} both lead term ${term}`);
    this.#leaders.set(term, id);
  }

  /** Whoever voted has said so, or has the vote on its disk: its word may have been lost. */
  #isElected(server: Watched, { hard: { term }, commit }: RaftState): void {
    const { id } = server;
    const hasVoted = (voter: NodeId): boolean => {
      const { hard } = (this.#servers.get(voter) as Watched).disk;
      const isOnDisk = hard.term === term && hard.vote === id;
      return isOnDisk || this.#votes.get(`${voter}@${term}`) === id;
    };
    rule(this.#members.mayLead(server, commit), `n${id}, which does not vote, leads term ${term}`);
    const { configuration } = this.#members.latest(server);
    rule(isEnough(configuration, hasVoted), `n${id} leads term ${term} without the votes`);
  }

  #matches({ id, log }: Watched, index: Index, term: Term): void {
    const hash = log.hashAt(index) as number;
    const name = `${index}/${term}`;
    const known = this.#histories.get(name) ?? hash;
    rule(known === hash, `log matching: n${id} holds ${name} after another history`);
    this.#histories.set(name, hash);
  }

  /** What a leader takes a follower to have is on the follower's disk, unless that has moved on. */
  #countsRightly({ id, log }: Watched, before: Facts, { role, hard }: RaftState): void {
    if (role.name !== 'leader') return;
    for (const [peer, { match }] of role.progress) {
      if (match === (before.matches.get(peer) ?? 0)) continue;
      const { disk } = this.#servers.get(peer) as Watched;
      const holds = disk.hard.term > hard.term || disk.log.hashAt(match) === log.hashAt(match);
      rule(holds, `n${id} believes that n${peer} has ${match} entries of its log`);
    }
  }

  /** Of what leaders of later terms have committed an old term's candidate need know nothing. */
  #isComplete({ id, log }: Watched, term: Term): void {
    const index = this.#committed.findLastIndex(({ by }) => by < term);
    this.#agrees(log, index, `leader completeness: the log of n${id}, leader of term ${term},`);
  }

  #commit(server: Watched, index: Index, before: Facts, { role, hard, commit }: RaftState): void {
    const { id, log } = server;
    const hasLed = role.name === 'leader' || before.role === 'leader';
    rule(hasLed, `n${id}, a ${role.name}, is the first to call ${index} committed`);
    const hash = log.hashAt(commit) as number;
    const holds = (voter: NodeId): boolean =>
      this.#servers.get(voter)?.disk.log.hashAt(commit) === hash;
    // what was changed in this very turn may have been changed before or after
    const isDurable = this.#members
      .since(server, before.last.index)
      .some(({ configuration }) => isEnough(configuration, holds));
    rule(isDurable, `n${id} commits ${commit}, which is not on the disks of a quorum`);
    const known = { term: log.termAt(index), hash: log.hashAt(index) as number, by: hard.term };
    this.#committed[index] = known;
  }

  #agrees(log: History, index: Index, whose: string): void {
    const { hash, term } = this.#committed[index] as Known;
    rule(log.hashAt(index) === hash, `${whose} does not hold the committed entry ${index}/${term}`);
  }

  /**
   * Mail leaves. Whatever the sender's own table says of it: votes, acknowledgements and the word of
   * a leader rest on its disk, unless their term is over.
   */
  leaves({ id, disk }: Watched, { envelope: { to, message: m }, proof }: Oath): void {
    if (!VOUCHING.has(m.kind)) return;
    const { hard, log } = disk;
    rule(hard.term >= m.term, `n${id} speaks in term ${m.term}, its disk is in ${hard.term}`);
    const candidate = m.kind === 'RequestVote' ? id : to;
    if (m.kind === 'RequestVote' || (m.kind === 'RequestVoteReply' && m.granted)) {
      this.#votesFor(id, candidate, m.term);
      const isOnDisk = hard.term > m.term || hard.vote === candidate;
      rule(isOnDisk, `n${id} votes for n${candidate} without the vote on its disk`);
    }
    if (m.kind === 'AppendEntriesReply' && m.result === 'matched') {
      const isOnDisk = hard.term > m.term || log.hashAt(m.index) === proof;
      rule(isOnDisk, `n${id} acknowledges ${m.index}, which its disk lacks`);
    }
  }

  #votesFor(voter: NodeId, candidate: NodeId, term: Term): void {
    const name = `${voter}@${term}`;
    const other = this.#votes.get(name) ?? candidate;
    rule(other === candidate, `n${voter} votes for n${other} and for n${candidate} in ${term}`);
    this.#votes.set(name, candidate);
  }

  /** A server applies an entry that it has on disk. */
  applies({ id, disk }: Watched, index: Index): void {
    rule(index <= this.committed, `n${id} applies ${index}, which nobody has committed`);
    this.#agrees(disk.log, index, `state machine safety: the disk of n${id}`);
  }

  /** A state machine jumps: to no more than is committed, and to what everybody had there. */
  installs({ id }: Watched, content: History, index: Index): void {
    rule(index <= this.committed, `n${id} installs up to ${index}, which nobody has committed`);
    this.#agrees(content, index, `state machine safety: what n${id} installs`);
  }

  /** A client is told that its command took effect. */
  acknowledges(index: Index): void {
    this.#acked = Math.max(this.#acked, index);
  }

  /** A read is served that was asked when `floor` was committed: nothing before may be missing. */
  serves({ id }: Watched, index: Index, floor: Index): void {
    rule(index >= floor, `n${id} serves a read at ${index}; ${floor} was committed before`);
  }

  /** All that was acknowledged is in the log of this server. */
  remembers({ id, log }: Watched): void {
    this.#agrees(log, this.committed, `after all, n${id}`);
  }
}

function leaderSeenBy({ id, role }: RaftState): NodeId | null {
  if (role.name === 'follower') return role.leader;
  return role.name === 'leader' ? id : null;
}
