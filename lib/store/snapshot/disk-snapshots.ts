import type { Snapshot } from '../../core/snapshot.ts';
import type { Configuration, EntryId, Index } from '../../core/types.ts';
import { assert } from '../../kit/assert.ts';
import { StorageError } from '../../kit/errors.ts';
import type { Disk } from '../ports.ts';
import type { Receiving, SnapshotStore } from '../snapshot-store.ts';
import type { Recoverable, StateMachine } from '../state-machine.ts';
import { ContentWriter } from './content.ts';
import { encodeLabel, type Label } from './format.ts';
import { HeldSnapshot } from './held.ts';
import { kindOfName, partName, snapshotName, TAKING } from './names.ts';
import { PartialSnapshot, received } from './receiving.ts';

/** Snapshots in one directory; see `openSnapshots`. */
export class DiskSnapshots implements SnapshotStore {
  readonly #disk: Disk;
  readonly #cluster: string;
  /** Newest first. */
  #held: HeldSnapshot[];
  /** Files that say nothing any more; they go with the next snapshot that is there to stay. */
  #ruined: readonly string[];
  /** The log begins after it, as far as is known. */
  #logBase: Index = 0;
  #machine: Recoverable | null = null;
  #isTaking = false;

  constructor(disk: Disk, cluster: string, labels: readonly Label[], ruined: readonly string[]) {
    this.#disk = disk;
    this.#cluster = cluster;
    this.#held = labels.map((label) => new HeldSnapshot(disk, label)).sort(byIndex);
    this.#ruined = ruined;
  }

  /** All that are there, newest first. */
  get held(): readonly HeldSnapshot[] {
    return this.#held;
  }

  get newest(): Snapshot | null {
    return this.#held.find(({ isDamaged }) => !isDamaged)?.label.snapshot ?? null;
  }

  /** The one of that entry, or null. */
  at(id: EntryId | null): Snapshot | null {
    const { snapshot } = this.#held.find(({ place }) => isSame(place, id))?.label ?? {};
    return snapshot ?? null;
  }

  /** From now on it is this state machine that is copied and replaced. */
  serve(machine: Recoverable): void {
    this.#machine = machine;
  }

  async take(configurationAt: (index: Index) => Configuration): Promise<Snapshot | null> {
    assert(!this.#isTaking, 'one snapshot is taken at a time');
    const machine = this.#machine;
    if (!machine?.copy || machine.applied === (this.newest?.index ?? 0)) return this.newest;
    this.#isTaking = true;
    try {
      const label = await this.#copy(machine.copy.bind(machine), configurationAt);
      await this.#disk.rename(TAKING, snapshotName(label.snapshot));
      await this.#disk.syncDirectory();
      await this.#add(label);
      return label.snapshot;
    } finally {
      await this.#remove((name) => kindOfName(name) === 'temporary');
      this.#isTaking = false;
    }
  }

  /** Makes a durable copy with a label, under its temporary name. */
  async #copy(
    copy: NonNullable<StateMachine['copy']>,
    configurationAt: (index: Index) => Configuration,
  ): Promise<Label> {
    const file = await this.#disk.create(TAKING);
    try {
      const writer = new ContentWriter(file);
      const { applied, rev } = await copy((bytes) => writer.write(bytes));
      const configuration = configurationAt(applied.index);
      const { bytes, sums } = writer;
      const about = { cluster: this.#cluster, sums, isReceived: false };
      const made = encodeLabel({ ...about, snapshot: { ...applied, configuration, rev, bytes } });
      file.write(bytes, [made.bytes]);
      await file.sync();
      return { ...about, snapshot: made.snapshot };
    } finally {
      await file.close();
    }
  }

  async read(snapshot: Snapshot, offset: number, length: number): Promise<Buffer | null> {
    const held = this.#find(snapshot);
    if (!held || held.isDamaged) return null;
    held.holders += 1;
    try {
      return await held.read(offset, length);
    } finally {
      held.holders -= 1;
    }
  }

  hold(snapshot: Snapshot): () => void {
    const held = this.#find(snapshot);
    if (held) held.holders += 1;
    let isHeld = held !== undefined;
    return () => {
      if (held && isHeld) held.holders -= 1;
      isHeld = false;
    };
  }

  async receive(snapshot: Snapshot): Promise<Receiving> {
    if (this.#find(snapshot)?.isDamaged === false) return received(snapshot);
    const own = partName(snapshot);
    await this.#remove((name) => kindOfName(name) === 'part' && name !== own);
    return PartialSnapshot.open(this.#disk, this.#cluster, snapshot, (label) => this.#add(label));
  }

  async install(snapshot: Snapshot): Promise<void> {
    const held = this.#find(snapshot);
    const machine = this.#machine;
    assert(
      held !== undefined && machine?.install !== undefined,
      'what is installed is there, and can be',
    );
    const fault = (what: string) =>
      new StorageError('CORRUPT', `the snapshot ${held.path} ${what}`);
    if (!(await held.isWhole())) throw fault('is damaged');
    await machine.install(held.content());
    const { applied } = machine;
    if (applied === snapshot.index) return;
    throw fault(`is of entry ${snapshot.index}, and its content of entry ${applied}`);
  }

  async keepFrom(base: Index): Promise<void> {
    this.#logBase = base;
    await this.#retire();
  }

  #find(snapshot: Snapshot): HeldSnapshot | undefined {
    return this.#held.find((held) => held.is(snapshot));
  }

  async #add(label: Label): Promise<void> {
    const added = new HeldSnapshot(this.#disk, label);
    const others = this.#held.filter((held) => !held.is(label.snapshot));
    this.#held = [...others, added].sort(byIndex);
    const ruined = this.#ruined;
    this.#ruined = [];
    await this.#remove((name) => ruined.includes(name));
    await this.#retire();
  }

  /**
   * Removes what nobody needs: all but the newest, the one before it as long as the log goes on from
   * there, and those that are being sent. A damaged one goes when there is a newer one: until then
   * its label may be all that tells the configuration.
   */
  async #retire(): Promise<void> {
    const [newest, before] = this.#held.filter(({ isDamaged }) => !isDamaged);
    if (newest === undefined) return;
    const { index } = newest.label.snapshot;
    const isUseful = (held: HeldSnapshot): boolean =>
      held === newest ||
      (held === before && held.label.snapshot.index >= this.#logBase) ||
      held.label.snapshot.index > index ||
      held.holders > 0;
    const useless = this.#held.filter((held) => !isUseful(held)).map(({ name }) => name);
    this.#held = this.#held.filter(isUseful);
    await this.#remove((name) => useless.includes(name));
  }

  async #remove(isUseless: (name: string) => boolean): Promise<void> {
    const useless = (await this.#disk.list()).filter(isUseless);
    for (const name of useless) await this.#disk.remove(name);
  }
}

function isSame(a: EntryId, b: EntryId | null): boolean {
  return a.index === b?.index && a.term === b.term;
}

function byIndex(a: HeldSnapshot, b: HeldSnapshot): number {
  return b.label.snapshot.index - a.label.snapshot.index;
}
