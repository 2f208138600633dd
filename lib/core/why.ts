import type { Turn } from './input.ts';
import type { Message } from './message.ts';
import type { Outcome } from './outcome.ts';
import { isVoter } from './quorum.ts';
import type { RaftState } from './state.ts';
import { factsOf } from './turn-invariants.ts';
import { type Index, type Millis, type NodeId, upToDate } from './types.ts';
import type { Before, Case } from './why-case.ts';
import { whyMembers } from './why-members.ts';
import { WHY_REFUSED, whyTransfer } from './why-transfer.ts';

/**
 * Says why a turn decided what it decided: which rule of Raft was at work, with the numbers that it
 * went by. For people who look back; nothing is decided by it.
 */

export function remember(state: RaftState): Before {
  const { role, electionDeadline, unstoredSince } = state;
  const isFollower = role.name === 'follower';
  const leader = isFollower ? role.leader : null;
  const heardAt = isFollower ? role.heardAt : Number.NEGATIVE_INFINITY;
  return { ...factsOf(state), leader, heardAt, electionDeadline, unstoredSince };
}

/** One sentence for each thing that happened in the turn; none if nothing changed. */
export function tellWhy(before: Before, turn: Turn, outcome: Outcome): readonly string[] {
  const { state } = outcome;
  const told = { before, turn, outcome, state };
  return RULES.flatMap((rule) => rule(told) ?? []);
}

type Explain = (told: Case) => string | readonly string[] | null;

const RULES: readonly Explain[] = [
  whyTerm,
  whyRole,
  whyVote,
  whyLeader,
  whyLog,
  whyCommit,
  whyRelease,
  whyMembers,
  whyReads,
  whyTransfer,
  whyRefused,
  whyLoad,
  whySnapshot,
  whyCompact,
  whyBeat,
];

function whyTerm({ before, turn, state }: Case): string | null {
  const { term } = state.hard;
  if (term === before.hard.term) return null;
  const heard = mail(turn).find(({ message }) => message.term === term);
  if (heard && state.hard.vote !== state.id) {
    return `term ${term} is newer than ${before.hard.term}, and n${heard.from} is in it (${heard.message.kind}; §3.3)`;
  }
  const nominated = mail(turn).find(({ message: { kind } }) => kind === 'TimeoutNow');
  if (nominated) {
    return `n${nominated.from} wants it to lead, so it stands for election in a new term, ${term} (§3.10)`;
  }
  return `a pre-vote was won, so it stands for election in a new term, ${term} (§3.4, §9.6)`;
}

function whyRole(told: Case): string | null {
  const { before, turn, state } = told;
  const { role, hard } = state;
  if (role.name === before.role) return null;
  switch (role.name) {
    case 'precandidate': {
      const { leader } = before;
      const silent = Number.isFinite(before.heardAt)
        ? `${leader === null ? 'a leader' : `n${leader}`} was last heard ${ms(state.now - before.heardAt)} ago`
        : 'no leader was heard';
      return `the election deadline passed ${ms(state.now - before.electionDeadline)} ago and ${silent}: it asks whether it could win (§9.6)`;
    }
    case 'candidate':
      if (mail(turn).some(({ message: { kind } }) => kind === 'TimeoutNow')) {
        return 'its leader hands over to it: there is nothing to ask before (§3.10)';
      }
      return `a quorum would vote for it: its log ends with ${id(state.log.last)} (§9.6)`;
    case 'leader':
      return `a quorum voted for it in term ${hard.term}, its own vote on disk included (§3.4)`;
    case 'follower':
      return whyFollower(told);
  }
}

