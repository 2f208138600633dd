import { faultOf } from '../lib/cli/fault.ts';
import { ConfigError } from '../lib/kit/errors.ts';

/**
 * Runs a bench that is a program of its own, and ends the process: 0 all went well, 1 something
 * failed, 2 it cannot be run as asked, 130 interrupted.
 */
export async function main(run: (argv: readonly string[]) => Promise<number>): Promise<never> {
  const code = await run(process.argv.slice(2)).catch((error: unknown) => {
    const problems = error instanceof ConfigError ? error.problems : [faultOf(error).reason];
    for (const problem of problems) process.stderr.write(`${problem}\n`);
    return error instanceof ConfigError ? 2 : 1;
  });
  // Not left to run out: sockets of a bench that was interrupted would keep the process.
  process.exit(code);
}
