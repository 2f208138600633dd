import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Processor time that another process has taken so far, or null if it has ended. */
export async function cpuMsOf(pid: number): Promise<number | null> {
  try {
    const { stdout } = await run('ps', ['-o', 'time=', '-p', `${pid}`]);
    return parseCpuTime(stdout.trim());
  } catch {
    // `ps` fails if there is no such process.
    return null;
  }
}

/** `1-02:03:04`, `02:03:04` or, on macOS, `2:03.45`. */
export function parseCpuTime(text: string): number {
  const [clock = '', days = '0'] = text.split('-').reverse();
  const seconds = clock.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
  return Math.round((Number(days) * 86_400 + seconds) * 1000);
}
