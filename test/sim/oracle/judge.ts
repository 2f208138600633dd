import type { Entry } from '../../../lib/core/entry.ts';
import type { Turn } from '../../../lib/core/input.ts';
import { checkState } from '../../../lib/core/invariants.ts';
import { SWORN } from '../../../lib/core/message.ts';
import type { Outcome, Write } from '../../../lib/core/outcome.ts';
import type { RaftState } from '../../../lib/core/state.ts';
import { checkStep, type Facts, factsOf } from '../../../lib/core/turn-invariants.ts';
import type { Configuration, EntryId, Index, NodeId } from '../../../lib/core/types.ts';
import { checksum } from '../../../lib/kit/checksum.ts';
import type { Recovered } from '../../../lib/store/log-store.ts';
import type { Applied } from '../../../lib/store/state-machine.ts';
import { decodeEvent } from '../../../lib/wire/event.ts';
import { pack } from '../../../lib/wire/pack.ts';
import { encodeMail, OPCODES } from '../../../lib/wire/peer.ts';
import { CLUSTER, INCARNATION } from '../identity.ts';
import { countPlaces, noPlaces, type PlaceCounts } from '../reach.ts';
import { kindOf } from '../world/mail.ts';
import { History } from './history.ts';
import { type Oath, Oracle, type Promised, type Watched } from './oracle.ts';
import { possibleConfigurations } from './possible.ts';
import { isAnew, isSame, tellPromised } from './promised.ts';
import { rule } from './rule.ts';

/** Read at a time when the whole log of a server is looked at. */
const READ_BYTES = 1 << 20;

/** Kinds of mail that have to wait for the disk, as numbers of the wire. */
const SWORN_KINDS: ReadonlySet<number> = new Set(
  Object.entries(SWORN).flatMap(([kind, isSworn]) =>
    isSworn ? [OPCODES[kind as keyof typeof SWORN]] : [],
  ),
);

/** What is known of one server, whatever its processes make of it. */
class Case implements Watched {
  readonly id: NodeId;
  log = new History();
  disk: Promised = { hard: { term: 0, vote: null }, log: new History() };
  /** Of the last turn, because the state itself moves on. */
  facts: Facts | null = null;
  /** Mail that has been decided and has to leave in this order, once it may. */
  oaths: Oath[] = [];
  /** The rev that was published last, of the process that runs now; null before the first. */
  published: number | null = null;
  /** Writes that the disk has been given and has not confirmed. */
  begun: readonly Write[] = [];

  constructor(id: NodeId) {
    this.id = id;
  }
}

/**
 * Follows every server of a run step by step and holds what it does against the rules: those of one
 * server (lib/core), those that take all of them and the past to see (Oracle), and the promises of
 * disks and databases.
 */
export class Judge {
  readonly oracle: Oracle;
  readonly #cases: ReadonlyMap<NodeId, Case>;
  readonly #founded: Configuration;
  readonly #forgotten = new Set<NodeId>();
  /** Of each entry the checksum of the reply that applying it gave. */
  readonly #replies: number[] = [];
  /** Whatever anybody has applied: what snapshots stand for. */
  readonly #applied = new History();
  /** Of states that were copied: what others must have who begin with a copy. */
  readonly #digests = new Map<Index, string>();
  /** Called with each entry when a server is the first to apply it. */
  readonly #first: (entry: Entry) => void;

  /** How often servers came to what happens rarely. */
  readonly places: PlaceCounts = noPlaces();

