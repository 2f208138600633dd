import type { Config } from '../../config/schema.ts';
import { ConfigError } from '../kit/errors.ts';
import { type Arguments, configOf, readArguments } from './arguments.ts';
import { complain, faultOf } from './fault.ts';
import { isPretty, openLogger } from './log.ts';
import { OPTIONS } from './options.ts';
import { serve } from './serve.ts';
import { listen } from './told.ts';

/** A node answers what is pending and flushes in far less; beyond it something is stuck. */
const STOP_MS_MAX = 10_000;

/**
 * `raftmq node`: one node of the configuration, until SIGINT or SIGTERM.
 *
 * @throws {ConfigError} if it cannot be started as asked.
 */
export async function run(argv: readonly string[]): Promise<number> {
  const given = readArguments(argv, OPTIONS.node);
  const config = configOf(given);
  const id = idOf(given, config);
  const logger = openLogger(config.log, id);
  const onFault = (error: unknown): void => {
    const fault = faultOf(error);
    logger.error('fatal', fault);
    // a log in a file is not seen by whoever typed the command; a parent reads the log
    if (!isPretty(config.log) && process.send === undefined) complain(fault);
  };
  // besides our own bugs this is where RxJS reports what a subscriber threw, a tick later
  process.on('uncaughtException', (error) => {
    onFault(error);
    process.exit(1);
  });
  const told = listen(process, STOP_MS_MAX);
  const start = async () => {
    // the libraries of socket and disk are only loaded once it is sure that they are needed
    const { runNode } = await import('../../streams/run-node.ts');
    return await runNode(config, id, logger);
  };
  return await serve(start, logger, told, onFault);
}

function idOf({ options }: Arguments, config: Config): number {
  const { id, join } = options as Partial<Record<keyof typeof OPTIONS.node, string>>;
  const problems: string[] = [];
  const ids = config.nodes.map((node) => node.id);
  if (id === undefined) {
    problems.push(`--id is missing: which of the nodes ${ids.join(', ')} is this?`);
  } else if (!ids.includes(Number(id))) {
    problems.push(`--id ${id}: there is no such node; the configuration names ${ids.join(', ')}`);
  }
  if (join !== undefined) {
    problems.push(
      `--join ${join} is not available yet: name all nodes in the configuration, the same in each`,
    );
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return Number(id);
}
