import { votersOnly } from '../../lib/core/quorum.ts';
import { isSameSnapshot, type Snapshot } from '../../lib/core/snapshot.ts';
import { checksum } from '../../lib/kit/checksum.ts';
import type { Receiving, SnapshotStore } from '../../lib/store/snapshot-store.ts';

/** A snapshot with so many bytes, all different. */
export function fileOf(index: number, length: number): { snapshot: Snapshot; content: Buffer } {
  const content = Buffer.from(Array.from({ length }, (_, i) => (i * 7 + index) % 251));
  const about = { index, term: 1, configuration: votersOnly([1, 2, 3]), rev: index };
  return { snapshot: { ...about, bytes: length, checksum: checksum(content) }, content };
}

/** Snapshots in memory, half received ones too. */
export class MemorySnapshots implements SnapshotStore {
  newest: Snapshot | null = null;
  readonly contents = new Map<number, Buffer>();
  readonly parts = new Map<number, Buffer>();
  readonly taken: Snapshot[] = [];
  /** What `take` makes. */
  next: () => Promise<Snapshot | null> = async () => null;
  held = 0;

  keep({ snapshot, content }: ReturnType<typeof fileOf>): Snapshot {
    this.contents.set(snapshot.checksum, content);
    this.newest = snapshot;
    return snapshot;
  }

  async take(): Promise<Snapshot | null> {
    const snapshot = await this.next();
    if (snapshot) {
      this.newest = snapshot;
      this.taken.push(snapshot);
    }
    return snapshot;
  }

  async read({ checksum: sum }: Snapshot, offset: number, length: number): Promise<Buffer | null> {
    return this.contents.get(sum)?.subarray(offset, offset + length) ?? null;
  }

  hold(): () => void {
    this.held += 1;
    return () => {
      this.held -= 1;
    };
  }

  async receive(snapshot: Snapshot): Promise<Receiving> {
    const { parts, contents } = this;
    const written = (): Buffer => parts.get(snapshot.checksum) ?? Buffer.alloc(0);
    return {
      get offset() {
        return written().length;
      },
      write: async (offset, bytes) => {
        if (offset !== written().length) throw new Error('a part that does not follow');
        parts.set(snapshot.checksum, Buffer.concat([written(), bytes]));
      },
      finish: async () => {
        const content = written();
        parts.delete(snapshot.checksum);
        if (checksum(content) !== snapshot.checksum) return 'damaged';
        contents.set(snapshot.checksum, content);
        if (!this.newest || !isSameSnapshot(this.newest, snapshot)) this.newest = snapshot;
        return 'complete';
      },
      abandon: async () => undefined,
    };
  }

  async install(): Promise<void> {}

  async keepFrom(): Promise<void> {}
}
