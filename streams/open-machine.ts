import type { Config } from '../config/schema.ts';
import { ConfigError } from '../lib/kit/errors.ts';
import type { Logger } from '../lib/kit/logger.ts';
import { openDatabase } from '../lib/store/database/database.ts';
import type { StateMachine } from '../lib/store/state-machine.ts';
import { machineLimitsOf } from './limits.ts';

/**
 * Opens the state machine of an embedding program.
 *
 * @param path a directory of its own. What it holds is an image of the log and may be thrown away.
 * @param logLast the last entry of the log: a machine that has applied more proves that the log
 *   lost some, and must refuse.
 */
export type OpenMachine = (path: string, logLast: number, logger: Logger) => Promise<StateMachine>;

/** The key-value database, as the configuration wants it. */
export function openKeyValues(config: Config): OpenMachine {
  const limits = machineLimitsOf(config);
  return async (directory, logLast, logger) => {
    const { machine, notes } = await openDatabase({ directory, logLast, limits });
    for (const note of notes) logger.warn('database.note', { note });
    return machine;
  };
}

/**
 * The export `openMachine` of a module.
 *
 * @param url as `import.meta.resolve` gives it.
 * @throws {ConfigError} if the module has no such function.
 */
export async function importMachine(url: string): Promise<OpenMachine> {
  const { openMachine } = (await import(url)) as { readonly openMachine?: OpenMachine };
  if (typeof openMachine === 'function') return openMachine;
  throw new ConfigError([`the state machine ${url} must export a function openMachine`]);
}
