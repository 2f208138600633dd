import type { Message } from '../../core/message.ts';
import type { Outcome } from '../../core/outcome.ts';
import type { Progress } from '../../core/progress.ts';
import type { Leader, RaftState } from '../../core/state.ts';
import type { Transfer } from '../../core/transfer.ts';
import { fieldsOf } from '../../wire/message.ts';
import { OPCODES } from '../../wire/peer.ts';

/**
 * A number of 32 bits that stands for what a turn decided and left behind: every fact of the state
 * but the entries in memory, and every part of the outcome but payloads. It is made after every turn
 * of a node that records, so it takes a microsecond, and no memory that grows with the log. Two
 * turns that differ have the same one in one of 2^32 cases, but then so must all turns after them.
 */
export function digestOf(outcome: Outcome): number {
  const { state, write, beat, release } = outcome;
  hash = SEED;
  mixState(state);
  mix(outcome.wakeAt);
  if (write) {
    mix(write.hard ? write.hard.term : -1);
    mix(write.base?.index ?? -1);
    mix(write.entries.length);
    mix(write.receipt.term);
    mix(write.receipt.last);
    mix(write.receipt.epoch);
  }
  for (const mail of [outcome.free, outcome.sworn]) {
    mix(mail.length);
    for (const { to, message } of mail) {
      mix(to);
      mixMessage(message);
    }
  }
  if (beat) mixMessage(beat);
  for (const { to, from, bytesMax } of outcome.loads) mixAll(to, from, bytesMax);
  for (const { tokens, first, term } of outcome.accepted) {
    mixAll(tokens.length, tokens[0] ?? 0, first, term);
  }
  for (const { tokens, reason, leader } of outcome.refused) {
    mixAll(tokens.length, tokens[0] ?? 0, reason.length, leader ?? 0);
  }
  for (const { tokens, leader, term } of outcome.transferred) {
    mixAll(tokens.length, tokens[0] ?? 0, leader, term);
  }
  for (const { tokens, index } of outcome.readable) mixAll(tokens.length, tokens[0] ?? 0, index);
  if (release) mixAll(release.install?.index ?? 0, release.upTo, release.entries.length);
  for (const { kind } of outcome.shipments) mix(kind.length);
  if (outcome.compact) mixAll(outcome.compact.index, outcome.compact.term);
  for (const { token, index } of outcome.reconfigured) mixAll(token, index);
  for (const { length } of [...outcome.alarms, ...outcome.notices]) mix(length);
  return hash >>> 0;
}

function mixState(state: RaftState): void {
  const { role, hard, log } = state;
  mix(state.now);
  mix(state.random);
  mix(hard.term);
  mix(hard.vote ?? 0);
  mix(state.commit);
  mix(state.released);
  mix(state.electionDeadline);
  mix(state.unstoredSince ?? -1);
  mix(state.snapshot?.index ?? 0);
  mix(state.snapshot?.checksum ?? 0);
  mix(log.base.index);
  mix(log.base.term);
  mixTransfer(state.transfer);
  mix(log.last.index);
  mix(log.last.term);
  mix(log.stored);
  mix(log.epoch);
  mix(log.windowFirst);
  for (const { index, configuration } of state.configurations) {
    const { voters, outgoing, learners, promoting } = configuration;
    mix(index);
    for (const ids of [voters, outgoing, learners, promoting]) mixAll(ids.length, ...ids);
  }
  mix(role.name.length);
  if (role.name === 'leader') return mixLeader(role);
  if (role.name === 'follower') return mixAll(role.leader ?? 0, role.heardAt);
  for (const [voter, granted] of role.votes) mixAll(voter, granted ? 1 : 0);
}

function mixTransfer(transfer: Transfer | null): void {
  if (!transfer) return mix(0);
  const { to, term, until, round, isSent, tokens } = transfer;
  mixAll(to ?? 0, term, until, round, isSent ? 1 : 0, tokens.length, tokens[0] ?? 0);
}

function mixLeader(leader: Leader): void {
  const { round, beatAt, told, uncommittedBytes, clockAt, reads, progress, contact } = leader;
  const { waiting, attached } = reads;
  mixAll(contact.electedAt, contact.at, contact.beats.length, leader.hasNominated ? 1 : 0);
  mix(round);
  mix(beatAt);
  mix(told);
  mix(uncommittedBytes);
  mix(clockAt);
  mix(waiting.length);
  if (attached) mixAll(attached.round, attached.index, attached.tokens.length);
  for (const [id, one] of progress) {
    mix(id);
    mixProgress(one);
  }
  if (leader.change) mixAll(leader.change.token, leader.change.index);
  for (const { id, round: nth, target } of leader.catchUps) mixAll(id, nth, target);
  for (const [id, until] of leader.departing) mixAll(id, until ?? -1);
}

function mixProgress(progress: Progress): void {
  mix(progress.mode.length);
  mix(progress.match);
  mix(progress.next);
  mix(progress.waiting ? 1 : 0);
  mix(progress.loading ? 1 : 0);
  mix(progress.pending);
  mix(progress.attempts);
  mix(progress.inflight.length);
  mix(progress.inflightBytes);
  mix(progress.sentAt);
  mix(progress.heardAt);
  mix(progress.round);
}

function mixMessage(message: Message): void {
  mix(OPCODES[message.kind]);
  for (const field of fieldsOf(message)) mix(Number(field));
}

function mixAll(...values: readonly number[]): void {
  for (const value of values) mix(value);
}

const SEED = 0x811c9dc5;
const FACTOR = 0x9e3779b1;
let hash = SEED;

/** A number in memory, and the same 64 bits as two integers. */
const number = new Float64Array(1);
const halves = new Int32Array(number.buffer);

function mix(value: number): void {
  number[0] = value;
  hash = Math.imul(hash ^ (halves[0] as number), FACTOR);
  hash = Math.imul(hash ^ (hash >>> 15) ^ (halves[1] as number), FACTOR);
  hash ^= hash >>> 13;
}
