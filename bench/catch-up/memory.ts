import { readFileSync } from 'node:fs';

/**
 * Memory of a process, in bytes. `resident` is all of it that is in memory, pages of files that it
 * has mapped included, such as those of its database; `anonymous` is what is its own.
 */
export type Memory = { readonly resident: number; readonly anonymous: number };

/** @returns null if there is no such process, or the system does not tell (proc(5), status). */
export function memoryOf(pid: number | undefined): Memory | null {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    // It has ended, or this is no Linux.
    return null;
  }
  const field = (name: string): number => {
    const [, kib] = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text) ?? [];
    return Number(kib ?? Number.NaN) * 1024;
  };
  const memory = { resident: field('VmRSS'), anonymous: field('RssAnon') };
  return Number.isNaN(memory.resident + memory.anonymous) ? null : memory;
}

const SAMPLE_MS = 20;

/** Both above the start at most. */
export type MemoryGrowth = { readonly start: Memory; readonly more: Memory };

/** Looks at the memory of a process again and again, until it is closed. */
export class MemoryWatch {
  readonly #start: Memory | null;
  readonly #timer: NodeJS.Timeout;
  #resident = 0;
  #anonymous = 0;

  constructor(pid: number | undefined) {
    this.#start = memoryOf(pid);
    this.#timer = setInterval(() => this.#look(pid), SAMPLE_MS);
  }

  /** Since the watch began; null where the system does not tell. */
  get growth(): MemoryGrowth | null {
    const start = this.#start;
    if (!start) return null;
    const resident = Math.max(0, this.#resident - start.resident);
    const anonymous = Math.max(0, this.#anonymous - start.anonymous);
    return { start, more: { resident, anonymous } };
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #look(pid: number | undefined): void {
    const { resident, anonymous } = memoryOf(pid) ?? { resident: 0, anonymous: 0 };
    this.#resident = Math.max(this.#resident, resident);
    this.#anonymous = Math.max(this.#anonymous, anonymous);
  }
}