function whyFollower({ before, state }: Case): string {
  const { role, hard, settings, now } = state;
  if (hard.term !== before.hard.term) {
    return `it was ${before.role} of term ${before.hard.term}, which is over (§3.3)`;
  }
  if (before.role === 'leader' && !isVoter(state.configuration, state.id)) {
    return 'that it does not vote any more is committed: it leaves the office to others (§4.2.2)';
  }
  if (before.role !== 'leader') {
    const leader = role.name === 'follower' ? role.leader : null;
    return leader === null
      ? 'a quorum of voters refused: it gives up (§3.4)'
      : `n${leader} leads this term already (§3.4)`;
  }
  const isStalled =
    before.unstoredSince !== null && now - before.unstoredSince >= settings.diskStallMs;
  if (isStalled) return `its disk has not finished a write for ${ms(settings.diskStallMs)}`;
  return `a quorum has not answered for ${ms(settings.electionMsMax)}: it could only keep others waiting (check-quorum, §6.2)`;
}

function whyVote({ before, turn, outcome, state }: Case): readonly string[] {
  const lines: string[] = [];
  for (const { to, message: m } of [...outcome.sworn, ...outcome.free]) {
    if (m.kind !== 'RequestVoteReply' && m.kind !== 'PreVoteReply') continue;
    const question = mail(turn).find(({ from, message: { kind } }) => {
      return from === to && (kind === 'RequestVote' || kind === 'PreVote');
    })?.message;
    if (question?.kind !== 'RequestVote' && question?.kind !== 'PreVote') continue;
    const theirs = id(question.last);
    const ours = id(state.log.last);
    if (m.granted) {
      lines.push(
        `n${to} gets its ${what(m)}: its log, up to ${theirs}, is as up to date as ours, up to ${ours} (§3.6.1)`,
      );
    } else if (question.term < before.hard.term || m.term > question.term) {
      lines.push(
        `n${to} gets no ${what(m)}: it asks for term ${question.term}, and this is term ${m.term} (§3.3)`,
      );
    } else if (!upToDate(question.last, state.log.last)) {
      lines.push(
        `n${to} gets no ${what(m)}: its log ends with ${theirs}, ours with ${ours} (§3.6.1)`,
      );
    } else if (m.kind === 'RequestVoteReply') {
      lines.push(
        `n${to} gets no vote: n${state.hard.vote ?? '?'} has the one of term ${m.term} (§3.4)`,
      );
    } else {
      lines.push(`n${to} gets no pre-vote: a leader is heard (§4.2.3, §9.6)`);
    }
  }
  return lines;
}

function what({ kind }: Message): string {
  return kind === 'PreVoteReply' ? 'pre-vote' : 'vote';
}

function whyLeader({ before, state }: Case): string | null {
  const { role } = state;
  if (role.name !== 'follower' || role.leader === before.leader) return null;
  if (role.leader === null)
    return before.leader === null ? null : `n${before.leader} leads no more`;
  return `n${role.leader} leads term ${state.hard.term}: it sent entries or a beat (§3.4)`;
}

function whyLog({ before, outcome, state }: Case): readonly string[] {
  const lines: string[] = [];
  if (outcome.write?.base) {
    lines.push(
      `the log begins anew after ${id(outcome.write.base)}: the leader's snapshot ends there, and this log did not hold that entry (§5.3)`,
    );
  } else if (state.log.epoch !== before.epoch) {
    lines.push(`entries after a conflict were replaced by the leader's (§3.5)`);
  }
  for (const { to, message: m } of outcome.sworn) {
    if (m.kind !== 'AppendEntriesReply' || m.result !== 'conflict') continue;
    lines.push(
      `n${to} is told of a conflict: the entry ${m.rejected} before its entries is not in this log; ${id(m.hint)} may be common (§3.5)`,
    );
  }
  return lines;
}

function whyCommit({ before, state }: Case): string | null {
  const { commit, role, log, id: self } = state;
  if (commit === before.commit) return null;
  if (role.name !== 'leader') {
    if (before.commit < (state.snapshot?.index ?? 0) && state.snapshot?.index === commit)
      return `committed up to ${commit}: a snapshot of the leader ends there (§5.3)`;
    const by = role.name === 'follower' && role.leader !== null ? `n${role.leader}` : 'the leader';
    return `committed up to ${commit}: ${by} said so, of entries that are in this log (§3.5)`;
  }
  const reached = [
    [self, log.stored],
    ...[...role.progress].map(([peer, { match }]) => [peer, match]),
  ];
  const each = reached.map(([peer, index]) => `n${peer}=${index}`).join(' ');
  return `committed up to ${commit}: a quorum has it on disk, and it is of this term (${each}; §3.6.2)`;
}

