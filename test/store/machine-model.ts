import { isDeepStrictEqual } from 'node:util';
import type { Asked } from './machine-world.ts';

type Kept = { value: unknown; rev: number; created: number; version: number };
type Members = Record<string, unknown>;
type Condition = { key: string; expect: { value?: unknown; rev?: number; absent?: true } };

/** The database as INTERFACE §3 describes it, in the simplest way there is: one map, one list. */
export class Model {
  readonly keys = new Map<string, Kept>();
  readonly changes: Members[] = [];

  get rev(): number {
    return this.changes.length;
  }

  /** What a client is told by a write, but for `ok` and `index`. */
  write(asked: Asked): Members {
    const { op, key, value } = asked as Asked & { key: string };
    const found = this.keys.get(key);
    if (op === 'put') {
      this.#put(key, value);
      return { rev: this.rev };
    }
    if (op === 'delete') {
      if (found) this.#delete(key);
      return { deleted: found !== undefined, rev: this.rev };
    }
    if (op === 'cas') {
      const swapped = this.#holds(asked as unknown as Condition);
      if (swapped) this.#put(key, value);
      const current = swapped || !found ? {} : { current: found.value };
      return { swapped, ...current, rev: this.rev };
    }
    const succeeded = (asked['if'] as Condition[]).every((condition) => this.#holds(condition));
    const steps = asked[succeeded ? 'then' : 'else'] as Asked[];
    const results = steps.map((step) => {
      return step.op === 'get' || step.op === 'range' ? this.read(step) : this.write(step);
    });
    return { succeeded, results, rev: this.rev };
  }

  read(asked: Asked): Members {
    if (asked.op === 'get') {
      const found = this.keys.get(asked['key'] as string);
      return { found: found !== undefined, ...found, at: this.rev };
    }
    if (asked.op === 'changes') {
      const { since, prefix } = asked as Asked & { since: number; prefix?: string };
      const after = this.changes.filter(
        ({ rev, key }) => (rev as number) > since && (key as string).startsWith(prefix ?? ''),
      );
      return { changes: after, at: this.rev, more: false };
    }
    const { from, to, prefix, limit } = asked as Asked & Record<string, string | undefined>;
    const entries = [...this.keys]
      .filter(([key]) => from === undefined || byteOrder(key, from) >= 0)
      .filter(([key]) => to === undefined || byteOrder(key, to) < 0)
      .filter(([key]) => key.startsWith(prefix ?? ''))
      .sort(([a], [b]) => byteOrder(a, b))
      .map(([key, kept]) => ({ key, ...kept }));
    const cut = entries.slice(0, Number(limit ?? 100));
    return { entries: cut, more: cut.length < entries.length, at: this.rev };
  }

  #holds({ key, expect }: Condition): boolean {
    const found = this.keys.get(key);
    if (expect.absent) return found === undefined;
    if (expect.rev !== undefined) return found?.rev === expect.rev;
    return found !== undefined && isDeepStrictEqual(found.value, expect.value);
  }

  #put(key: string, value: unknown): void {
    const rev = this.rev + 1;
    const { created, version } = this.keys.get(key) ?? { created: rev, version: 0 };
    this.keys.set(key, { value, rev, created, version: version + 1 });
    this.changes.push({ rev, key, value });
  }

  #delete(key: string): void {
    this.keys.delete(key);
    this.changes.push({ rev: this.rev + 1, key, deleted: true });
  }
}

function byteOrder(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
