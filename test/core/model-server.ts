import type { Turn } from '../../lib/core/input.ts';
import type { Envelope } from '../../lib/core/message.ts';
import type { Outcome, Release } from '../../lib/core/outcome.ts';
import type { Settings } from '../../lib/core/settings.ts';
import type { Snapshot } from '../../lib/core/snapshot.ts';
import { begin, type RaftState } from '../../lib/core/state.ts';
import { step } from '../../lib/core/step.ts';
import { checkStep, factsOf } from '../../lib/core/turn-invariants.ts';
import type { Configuration, Index, NodeId, Term } from '../../lib/core/types.ts';
import { assert } from '../../lib/kit/assert.ts';
import { History } from '../sim/oracle/history.ts';
import type { Oath, Oracle, Watched } from '../sim/oracle/oracle.ts';
import type { ModelDisk, Synced } from './model-disk.ts';
import { contentOf } from './model-snapshots.ts';
import { configurationsOf, imageOf } from './servers.ts';

export type Setup = {
  readonly id: NodeId;
  readonly configuration: Configuration;
  readonly settings: Settings;
  readonly disk: ModelDisk;
};

/** How a server comes back: what is chance in a cluster, and written down in a scenario. */
export type Restart = {
  readonly now: number;
  readonly seed: number;
  /** How far the database had come; at most what the disk holds. */
  readonly applied: Index;
  /** How many entries recovery keeps in memory. */
  readonly tail: number;
  /** Whether it reckons with having heard a leader just before, as shipped nodes do. */
  readonly isLoyal?: boolean;
};

/** The core of one server with a disk and a client's desk, under the eyes of an oracle. */
export class ModelServer implements Watched {
  readonly id: NodeId;
  readonly settings: Settings;
  readonly disk: ModelDisk;
  readonly #configuration: Configuration;
  readonly #oracle: Oracle;
  log: History;
  state: RaftState;
  applied: Index = 0;
  /** Proposals that became entries, by index, until that index is applied. */
  readonly pending = new Map<Index, { readonly token: number; readonly term: Term }>();
  /** Tokens that the core has been given and has not answered yet, with what a read must see. */
  readonly open = new Map<number, { readonly floor: Index }>();
  /** Those of them that ask for a change of who takes part. */
  readonly #changing = new Set<number>();
  /** Tokens whose commands have taken effect, as far as clients of this server were told. */
  readonly done: number[] = [];

  constructor({ id, configuration, settings, disk }: Setup, oracle: Oracle, restart: Restart) {
    this.id = id;
    this.settings = settings;
    this.disk = disk;
    this.#configuration = configuration;
    this.#oracle = oracle;
    this.log = new History();
    this.state = this.#begin(restart);
  }

  #begin({ now, seed, applied, tail, isLoyal }: Restart): RaftState {
    const { id, settings, disk } = this;
    disk.recover();
    const { base, snapshot } = disk;
    this.log = disk.log.upTo(disk.log.last);
    // a database that is behind the log is built from the snapshot
    this.applied = applied < base.index && snapshot ? snapshot.index : applied;
    this.pending.clear();
    this.open.clear();
    this.#changing.clear();
    const entries = this.log.entries.slice(base.index);
    const all = [
      { index: 0, configuration: this.#configuration },
      ...configurationsOf(this.log.entries),
    ];
    const first = all.findLastIndex(({ index }) => index <= base.index);
    return begin({
      id,
      configurations: all.slice(first),
      settings,
      seed,
      hard: disk.hard,
      log: imageOf(entries, Math.min(tail, entries.length), base),
      snapshot,
      applied: this.applied,
      now,
      ...(isLoyal && this.disk.hard.term > 0 && { heardAt: now }),
    });
  }

