import type { Client } from '../client/client.ts';
import { findCommand, LINE_COMMANDS } from './command-line.ts';

/** What readline wants: the candidates, and the part of the line that they would replace. */
export type Completed = [candidates: string[], replaced: string];

const KEYS_MAX = 50;
/** A pause in typing is worth less than a complete list. */
const KEYS_MS = 500;

/** The names of the shell's own commands, besides those of the database. */
export const SHELL_COMMANDS = ['help', 'exit'] as const;

/**
 * Completes the word that a line ends in: the name of a command, of a command after `help`, the key
 * after a command that takes one, or the id after one that is about a member.
 */
export async function complete(line: string, client: Client): Promise<Completed> {
  const [, command = '', word] = /^\s*(\S*)(?:\s+(\S*))?$/.exec(line) ?? [];
  const names = [...LINE_COMMANDS.map(({ name }) => name), ...SHELL_COMMANDS];
  if (word === undefined) return [startingWith(command, names), command];
  if (command === 'help') return [startingWith(word, names), word];
  if (TAKE_MEMBER.has(command)) return [await membersStartingWith(word, client), word];
  if (!findCommand(command)?.takesKey) return [[], word];
  return [await keysStartingWith(word, client), word];
}

const TAKE_MEMBER: ReadonlySet<string> = new Set(['promote', 'remove', 'transfer']);

async function membersStartingWith(prefix: string, client: Client): Promise<string[]> {
  try {
    const { members } = await client.members({ timeoutMs: KEYS_MS });
    return members.map(({ id }) => `${id}`).filter((id) => id.startsWith(prefix));
  } catch {
    return []; // as with keys
  }
}

function startingWith(prefix: string, names: readonly string[]): string[] {
  return names.filter((name) => name.startsWith(prefix)).map((name) => `${name} `);
}

async function keysStartingWith(prefix: string, client: Client): Promise<string[]> {
  try {
    const options = { limit: KEYS_MAX, read: 'stale', timeoutMs: KEYS_MS } as const;
    const { entries } = await client.prefix(prefix, options);
    // keys that need quotes would not fit onto what is typed already
    return entries.map(({ key }) => key).filter((key) => /^[^\s"'{[]+$/.test(key));
  } catch {
    return []; // no cluster, no candidates: typing goes on as if nothing had been asked
  }
}