  constructor(configuration: Configuration, first: (entry: Entry) => void) {
    const ids = configuration.voters;
    this.#founded = configuration;
    this.#cases = new Map(ids.map((id) => [id, new Case(id)]));
    this.oracle = new Oracle(this.#cases, configuration);
    this.#first = first;
  }

  /** The configurations that may come to decide, whatever happens next. */
  possible(): readonly Configuration[] {
    return possibleConfigurations(this.#cases.values(), this.#founded, this.oracle.committed);
  }

  /** A server has lost its disk: what it promised, and what it says from now on, does not count. */
  forget(id: NodeId): void {
    this.#forgotten.add(id);
  }

  hasForgotten(id: NodeId): boolean {
    return this.#forgotten.has(id);
  }

  #case(id: NodeId): Case {
    return this.#cases.get(id) as Case;
  }

  /** All that was ever committed is in the log of this server. */
  remembers(id: NodeId): void {
    this.oracle.remembers(this.#case(id));
  }

  /**
   * A server has read its disk. It must find what was called stored, and of the write that was
   * under way all or nothing.
   */
  async recovered(id: NodeId, { store, hard, base, last, notes }: Recovered): Promise<void> {
    if (this.#forgotten.has(id)) return;
    const found = this.#upTo(base);
    while (found.last < last.index) found.put(await store.read(found.last + 1, READ_BYTES));
    const known = this.#case(id);
    const { disk } = known;
    const after = this.#afterwards(disk, known.begun);
    const isBefore = isSame(disk, hard, found);
    rule(
      isBefore || isSame(after, hard, found) || isAnew([disk, after], hard, base, found),
      `n${id} recovers term ${hard.term}, vote ${hard.vote} and ${found.last} entries; its disk had promised ${tellPromised(disk)}, and at most ${tellPromised(after)}`,
    );
    if (notes.some((note) => note.includes('dropped'))) this.places.tornTail += 1;
    if (!isBefore) this.places.survivingWrite += 1;
    known.disk = { hard, log: isBefore ? disk.log : found };
    known.begun = [];
    known.oaths = [];
    known.published = null;
    known.log = known.disk.log.upTo(known.disk.log.last);
  }

  began(id: NodeId, state: RaftState): void {
    if (this.#forgotten.has(id)) return;
    const known = this.#case(id);
    rule(
      state.commit <= known.disk.log.last,
      `the database of n${id} has applied ${state.commit}, its log ends at ${known.disk.log.last}`,
    );
    checkState(state);
    known.facts = factsOf(state);
  }

  /** A turn was taken, and nothing of it is carried out yet. */
  seen(id: NodeId, turn: Turn, outcome: Outcome): void {
    if (this.#forgotten.has(id)) return;
    const known = this.#case(id);
    const { state, write, release, sworn, free, alarms } = outcome;
    // Whoever could say what is not true is a stranger, and strangers are not heard.
    rule(alarms.length === 0, `n${id} is told what cannot be true: ${alarms.join()}`);
    if (release?.install) {
      known.log = this.#upTo(release.install);
      // the changes of keys before it are never published
      known.published = null;
    }
    known.log.put(write?.entries ?? []);
    checkStep(known.facts as Facts, outcome);
    countPlaces(this.places, known.facts as Facts, turn, outcome);
    this.oracle.judge(known, known.facts as Facts, outcome);
    known.facts = factsOf(state);
    for (const envelope of free) this.oracle.leaves(known, { envelope, proof: null });
    for (const envelope of sworn) {
      const { message: m } = envelope;
      const isProof =
        m.kind === 'AppendEntriesReply' && m.result === 'matched' && m.term === state.hard.term;
      known.oaths.push({ envelope, proof: isProof ? known.log.hashAt(m.index) : null });
    }
  }

  /** Mail is handed to the network: what was sworn must be on the disk by now. */
  mailLeaves(from: NodeId, to: NodeId, frames: readonly Uint8Array[]): void {
    if (this.#forgotten.has(from)) return;
    const kind = kindOf(frames);
    if (!SWORN_KINDS.has(kind)) return;
    const known = this.#case(from);
    const oath = known.oaths.shift();
    const { envelope } = oath ?? {};
    rule(
      oath !== undefined && envelope?.to === to && OPCODES[envelope.message.kind] === kind,
      `n${from} sends n${to} sworn mail that it has not decided, or not in the order it decided`,
    );
    const [header] = encodeMail(envelope, {
      cluster: CLUSTER,
      node: from,
      incarnation: INCARNATION,
    });
    rule(
      frames[0] !== undefined && header !== undefined && Buffer.compare(frames[0], header) === 0,
      `n${from} sends n${to} other than it has decided`,
    );
    this.oracle.leaves(known, oath);
  }

  /** Changes of keys are published one after another, each once and none left out. */
  published(id: NodeId, topic: string, body: Uint8Array): void {
    if (this.#forgotten.has(id)) return;
    if (!topic.startsWith('kv.')) return;
    const event = decodeEvent(Buffer.from(topic), body);
    rule(typeof event !== 'string', `n${id} publishes what is no event`);
    const known = this.#case(id);
    const rev = Number(event.event['rev']);
    const last = known.published ?? rev - 1;
    rule(rev === last + 1, `n${id} publishes rev ${rev} after ${last}`);
    known.published = rev;
  }

  begun(id: NodeId, writes: readonly Write[]): void {
    if (this.#forgotten.has(id)) return;
    const known = this.#case(id);
    rule(known.begun.length === 0, `n${id} begins a commit before the last one is over`);
    known.begun = writes;
  }

  stored(id: NodeId): void {
    if (this.#forgotten.has(id)) return;
    const known = this.#case(id);
    for (const { hard, base, entries } of known.begun) {
      const log = base ? this.#upTo(base) : known.disk.log;
      known.disk = { hard: hard ?? known.disk.hard, log };
      known.disk.log.put(entries);
    }
    known.begun = [];
  }

  /** Entries were applied: each where it belongs, with the same reply on every server. */
  applied(id: NodeId, entries: readonly Entry[], done: readonly Applied[]): void {
    if (this.#forgotten.has(id)) return;
    const known = this.#case(id);
    rule(
      done.length === entries.length,
      `n${id} applies ${entries.length} entries as ${done.length}`,
    );
    entries.forEach((entry, i) => {
      const { index, reply } = done[i] as Applied;
      rule(index === entry.index, `n${id} applies entry ${entry.index} as ${index}`);
      this.oracle.applies(known, index);
      const sum = reply === null ? 0 : checksum(pack(reply));
      if (this.#replies[index] === undefined) {
        this.#first(entry);
        this.#applied.put([entry]);
      }
      const other = this.#replies[index] ?? sum;
      rule(other === sum, `n${id} replies to entry ${index} other than those before it`);
      this.#replies[index] = sum;
    });
  }

  /** The state of a machine was copied: whoever has applied as much has the same. */
  copied(index: Index, digest: string): void {
    const known = this.#digests.get(index) ?? digest;
    rule(known === digest, `two states that have applied ${index} entries differ`);
    this.#digests.set(index, digest);
  }

  /** A machine jumps, to a state that another had after as many entries. */
  installed(id: NodeId, index: Index, digest: string): void {
    if (this.#forgotten.has(id)) return;
    const known = this.#digests.get(index);
    rule(known === digest, `n${id} installs up to ${index} what nobody has had there`);
    this.oracle.installs(this.#case(id), this.#applied, index);
    this.places.installed += 1;
  }

  /** All entries up to one that a snapshot ends with. */
  #upTo({ index, term }: EntryId): History {
    const log = this.#applied.upTo(index);
    const isKnown = log.last === index && log.termAt(index) === term;
    rule(isKnown, `a snapshot ends with ${index}/${term}, which nobody has applied`);
    return log;
  }

  /** What a disk holds once writes that are under way have reached it. */
  #afterwards(disk: Promised, writes: readonly Write[]): Promised {
    if (writes.length === 0) return disk;
    let log = disk.log.upTo(disk.log.last);
    let { hard } = disk;
    for (const write of writes) {
      hard = write.hard ?? hard;
      if (write.base) log = this.#upTo(write.base);
      log.put(write.entries);
    }
    return { hard, log };
  }
}
