import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * Names this run of the operating system: equal in all processes until the machine is started anew,
 * and therefore as long as what the page cache holds cannot have been lost.
 *
 * @returns null where no such name can be found.
 */
export function readBootId(): string | null {
  try {
    const id =
      process.platform === 'darwin'
        ? execFileSync('sysctl', ['-n', 'kern.bootsessionuuid'], { encoding: 'utf8' })
        : readFileSync('/proc/sys/kernel/random/boot_id', 'utf8');
    return id.trim() || null;
  } catch {
    // Without a name nothing is trusted that was not closed cleanly: slower to start, never wrong.
    return null;
  }
}
