import { type Entry, payloadOf } from '../../core/entry.ts';
import { readClock } from '../../core/log-clock.ts';
import type { Index } from '../../core/types.ts';
import {
  decodeRequest,
  type Refusal,
  type Reply,
  type Request,
  refuse,
} from '../../wire/client.ts';
import { type Command, isWrite, parseCommand } from '../../wire/command.ts';
import type { TimedCommand } from '../../wire/timed-command.ts';
import type { Applied } from '../state-machine.ts';
import type { Members } from './answer-read.ts';
import { doTimed, type Mortals, passTime, prolong, sessionExpired } from './do-timed.ts';
import { doWrite } from './do-write.ts';
import { firstReply, keepReply } from './sessions.ts';

/**
 * Does what an entry says. Total: a command that cannot be done has no effect and a refusal, the
 * same on every node.
 */
export function applyEntry(mortals: Mortals, entry: Entry): Applied {
  const { index } = entry;
  let reply: Reply | Refusal | null = null;
  if (entry.kind === 'command') reply = applyCommand(mortals, entry);
  else if (entry.kind === 'clock') passTime(mortals, readClock(payloadOf(entry)));
  return { index, reply, changes: mortals.state.takeChanges() };
}

function applyCommand(mortals: Mortals, entry: Entry): Reply | Refusal {
  const request = decodeRequest(payloadOf(entry));
  if ('refusal' in request) return request.refusal;
  const { session, seq } = request;
  if (session === null || seq === null) return applyRequest(mortals, request, entry.index);
  return applyOnce(mortals, request, session, seq, entry.index);
}

/**
 * A write within a session takes effect once, however often it is in the log; whoever repeats it
 * gets the first reply (Raft thesis §6.3). Writes of a session need not come in the order of their
 * seqs, since each is known by its own.
 */
function applyOnce(
  mortals: Mortals,
  request: Request,
  id: number,
  seq: number,
  index: Index,
): Reply | Refusal {
  const session = mortals.sessions.find(id);
  if (!session) return sessionExpired(id);
  prolong(session, mortals.now);
  session.replies.forget(request.acked);
  if (seq <= session.replies.floor) return forgotten(id, seq);
  const first = firstReply(session, seq);
  if (first) return first;
  const reply = applyRequest(mortals, request, index);
  keepReply(session, seq, reply);
  return reply;
}

/** Whether it took effect is not known any more; but it does not now. */
function forgotten(session: number, seq: number): Refusal {
  const message = `the reply to seq ${seq} of session ${session} is no longer kept: it may have been done`;
  return refuse('TIMEOUT', message);
}

function applyRequest(mortals: Mortals, request: Request, index: Index): Reply | Refusal {
  const command = parseCommand(request);
  if ('ok' in command) return command;
  if (!isWrite(command)) return refuse('BAD_REQUEST', `${command.op} is not a write`);
  const done = isTimed(command)
    ? doTimed(mortals, command, index)
    : doWrite(mortals.state, command);
  return isRefusal(done) ? done : { ok: true, ...done, index };
}

function isTimed(command: Command): command is TimedCommand {
  return command.op.startsWith('session.') || command.op.startsWith('lease.');
}

function isRefusal(done: Members | Refusal): done is Refusal {
  return done['ok'] === false;
}
