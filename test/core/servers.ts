import { configurationsIn } from '../../lib/core/configurations.ts';
import { type Entry, makeEntry } from '../../lib/core/entry.ts';
import type { Input, Received, Turn } from '../../lib/core/input.ts';
import type { LogImage, TermStart } from '../../lib/core/log.ts';
import type { AppendEntries, Heartbeat, Message } from '../../lib/core/message.ts';
import type { Outcome } from '../../lib/core/outcome.ts';
import type { Settings } from '../../lib/core/settings.ts';
import { begin, type Leader, type RaftState } from '../../lib/core/state.ts';
import { step as plainStep } from '../../lib/core/step.ts';
import { checkStep, factsOf } from '../../lib/core/turn-invariants.ts';
import {
  type Configuration,
  type ConfigurationAt,
  type EntryId,
  type NodeId,
  ORIGIN,
  type Term,
} from '../../lib/core/types.ts';

/** Small words to write tests of the core with. A log is its terms as in the paper's figure 7. */

export const SETTINGS: Settings = {
  heartbeatMs: 50,
  electionMsMin: 300,
  electionMsMax: 600,
  leaseMs: 270,
  diskStallMs: 2000,
  inflightMessagesMax: 8,
  inflightBytesMax: 1 << 20,
  messageBytesMax: 1 << 16,
  windowBytesMax: 1 << 20,
  uncommittedBytesMax: 1 << 20,
  keepEntries: 0,
};

/** The entries `from`, `from + 1`, … of the terms in `log`: `entries('1 1 3')`. */
export function entries(log: string, from = 1): readonly Entry[] {
  return termsIn(log).map((term, i) => makeEntry(from + i, term, 'command', PAYLOAD));
}

const PAYLOAD = new Uint8Array([0x80]);

function termsIn(log: string): readonly Term[] {
  return log.split(/[ ,]+/).filter(Boolean).map(Number);
}

/** What recovery would find of `all`, with the last `tail` of them in memory. */
export function imageOf(all: readonly Entry[], tail = all.length, base = ORIGIN): LogImage {
  const terms: TermStart[] = [];
  for (const { index, term } of all) {
    if (terms.at(-1)?.term !== term) terms.push({ term, first: index });
  }
  const last = all.at(-1);
  return {
    base,
    last: last ? { index: last.index, term: last.term } : base,
    terms,
    tail: all.slice(all.length - tail),
  };
}

/** The configurations that recovery would find among `all`. */
export function configurationsOf(all: readonly Entry[]): readonly ConfigurationAt[] {
  const found = configurationsIn(all);
  if (typeof found === 'string') throw new Error(found);
  return found;
}

/** `'3/2'` is the entry 3 of term 2. */
export function entryId(text: string): EntryId {
  const [index = 0, term = 0] = text.split('/').map(Number);
  return { index, term };
}

export type Recovered = {
  readonly term?: Term;
  readonly vote?: NodeId | null;
  readonly log?: string;
  /** How many entries are in memory; all if not said. */
  readonly tail?: number;
  readonly applied?: number;
  readonly voters?: readonly NodeId[];
  readonly outgoing?: readonly NodeId[];
  readonly learners?: readonly NodeId[];
  readonly settings?: Partial<Settings>;
  readonly seed?: number;
};

/** A server that has just started, at time 0, with what is given on its disk. */
export function server(id: NodeId, recovered: Recovered = {}): RaftState {
  const { log = '', vote = null, voters = [1, 2, 3], outgoing = [], learners = [] } = recovered;
  const all = entries(log);
  return begin({
    id,
    configurations: [
      { index: 0, configuration: { voters, outgoing, learners, promoting: [], members: [] } },
    ],
    settings: { ...SETTINGS, ...recovered.settings },
    seed: recovered.seed ?? id,
    hard: { term: recovered.term ?? all.at(-1)?.term ?? 0, vote },
    log: imageOf(all, recovered.tail),
    applied: recovered.applied ?? 0,
  });
}

/** Makes `changes` to the configuration that `state` started from. */
export function reshape(state: RaftState, changes: Partial<Configuration>): void {
  const configuration = { ...state.configuration, ...changes };
  state.configurations = [{ index: 0, configuration }];
  state.configuration = configuration;
}