function whyRelease({ outcome: { release }, state }: Case): string | null {
  if (!release) return null;
  return `released up to ${release.upTo}: committed up to ${state.commit}, and stored here up to ${state.log.stored}`;
}

/** Whether these reads were asked in this very turn, by lease: a round takes another turn. */
function isByLease({ inputs }: Turn, tokens: readonly number[]): boolean {
  return inputs.some((one) => one.kind === 'Asked' && one.byLease && one.tokens === tokens);
}

function whyReads({ turn, outcome, state }: Case): readonly string[] {
  return outcome.readable.map(({ tokens, index }) => {
    if (isByLease(turn, tokens)) {
      return `${tokens.length} reads may be served at ${index}: a quorum followed it less than ${ms(state.settings.leaseMs)} ago, so nobody else can lead yet (§6.4.1)`;
    }
    const round = state.role.name === 'leader' ? state.role.round : 0;
    return `${tokens.length} reads may be served at ${index}: a quorum has answered a beat that was published after they came, the last is ${round} (§6.4)`;
  });
}

function whyRefused({ outcome, state }: Case): readonly string[] {
  return outcome.refused.map(({ tokens, reason, leader, why: said }) => {
    if (said !== undefined) return `a change of who takes part is refused (${reason}): ${said}`;
    if (reason === 'Busy') {
      return `${tokens.length} commands are refused: more than ${state.settings.uncommittedBytesMax} bytes would not be committed`;
    }
    const why =
      WHY_REFUSED[reason] ?? (leader === null ? 'no leader is known' : `n${leader} leads`);
    return `${tokens.length} requests are refused: ${why}`;
  });
}

function whyLoad({ outcome, state }: Case): readonly string[] {
  return outcome.loads.map(({ to, from }) => {
    return `n${to} needs entry ${from}, and memory begins at ${state.log.windowFirst}: it is read from disk`;
  });
}

function whySnapshot({ outcome, state }: Case): readonly string[] {
  return outcome.shipments.flatMap((shipment) => {
    if (shipment.kind !== 'send') return [];
    const { to, snapshot, attempt } = shipment;
    const again = attempt > 1 ? `; it is the ${attempt}th since it last kept up` : '';
    return `n${to} is sent the snapshot up to ${id(snapshot)}: it needs entries before ${state.log.first}, where the log begins (§5.3)${again}`;
  });
}

function whyCompact({ outcome: { compact }, state }: Case): string | null {
  if (!compact) return null;
  return `the log lets go of entries up to ${compact.index}: a durable snapshot stands for all up to ${state.snapshot?.index} (§5.1)`;
}

function whyBeat({ before, outcome: { beat }, state }: Case): string | null {
  const { role } = state;
  if (!beat || role.name !== 'leader') return null;
  if (role.reads.attached?.round === beat.round)
    return `beat ${beat.round} begins a round for reads (§6.4)`;
  if (before.role !== 'leader') return `beat ${beat.round} tells everybody who leads (§3.4)`;
  return beat.commit.index > before.commit
    ? `beat ${beat.round} tells that ${beat.commit.index} is committed`
    : `beat ${beat.round} is due`;
}

function mail(turn: Turn): readonly { readonly from: NodeId; readonly message: Message }[] {
  return turn.inputs.flatMap((input) => (input.kind === 'Received' ? [input] : []));
}

function id({ index, term }: { readonly index: Index; readonly term: number }): string {
  return `${index}/${term}`;
}

function ms(value: Millis): string {
  return `${Math.max(0, value).toFixed(1)} ms`;
}
