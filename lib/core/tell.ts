import { unreachable } from '../kit/assert.ts';
import type { Entry } from './entry.ts';
import type { Input } from './input.ts';
import type { Log } from './log.ts';
import type { Message } from './message.ts';
import type { Outcome, Shipment } from './outcome.ts';
import type { Progress } from './progress.ts';
import type { Snapshot } from './snapshot.ts';
import type { Leader, RaftState } from './state.ts';
import { tellChange, tellMembers } from './tell-members.ts';
import type { EntryId, HardState, NodeId, Term } from './types.ts';

/**
 * Says in words what the core has, hears and decides, for logs and scenarios. An entry is
 * `index/term`, a run of entries of one term `first..last/term`.
 */

/** One line: who this server is, what it holds, and as a leader what it knows of the others. */
export function tellState(state: RaftState): string {
  const { id, role, hard, log, commit, released } = state;
  const base = log.base.index > 0 ? ` base=${entry(log.base)}` : '';
  const facts = `${tellHard(hard)}${base} log=${tellLog(log)} commit=${commit}`;
  const stored = log.stored === log.last.index ? '' : ` stored=${log.stored}`;
  const behind = released === commit ? '' : ` released=${released}`;
  const duty = role.name === 'leader' ? tellLeader(role) : '';
  const members = `${tellMembers(state)}${tellTransfer(state)}`;
  return `${server(id)} ${tellRole(state)} ${facts}${stored}${behind}${members}${duty}`;
}

function tellTransfer({ transfer }: RaftState): string {
  if (!transfer) return '';
  return ` transfer=${transfer.to === null ? 'anybody' : server(transfer.to)}${transfer.isSent ? '(sent)' : ''}`;
}

function tellRole({ role }: RaftState): string {
  switch (role.name) {
    case 'follower':
      return role.leader === null ? 'follower' : `follower of ${server(role.leader)}`;
    case 'precandidate':
    case 'candidate':
      return `${role.name}${tellVotes(role.votes)}`;
    case 'leader':
      return 'leader';
    default:
      return unreachable(role);
  }
}

function tellVotes(votes: ReadonlyMap<NodeId, boolean>): string {
  if (votes.size === 0) return '';
  return `(${[...votes].map(([id, granted]) => `${server(id)}:${granted ? 'yes' : 'no'}`).join(' ')})`;
}

function tellLeader({ round, reads, progress }: Leader): string {
  const { waiting, attached } = reads;
  const parts = [` round=${round}`];
  if (waiting.length > 0) parts.push(` waiting=${waiting.join()}`);
  if (attached) parts.push(` reads=${attached.tokens.join()}@${attached.round}`);
  for (const [id, one] of progress) parts.push(` | ${server(id)} ${tellProgress(one)}`);
  return parts.join('');
}

/** A follower as its leader sees it. */
export function tellProgress(progress: Progress): string {
  const { mode, match, next, pending, inflight, waiting, loading } = progress;
  const parts = [`${mode} match=${match} next=${next}`];
  if (pending > 0) parts.push(`snapshot=${pending}`);
  if (inflight.length > 0) parts.push(`inflight=${inflight.length}`);
  if (waiting) parts.push('waiting');
  if (loading) parts.push('loading');
  return parts.join(' ');
}

/** The whole log as runs of one term, `1..3/1 4/2`; `-` if it is empty. */
export function tellLog(log: Log): string {
  const runs: string[] = [];
  for (let at = log.last; at.index >= log.first; ) {
    const before = log.lastNotAfter(at.index, at.term - 1);
    runs.unshift(run(before.index + 1, at.index, at.term));
    at = before;
  }
  return runs.join(' ') || '-';
}

function tellEntries(entries: readonly Entry[]): string {
  const runs: string[] = [];
  for (let from = 0; from < entries.length; ) {
    const { index, term } = entries[from] as Entry;
    let to = from;
    while (entries[to + 1]?.term === term) to += 1;
    runs.push(run(index, index + to - from, term));
    from = to + 1;
  }
  return runs.join(' ') || '-';
}

/** One line: what one server says to another. */
export function tellMessage(m: Message): string {
  const head = `${m.kind} term=${m.term}`;
  switch (m.kind) {
    case 'PreVote':
      return `${head} last=${entry(m.last)}`;
    case 'RequestVote':
      return `${head} last=${entry(m.last)}${m.isTransfer ? ' transfer' : ''}`;
    case 'PreVoteReply':
    case 'RequestVoteReply':
      return `${head} ${m.granted ? 'granted' : 'refused'}`;
    case 'AppendEntries':
      return `${head} prev=${entry(m.prev)} entries=${tellEntries(m.entries)} commit=${m.commit}`;
    case 'AppendEntriesReply':
      if (m.result === 'matched') return `${head} matched=${m.index}`;
      return `${head} conflict=${m.rejected} hint=${entry(m.hint)}`;
    case 'Heartbeat':
      return `${head} round=${m.round} commit=${entry(m.commit)}`;
    case 'HeartbeatReply':
      return `${head} round=${m.round} last=${entry(m.last)}`;
    case 'InstallSnapshot':
      return `${head} ${tellSnapshot(m.snapshot)} offset=${m.offset} bytes=${m.chunk.length}`;
    case 'InstallSnapshotReply':
      return `${head} snapshot=${m.index} ${m.result} offset=${m.offset} granted=${m.granted}`;
    case 'TimeoutNow':
      return head;
    default:
      return unreachable(m);
  }
}