/** One turn, with every invariant of one server checked. */
export function step(state: RaftState, turn: Turn): Outcome {
  const before = factsOf(state);
  const outcome = plainStep(state, turn);
  checkStep(before, outcome);
  return outcome;
}

export function at(now: number, ...inputs: readonly Input[]): Turn {
  return { now, inputs };
}

/** A turn at a time that has come already. */
export function turn(...inputs: readonly Input[]): Turn {
  return { now: 0, inputs };
}

export function from(id: NodeId, message: Message): Received {
  return { kind: 'Received', from: id, message };
}

/** `append(3, '3/1', '3 3')`: the leader of term 3 sends the entries 4/3 and 5/3. */
export function append(term: Term, prev: string, log = '', commit = 0): AppendEntries {
  const before = entryId(prev);
  return {
    kind: 'AppendEntries',
    term,
    prev: before,
    entries: entries(log, before.index + 1),
    commit,
  };
}

export function heartbeat(term: Term, round: number, commit = '0/0'): Heartbeat {
  return { kind: 'Heartbeat', term, round, commit: entryId(commit) };
}

/** The write of `outcome` has become durable. */
export function stored({ write }: Outcome): Input {
  if (!write) throw new Error('the outcome has nothing to store');
  return write.receipt;
}

/** Lets the election timeout of `state` pass: it asks for pre-votes. */
export function timeOut(state: RaftState): Outcome {
  return step(state, at(Math.max(state.now, state.electionDeadline)));
}

/** Makes `state` stand for election in its next term, with every voter agreed beforehand. */
export function stand(state: RaftState): Outcome {
  let outcome = timeOut(state);
  const term = state.hard.term + 1;
  for (const id of votersBut(state)) {
    if (state.role.name !== 'precandidate') break;
    outcome = step(state, turn(from(id, { kind: 'PreVoteReply', term, granted: true })));
  }
  return outcome;
}

/** Makes `state` win the election of its next term; nobody knows yet. */
export function elect(state: RaftState): Outcome {
  let outcome = step(state, turn(stored(stand(state))));
  const { term } = state.hard;
  for (const id of votersBut(state)) {
    if (state.role.name !== 'candidate') break;
    outcome = step(state, turn(from(id, { kind: 'RequestVoteReply', term, granted: true })));
  }
  return outcome;
}

/** A leader of the term after `recovered`'s, its no-op stored and not yet acknowledged. */
export function leader(id: NodeId, recovered: Recovered = {}): RaftState {
  const state = server(id, recovered);
  step(state, turn(stored(elect(state))));
  return state;
}

/** What `state`, a leader, knows of all followers. */
export function office(state: RaftState): Leader {
  if (state.role.name !== 'leader') throw new Error(`server ${state.id} does not lead`);
  return state.role;
}

function votersBut({ id, configuration }: RaftState): readonly NodeId[] {
  return configuration.voters.filter((voter) => voter !== id);
}

/** `follower` acknowledges everything up to `index` to `state`, its leader. */
export function acknowledge(state: RaftState, follower: NodeId, index: number): Outcome {
  const { term } = state.hard;
  return step(
    state,
    turn(from(follower, { kind: 'AppendEntriesReply', term, result: 'matched', index })),
  );
}

/** Clients propose commands with the tokens given. */
export function propose(state: RaftState, ...tokens: readonly number[]): Outcome {
  const proposals = tokens.map((token) => ({ token, payload: PAYLOAD }));
  return step(state, turn({ kind: 'Proposed', proposals }));
}

/** What a turn says to one server, free and sworn. */
export function saidTo(id: NodeId, { free, sworn }: Outcome): readonly Message[] {
  return [...free, ...sworn].filter(({ to }) => to === id).map(({ message }) => message);
}

/** All that `state` answers to one input, free and sworn. */
export function ask(state: RaftState, input: Input): readonly unknown[] {
  const { free, sworn } = step(state, turn(input));
  return [...free, ...sworn].map(({ message }) => message);
}

/** The first of those. */
export function answer(state: RaftState, input: Input): unknown {
  return ask(state, input)[0];
}