  /** One turn. Everything is carried out but the mail: `outcome.free` may go, oaths wait. */
  take(turn: Turn): Outcome {
    for (const input of turn.inputs) {
      if (input.kind === 'TransferAsked') this.#opens(input.token);
      if (input.kind === 'Asked') for (const token of input.tokens) this.#opens(token);
      if (input.kind === 'Reconfigured') this.#changes(input.token);
      if (input.kind === 'Proposed') for (const { token } of input.proposals) this.#opens(token);
    }
    const before = factsOf(this.state);
    const outcome = step(this.state, turn);
    this.state = outcome.state;
    const { write, release } = outcome;
    if (release?.install) this.log = contentOf(release.install).upTo(release.install.index);
    this.log.put(write?.entries ?? []);
    checkStep(before, outcome);
    this.#oracle.judge(this, before, outcome);
    for (const envelope of outcome.free) this.#oracle.leaves(this, this.#swear(envelope));
    this.disk.submit(
      outcome.write,
      outcome.sworn.map((envelope) => this.#swear(envelope)),
    );
    this.#answer(outcome);
    if (release) this.#apply(release);
    return outcome;
  }

  /** The first jobs of the disk are done; the mail among them is checked and may leave. */
  sync(jobs?: number): Synced {
    const synced = this.disk.sync(jobs);
    for (const oath of synced.oaths) this.#oracle.leaves(this, oath);
    return synced;
  }

  crash(survivors: number): void {
    this.disk.crash(survivors);
  }

  restart(restart: Restart): void {
    this.state = this.#begin(restart);
  }

  /** An acknowledgement is of the log as it is now; one of a term that is over proves nothing. */
  #swear(envelope: Envelope): Oath {
    const { message: m } = envelope;
    const isAcknowledgement = m.kind === 'AppendEntriesReply' && m.result === 'matched';
    const isCurrent = m.term === this.state.hard.term;
    return { envelope, proof: isAcknowledgement && isCurrent ? this.log.hashAt(m.index) : null };
  }

  #changes(token: number): void {
    this.#opens(token);
    this.#changing.add(token);
  }

  #answer({ accepted, refused, readable, reconfigured, transferred, state }: Outcome): void {
    for (const { tokens, first, term } of accepted) {
      tokens.forEach((token, i) => {
        this.#closes(token);
        this.pending.set(first + i, { token, term });
      });
    }
    for (const { tokens } of refused) for (const token of tokens) this.#closes(token);
    for (const { token } of reconfigured) this.#closes(token);
    for (const { tokens } of transferred) for (const token of tokens) this.#closes(token);
    // who asked for a change cannot know what becomes of it once its leader leads no more
    const isOver = state.role.name !== 'leader';
    for (const token of this.#changing) {
      if (isOver && this.open.has(token)) this.#closes(token);
      if (!this.open.has(token)) this.#changing.delete(token);
    }
    for (const { tokens, index } of readable) {
      for (const token of tokens) this.#oracle.serves(this, index, this.#closes(token));
    }
  }

  #opens(token: number): void {
    this.open.set(token, { floor: this.#oracle.committed });
  }

  #closes(token: number): Index {
    const opened = this.open.get(token);
    assert(opened !== undefined, `n${this.id} answers token ${token} twice, or unasked`);
    this.open.delete(token);
    return opened.floor;
  }

  #apply({ install, upTo, entries }: Release): void {
    if (install) this.#install(install);
    const held = upTo - entries.length;
    const onDisk = Math.max(this.disk.log.last, install?.index ?? 0);
    assert(held <= onDisk, 'what memory lacks is read from the disk');
    for (let index = this.applied + 1; index <= upTo; index += 1) {
      this.#oracle.applies(this, index);
      const pending = this.pending.get(index);
      this.pending.delete(index);
      if (pending?.term !== this.log.termAt(index)) continue;
      this.done.push(pending.token);
      this.#oracle.acknowledges(index);
    }
    this.applied = upTo;
  }

  /** The database jumps; whoever waits for an entry in between never hears of it. */
  #install(snapshot: Snapshot): void {
    this.#oracle.installs(this, contentOf(snapshot), snapshot.index);
    for (const index of this.pending.keys()) {
      if (index <= snapshot.index) this.pending.delete(index);
    }
    this.applied = snapshot.index;
  }
}