/** One line: what happened to a server. */
export function tellInput(input: Input): string {
  switch (input.kind) {
    case 'Tick':
      return 'Tick';
    case 'Received':
      return `Received from=${server(input.from)} ${tellMessage(input.message)}`;
    case 'Proposed':
      return `Proposed tokens=${input.proposals.map(({ token }) => token).join()}`;
    case 'Asked':
      return `Asked tokens=${input.tokens.join()}${input.byLease ? ' by lease' : ''}`;
    case 'TransferAsked':
      return `TransferAsked token=${input.token} to=${orNobody(input.to)}`;
    case 'Elapsed':
      return 'Elapsed';
    case 'Stored':
      return `Stored term=${input.term} last=${input.last} epoch=${input.epoch}`;
    case 'Loaded':
      return `Loaded for=${server(input.to)} entries=${tellEntries(input.entries)}`;
    case 'Unreachable':
      return `Unreachable peer=${server(input.peer)}`;
    case 'Snapshotted':
    case 'Fetched':
      return `${input.kind} ${tellSnapshot(input.snapshot)}`;
    case 'Delivered':
      return `Delivered to=${server(input.to)} term=${input.term} snapshot=${input.index} ${input.ok ? 'whole' : 'given up'}`;
    case 'Reconfigured':
      return `Reconfigured token=${input.token} ${input.changes.map(tellChange).join(' ')}`;
    default:
      return unreachable(input);
  }
}

/** One line a decision, in the order in which they may be carried out; none if nothing is to do. */
export function tellOutcome(outcome: Outcome): readonly string[] {
  const { write, free, sworn, beat, release } = outcome;
  const lines: string[] = [];
  if (write) {
    const hard = write.hard ? `${tellHard(write.hard)} ` : '';
    const base = write.base ? `base=${entry(write.base)} ` : '';
    lines.push(`write ${hard}${base}entries=${tellEntries(write.entries)}`);
  }
  if (beat) lines.push(`beat ${tellMessage(beat)}`);
  for (const { to, message } of free) lines.push(`free ${server(to)} ${tellMessage(message)}`);
  for (const { to, message } of sworn) lines.push(`sworn ${server(to)} ${tellMessage(message)}`);
  for (const { to, from } of outcome.loads) lines.push(`load from=${from} for=${server(to)}`);
  for (const { tokens, first, term } of outcome.accepted) {
    lines.push(`accept tokens=${tokens.join()} first=${first}/${term}`);
  }
  for (const { tokens, reason, leader } of outcome.refused) {
    lines.push(`refuse tokens=${tokens.join()} ${reason} leader=${orNobody(leader)}`);
  }
  for (const { token, index } of outcome.reconfigured) {
    lines.push(`reconfigured token=${token} index=${index}`);
  }
  for (const { tokens, leader, term } of outcome.transferred) {
    lines.push(`transferred tokens=${tokens.join()} leader=${server(leader)} term=${term}`);
  }
  for (const { tokens, index } of outcome.readable) {
    lines.push(`readable tokens=${tokens.join()} index=${index}`);
  }
  if (release) {
    const install = release.install ? ` install=${entry(release.install)}` : '';
    lines.push(`release to=${release.upTo} entries=${tellEntries(release.entries)}${install}`);
  }
  for (const shipment of outcome.shipments) lines.push(tellShipment(shipment));
  if (outcome.compact) lines.push(`compact to=${entry(outcome.compact)}`);
  for (const sentence of outcome.alarms) lines.push(`alarm ${sentence}`);
  for (const sentence of outcome.notices) lines.push(`notice ${sentence}`);
  return lines;
}

function tellShipment(shipment: Shipment): string {
  if (shipment.kind !== 'send') return `${shipment.kind} from=${server(shipment.from)}`;
  const { to, snapshot, attempt } = shipment;
  return `send ${tellSnapshot(snapshot)} to=${server(to)} attempt=${attempt}`;
}

/** A snapshot by the entry that it ends with. */
function tellSnapshot(snapshot: Snapshot): string {
  return `snapshot=${entry(snapshot)}`;
}

function tellHard({ term, vote }: HardState): string {
  return `term=${term} vote=${orNobody(vote)}`;
}

function run(first: number, last: number, term: Term): string {
  return first === last ? `${first}/${term}` : `${first}..${last}/${term}`;
}

function entry({ index, term }: EntryId): string {
  return `${index}/${term}`;
}

function server(id: NodeId): string {
  return `n${id}`;
}

function orNobody(id: NodeId | null): string {
  return id === null ? 'nobody' : server(id);
}
