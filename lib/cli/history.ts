import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** Most lines that are kept. */
export const HISTORY_MAX = 1000;

/** Lines that were typed, latest first, as readline has them. */
export type History = {
  readonly lines: string[];
  /** Keeps `lines` for the next time. @returns why that was not possible, or null. */
  save(lines: readonly string[]): string | null;
};

/** @param option what `--history` says: a file, `none`, or nothing. */
export function openHistory(option: string | undefined): History {
  if (option === 'none') return { lines: [], save: () => null };
  const file = option ?? join(homedir(), '.raftmq_history');
  return { lines: read(file), save: (lines) => write(file, lines) };
}

function read(file: string): string[] {
  try {
    const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
    return lines.reverse().slice(0, HISTORY_MAX);
  } catch {
    return []; // there is none yet, and if the file is unreadable `save` will say so
  }
}

/** The file is in the order of time, and for its owner's eyes: values may be private. */
function write(file: string, lines: readonly string[]): string | null {
  const kept = lines.slice(0, HISTORY_MAX).reverse();
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, kept.map((line) => `${line}\n`).join(''), { mode: 0o600 });
    return null;
  } catch (error) {
    return `the history could not be kept in ${file}: ${error instanceof Error ? error.message : error}`;
  }
}
