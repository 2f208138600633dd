import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../../config/schema.ts';
import type { Places } from '../../streams/world.ts';
import { checkEndpoints } from '../client/endpoint.ts';
import { endpointProblem } from '../kit/endpoint.ts';
import { ConfigError } from '../kit/errors.ts';
import { NODE_MAX } from '../wire/fields.ts';
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
  const { join: members, listens } = placeOf(given);
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
    const { startNode } = await import('./start-node.ts');
    return await startNode({ config, id, logger, listens, members }, told.toStop);
  };
  return await serve(start, logger, told, onFault);
}

/** Which node this is; whether there is one is looked at when it starts. */
function idOf({ options }: Arguments, config: Config): number {
  const { id, join } = options as Given;
  const problems: string[] = [];
  const ids = config.nodes.map((node) => node.id);
  if (id === undefined) {
    problems.push(`--id is missing: which of the nodes ${ids.join(', ')} is this?`);
  } else if (!isId(Number(id))) {
    problems.push(`--id ${id}: an id is a whole number from 1 to ${NODE_MAX}`);
  } else if (!ids.includes(Number(id)) && join === undefined && !isKept(config, id)) {
    problems.push(
      `--id ${id}: there is no such node; the configuration names ${ids.join(', ')}. To add one to a running cluster: --join and the client endpoint of a member`,
    );
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return Number(id);
}

function isId(id: number): boolean {
  return Number.isInteger(id) && id >= 1 && id <= NODE_MAX;
}

type Given = Partial<Record<keyof typeof OPTIONS.node, string>>;

/** True for a node that has data here: that says who it is. */
function isKept({ data }: Config, id: string): boolean {
  return existsSync(join(data, id, 'identity.json'));
}

/**
 * Where the node listens, and whom it asks to be added.
 *
 * @throws {ConfigError} if an endpoint is none, or one of three is missing.
 */
function placeOf({ options }: Arguments): {
  readonly join: readonly string[] | null;
  readonly listens: Places | null;
} {
  const { join: members, peer, client, events } = options as Given;
  const ports = { peer, client, events };
  const problems: string[] = [];
  for (const [name, endpoint] of Object.entries(ports)) {
    const problem = endpoint === undefined ? null : endpointProblem(endpoint);
    if (problem !== null) problems.push(`--${name}: ${problem}`);
  }
  const missing = Object.entries(ports).filter(([, endpoint]) => endpoint === undefined);
  if (missing.length === 1 || missing.length === 2) {
    const names = missing.map(([name]) => `--${name}`).join(' and ');
    problems.push(`${names}: missing; --peer, --client and --events go together`);
  }
  if (problems.length > 0) throw new ConfigError(problems);
  const listens = missing.length === 0 ? (ports as Places) : null;
  const join = members === undefined ? null : checkEndpoints(members.split(',').map(trimmed));
  return { join, listens };
}

function trimmed(text: string): string {
  return text.trim();
}
