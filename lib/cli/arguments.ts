import { parseArgs } from 'node:util';
import { loadConfig } from '../../config/load.ts';
import type { Config } from '../../config/schema.ts';
import { PATHS } from '../../config/settings.ts';
import { ConfigError } from '../kit/errors.ts';
import { nearest } from '../kit/nearest.ts';

/** The options of one command, besides those that every command with a configuration has. */
export type OptionTable = Readonly<Record<string, Option>>;

/** `value` is what stands for the option's value in the help, or null for a plain switch. */
export type Option = {
  readonly value: string | null;
  /** The value if none is given; one is then only given as --name=VALUE. */
  readonly bare?: string;
  readonly means: string;
};

export type Arguments = {
  /** The command's own options that were given. A switch has the value ''. */
  readonly options: Readonly<Record<string, string>>;
  /** Settings by path, as text. */
  readonly settings: Readonly<Record<string, string>>;
  readonly configFile: string | null;
  /** What is no option, where the command takes such. */
  readonly words: readonly string[];
};

/** Understood by every command that needs a configuration. */
export const CONFIG_OPTIONS: OptionTable = {
  config: { value: 'FILE', means: 'a JSON file with any part of the configuration' },
  data: { value: 'DIR', means: 'directory of all data; node N keeps its files in DIR/N' },
  nodes: { value: 'K', means: 'only the first K nodes of the configuration, as a cluster of K' },
  runtime: {
    value: 'NAME',
    means: 'async (one thread) or threaded (Raft in one, the rest in another)',
  },
  log: { value: 'LEVEL', means: 'what is logged: debug, info, warn or error' },
};

/** Short names of settings. */
const ALIASES: Readonly<Record<string, string>> = { log: 'log.level', record: 'record.bytes' };

/**
 * Reads what follows a command. Every setting is an option by its path: `--raft.heartbeat 40`.
 *
 * @param takesWords whether anything may follow that is no option.
 * @throws {ConfigError} with all that cannot be understood.
 */
export function readArguments(
  argv: readonly string[],
  own: OptionTable,
  takesWords = false,
): Arguments {
  const words: string[] = [];
  const options: Record<string, string> = {};
  const settings: Record<string, string> = {};
  let configFile: string | null = null;
  const problems: string[] = [];
  const names = [...Object.keys(own), ...Object.keys(CONFIG_OPTIONS), ...PATHS];
  const given = new Set<string>();

  let unknownBefore = false;
  for (const token of tokens(argv, own, names)) {
    const maybeValue = unknownBefore;
    unknownBefore = false;
    if (token.kind === 'positional' && !maybeValue) {
      if (takesWords) words.push(token.value);
      else problems.push(`${show(token.value)}: nothing is expected here`);
    }
    if (token.kind !== 'option') continue;
    const { name, rawName, value } = token;
    const path = ALIASES[name] ?? name;
    unknownBefore = !names.includes(name);
    const problem = unknownBefore
      ? unknownOption(rawName, names)
      : optionProblem(token, own[name] ?? CONFIG_OPTIONS[name] ?? null, given.has(path));
    given.add(path);
    if (problem !== null) problems.push(problem);
    else if (Object.hasOwn(own, name) && path === name) options[name] = value ?? '';
    else if (name === 'config') configFile = value ?? '';
    else settings[path] = value ?? own[name]?.bare ?? '';
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return { options, settings, configFile, words };
}

type Token = { kind: 'positional'; value: string } | { kind: 'option-terminator' } | OptionToken;

type OptionToken = {
  kind: 'option';
  name: string;
  rawName: string;
  value: string | undefined;
  inlineValue: boolean | undefined;
};

function tokens(argv: readonly string[], own: OptionTable, names: readonly string[]) {
  const types = names.map((name) => {
    const { value, bare } = own[name] ?? {};
    const isSwitch = value === null || bare !== undefined;
    return [name, { type: isSwitch ? ('boolean' as const) : ('string' as const) }] as const;
  });
  const { tokens: found } = parseArgs({
    args: [...argv],
    options: Object.fromEntries(types),
    strict: false, // it would stop at the first fault, and knows no near names
    tokens: true,
  });
  return found as readonly Token[];
}

function optionProblem(token: OptionToken, own: Option | null, again: boolean): string | null {
  const { rawName, value, inlineValue } = token;
  if (again) return `${rawName} is given twice`;
  if (own !== null && own.value === null) {
    return value === undefined ? null : `${rawName} takes no value; found ${show(value)}`;
  }
  if (own?.bare !== undefined && value === undefined) return null;
  if (value === undefined || value === '' || (inlineValue !== true && value.startsWith('--'))) {
    return `${rawName} needs a value: ${rawName} ${own?.value ?? 'VALUE'}`;
  }
  return null;
}

function unknownOption(rawName: string, names: readonly string[]): string {
  const near = nearest(rawName.replace(/^-+/, ''), names);
  return `${rawName} is no option${near === null ? '; --help lists them' : `; did you mean --${near}?`}`;
}

/** The same settings for another command, some of them `instead`. */
export function argvOf(
  { settings, configFile }: Arguments,
  instead: Readonly<Record<string, string>> = {},
): readonly string[] {
  return [
    ...(configFile === null ? [] : [`--config=${configFile}`]),
    ...Object.entries({ ...settings, ...instead }).map(([path, value]) => `--${path}=${value}`),
  ];
}

/**
 * The configuration that a command line asks for.
 *
 * @throws {ConfigError} with all that is wrong.
 */
export function configOf(given: Arguments): Config {
  const { nodes, ...others } = given.settings;
  const isCount = nodes !== undefined && /^\d+$/.test(nodes);
  const flags = isCount ? others : given.settings;
  const config = loadConfig({ flags, environment: process.env, file: given.configFile });
  if (!isCount) return config;
  const count = Number(nodes);
  if (count > 0 && count <= config.nodes.length) {
    return { ...config, nodes: config.nodes.slice(0, count) };
  }
  throw new ConfigError([
    `--nodes ${nodes}: the configuration has ${config.nodes.length} nodes; allowed is a number from 1 to ${config.nodes.length}, or the nodes themselves as JSON`,
  ]);
}

const show = (text: string): string => JSON.stringify(text);
