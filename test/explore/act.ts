import type { Input, Turn } from '../../lib/core/input.ts';
import type { Envelope, Message } from '../../lib/core/message.ts';
import type { Outcome } from '../../lib/core/outcome.ts';
import type { RaftState } from '../../lib/core/state.ts';
import { step } from '../../lib/core/step.ts';
import { tellInput, tellMessage, tellOutcome, tellState } from '../../lib/core/tell.ts';
import { checkStep, factsOf } from '../../lib/core/turn-invariants.ts';
import type { Configuration, NodeId } from '../../lib/core/types.ts';
import { InvariantViolation } from '../../lib/kit/errors.ts';
import { SETTINGS } from './bounds.ts';
import {
  age,
  type Disk,
  type Job,
  type Oath,
  ROUND,
  rest,
  type Still,
  started,
  termAt,
  wake,
  written,
} from './still.ts';

/** What can happen to one server. */
export type Cause =
  | { readonly kind: 'receive'; readonly envelope: Envelope }
  /** The election timeout falls, and everybody who was asked before would vote (see `campaign`). */
  | { readonly kind: 'campaign' }
  /** The oldest write of the disk is durable. */
  | { readonly kind: 'sync' }
  /** A leader has heard of no quorum for too long. */
  | { readonly kind: 'resign' }
  | { readonly kind: 'beat' }
  | { readonly kind: 'propose'; readonly value: number }
  | { readonly kind: 'lose'; readonly peer: NodeId }
  /** Ends the process and starts it again; the first `survivors` writes had reached the disk. */
  | { readonly kind: 'crash'; readonly survivors: number; readonly isApplied: boolean };

/** What came of it. */
export type Done = { readonly still: Still; readonly mail: readonly Envelope[] };

export type Tell = (line: string) => void;

/**
 * Lets `cause` happen to the server of `still`: one turn of the shipped core, and what its disk and
 * the shell make of it. Every invariant of one server is checked.
 *
 * @throws {InvariantViolation}
 */
export function act(
  still: Still,
  cause: Cause,
  configuration: Configuration,
  tell: Tell | null = null,
): Done {
  if (cause.kind === 'crash') return crash(still, cause.survivors, cause.isApplied, tell);
  const server = new Server(still, configuration, tell);
  server.take(cause);
  return server.done();
}

/** The core may have told the database to apply what it released; whether it had is chance. */
function crash(still: Still, survivors: number, isApplied: boolean, tell: Tell | null): Done {
  let { disk } = still;
  for (const { write } of still.jobs.slice(0, survivors)) disk = written(disk, write);
  const applied = isApplied ? still.released : 0;
  tell?.(`crashes and restarts: disk ends at ${disk.log.length}, applied ${applied}`);
  return { still: started(still.id, disk, applied, still.crashes + 1), mail: [] };
}

/** The time of a turn that comes at once. */
const AT_ONCE = 0;

/** One server for the time of one cause. */
class Server {
  readonly #before: Still;
  readonly #configuration: Configuration;
  readonly #tell: Tell | null;
  readonly #state: RaftState;
  readonly #mail: Envelope[] = [];
  #jobs: Job[];
  #disk: Disk;
  /** Epochs of the log since the still. */
  #epoch = 0;

  constructor(still: Still, configuration: Configuration, tell: Tell | null) {
    this.#before = still;
    this.#configuration = configuration;
    this.#tell = tell;
    this.#state = wake(still, configuration);
    this.#jobs = [...still.jobs];
    this.#disk = still.disk;
  }

  take(cause: Exclude<Cause, { readonly kind: 'crash' }>): void {
    const state = this.#state;
    const { now } = state;
    switch (cause.kind) {
      case 'receive': {
        const { from, message } = cause.envelope;
        return this.#turn(AT_ONCE, { kind: 'Received', from, message });
      }
      case 'campaign':
        return this.#campaign();
      case 'sync':
        return this.#sync();
      case 'resign':
        return this.#turn(now + SETTINGS.electionMsMax, { kind: 'Tick' });
      case 'beat':
        return this.#turn(now + SETTINGS.heartbeatMs, { kind: 'Tick' });
      case 'propose': {
        const proposal = { token: cause.value, payload: new Uint8Array([cause.value]) };
        return this.#turn(AT_ONCE, { kind: 'Proposed', proposals: [proposal] });
      }
      case 'lose':
        return this.#turn(AT_ONCE, { kind: 'Unreachable', peer: cause.peer });
    }
  }

