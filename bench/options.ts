import type { Config } from '../config/schema.ts';
import { type Arguments, configOf, type OptionTable, readArguments } from '../lib/cli/arguments.ts';
import { OPTIONS } from '../lib/cli/options.ts';
import { ConfigError } from '../lib/kit/errors.ts';
import { anyNumber, wholeNumber } from './numbers.ts';
import { OPERATIONS, type Operation } from './workload.ts';

export type BenchOptions = {
  readonly operation: Operation;
  readonly levels: readonly number[];
  readonly seconds: number;
  readonly valueBytes: number;
  readonly keys: number;
  readonly nodes: number;
  /** Where a directory for the data may be made. */
  readonly parent: string;
  readonly json: boolean;
  /** Two to be compared, or none: then the settings say which it is. */
  readonly runtimes: readonly [] | readonly [string, string];
  /** How often two runtimes are compared at each level. */
  readonly rounds: number;
  /** Passed on to the nodes. */
  readonly settings: Readonly<Record<string, string>>;
  readonly configFile: string | null;
};

const OUTSTANDING_MAX = 10_000;
const LEVELS_MAX = 20;
const ROUNDS_MAX = 999;
const RUNTIMES: readonly string[] = ['async', 'threaded'];

/**
 * Reads the arguments of `raftmq bench`.
 *
 * @param own those of `bench`, and perhaps more.
 * @throws {ConfigError} with all that is wrong, settings of the nodes included.
 */
export function readBenchOptions(
  argv: readonly string[],
  own: OptionTable = OPTIONS.bench,
): BenchOptions & { readonly given: Arguments['options'] } {
  const given = readArguments(argv, own);
  const problems: string[] = [];
  const config = configIn(given, problems);
  const { options } = given;
  const whole = (name: string, usual: number, least: number, most: number): number =>
    wholeNumber(name, options[name] ?? String(usual), least, most, problems);

  const levels = (options['outstanding'] ?? '1,64,256,1000').split(',');
  if (levels.length > LEVELS_MAX) problems.push(`--outstanding: at most ${LEVELS_MAX} levels`);
  const read = {
    operation: operationIn(options['op'] ?? 'put', problems),
    levels: levels.map((level) => wholeNumber('outstanding', level, 1, OUTSTANDING_MAX, problems)),
    seconds: anyNumber('seconds', options['seconds'] ?? '5', 0.1, 3600, problems),
    valueBytes: whole('size', 100, 1, (config?.client.valueBytes ?? Infinity) - 5),
    keys: whole('keys', 100_000, 1, 10_000_000),
    nodes: whole('nodes', 3, 1, 15),
    parent: options['data'] ?? '.',
    json: options['json'] !== undefined,
    rounds: whole('rounds', 5, 1, ROUNDS_MAX),
    runtimes: runtimesIn(options['runtime'], problems),
    settings: { ...given.settings, ...onlyRuntime(options['runtime']) },
    configFile: given.configFile,
    given: options,
  };
  if (problems.length > 0) throw new ConfigError(problems);
  return read;
}

/** The nodes would refuse wrong settings, but one after the other and less readably. */
function configIn(given: Arguments, problems: string[]): Config | null {
  try {
    return configOf(given);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    problems.push(...error.problems);
    return null;
  }
}

/** Of one runtime it is a setting of the nodes like any other. */
function onlyRuntime(text: string | undefined): Readonly<Record<string, string>> {
  return text === undefined || text.includes(',') ? {} : { runtime: text };
}

function runtimesIn(
  text: string | undefined,
  problems: string[],
): readonly [] | readonly [string, string] {
  const [first, second, ...others] = (text ?? '').split(',');
  if (text === undefined || (second === undefined && RUNTIMES.includes(text))) return [];
  const isPair =
    first !== second && RUNTIMES.includes(`${first}`) && RUNTIMES.includes(`${second}`);
  if (isPair && others.length === 0) return [`${first}`, `${second}`];
  problems.push(`--runtime ${text}: allowed is ${RUNTIMES.join(', ')}, or both: ${RUNTIMES}`);
  return [];
}

function operationIn(text: string, problems: string[]): Operation {
  const operation = OPERATIONS.find((known) => known === text);
  if (operation === undefined) {
    problems.push(`--op ${text}: there are ${OPERATIONS.join(', ')}`);
  }
  return operation ?? 'put';
}
