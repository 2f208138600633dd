import { readdirSync } from 'node:fs';
import { nodeDirectories } from '../store/doctor/layout.ts';

/**
 * The directories of nodes that a word of the command line means.
 *
 * @param problems told why there are none.
 */
export function nodesAt(path: string, problems: string[]): readonly string[] {
  const found = listing(path, problems, () => nodeDirectories(path));
  if (found?.length === 0) {
    problems.push(`${path} holds no data of a node: name a directory such as data or data/1`);
  }
  return found ?? [];
}

/** The names in a directory, if it can be read. */
export function namesAt(path: string, problems: string[]): readonly string[] {
  return listing(path, problems, () => readdirSync(path)) ?? [];
}

function listing<T>(path: string, problems: string[], read: () => T): T | null {
  try {
    return read();
  } catch (reason) {
    const { code, message } = reason as NodeJS.ErrnoException;
    const why = code === undefined ? undefined : WHY[code];
    problems.push(why === undefined ? `${path} cannot be read: ${message}` : `${path}: ${why}`);
    return null;
  }
}

const WHY: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such directory',
  ENOTDIR: 'that is no directory; name one such as data/1',
  EACCES: 'this user may not read it',
};