  /**
   * Pre-votes change nothing for anybody and keep nobody from what time and luck could bring, so
   * they are taken as granted: more elections happen than could, none that could is left out.
   */
  #campaign(): void {
    const state = this.#state;
    this.#turn(state.electionDeadline, { kind: 'Tick' });
    for (const from of this.#configuration.voters) {
      if (state.role.name !== 'precandidate') return;
      if (from === state.id) continue;
      const term = state.hard.term + 1;
      const message: Message = { kind: 'PreVoteReply', term, granted: true };
      this.#turn(AT_ONCE, { kind: 'Received', from, message });
    }
  }

  #sync(): void {
    const job = this.#jobs.shift();
    if (!job) return;
    this.#write(job);
    for (const oath of job.oaths) this.#leaves(oath);
    this.#turn(AT_ONCE, job.write.receipt);
  }

  #write({ write }: Job): void {
    const before = this.#disk;
    const after = written(before, write);
    const { hard } = after;
    const from = write.entries[0]?.index ?? 0;
    rule(from <= before.log.length + 1, `n${this.#before.id} leaves a gap on its disk`);
    rule(
      hard.term > before.hard.term ||
        (hard.term === before.hard.term &&
          (before.hard.vote === null || before.hard.vote === hard.vote)),
      `n${this.#before.id} takes back a term or a vote on its disk`,
    );
    this.#disk = after;
  }

  #turn(now: number, input: Input): void {
    const state = this.#state;
    const turn: Turn = { now, inputs: [input] };
    this.#tell?.(`< ${tellInput(input)}`);
    const before = factsOf(state);
    const outcome = step(state, turn);
    if (this.#tell) for (const line of tellOutcome(outcome)) this.#tell(`  ${line}`);
    this.#tell?.(`= ${tellState(state)}`);
    checkStep(before, outcome);
    rule(outcome.alarms.length === 0, `alarm: ${outcome.alarms.join()}`);
    rule(outcome.loads.length === 0, 'everything is in memory');
    this.#ages();
    this.#carryOut(outcome);
  }

  #ages(): void {
    const { epoch } = this.#state.log;
    const epochs = epoch - this.#epoch;
    if (epochs > 0) this.#jobs = this.#jobs.map((job) => age(job, epochs));
    this.#epoch = epoch;
  }

  #carryOut({ free, sworn, beat, write }: Outcome): void {
    const oaths = sworn.map((envelope) => this.#swear(envelope));
    for (const envelope of free) this.#leaves(this.#swear(envelope));
    if (beat) {
      for (const to of this.#configuration.voters) {
        if (to !== this.#state.id)
          this.#leaves({ envelope: { from: this.#state.id, to, message: beat }, proof: null });
      }
    }
    if (write) {
      this.#jobs.push(age({ write, oaths }, this.#epoch));
      return;
    }
    const last = this.#jobs.pop();
    if (last) this.#jobs.push({ write: last.write, oaths: [...last.oaths, ...oaths] });
    else for (const oath of oaths) this.#leaves(oath);
  }

  /** An acknowledgement is of the log as it is now; one of a term that is over proves nothing. */
  #swear(envelope: Envelope): Oath {
    const { message: m } = envelope;
    const { log, hard } = this.#state;
    const isProof =
      m.kind === 'AppendEntriesReply' && m.result === 'matched' && m.term === hard.term;
    return { envelope, proof: isProof ? log.termAt(m.index) : null };
  }

  /** Votes, acknowledgements and the word of a leader rest on the disk of their sender. */
  #leaves({ envelope, proof }: Oath): void {
    const { from, to, message: m } = envelope;
    const { hard, log } = this.#disk;
    if (m.kind === 'PreVote' || m.kind === 'PreVoteReply') return;
    if (m.kind === 'Heartbeat' || m.kind === 'HeartbeatReply') {
      this.#mail.push({ from, to, message: { ...m, round: ROUND } });
      return;
    }
    const isOver = hard.term > m.term;
    rule(hard.term >= m.term, `n${from} speaks in term ${m.term}, its disk is in ${hard.term}`);
    if (m.kind === 'RequestVote' || (m.kind === 'RequestVoteReply' && m.granted)) {
      const candidate = m.kind === 'RequestVote' ? from : to;
      rule(
        isOver || hard.vote === candidate,
        `n${from} votes for n${candidate} without the vote on its disk`,
      );
    }
    if (m.kind === 'AppendEntriesReply' && m.result === 'matched') {
      const isOnDisk = isOver || termAt(log, m.index) === proof;
      rule(isOnDisk, `n${from} acknowledges ${m.index}, which its disk lacks`);
    }
    if (m.kind === 'AppendEntries') {
      const { role } = this.#state;
      rule(role.name === 'leader', `n${from}, a ${role.name}, sends ${tellMessage(m)}`);
    }
    this.#mail.push(envelope);
  }

  done(): Done {
    const { crashes } = this.#before;
    const still = rest(this.#state, { disk: this.#disk, jobs: this.#jobs, crashes });
    return { still, mail: this.#mail };
  }
}

/** @throws {InvariantViolation} saying `otherwise` if a rule does not hold. */
export function rule(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new InvariantViolation(otherwise);
}
