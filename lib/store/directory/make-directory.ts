import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes a directory and those above it that are missing. Not with `recursive` of mkdir: that tries
 * for ever where a directory that is there takes no entries and says so with ENOENT, as /proc does.
 *
 * @returns the topmost directory that was made, or undefined if all were there.
 * @throws {Error} of the operating system.
 */
export async function makeDirectory(path: string): Promise<string | undefined> {
  try {
    await mkdir(path);
    return path;
  } catch (reason) {
    const { code } = reason as NodeJS.ErrnoException;
    if (code === 'EEXIST' && (await stat(path)).isDirectory()) return undefined;
    if (code !== 'ENOENT' || dirname(path) === path) throw reason;
  }
  const above = await makeDirectory(dirname(path));
  await mkdir(path);
  return above ?? path;
}
