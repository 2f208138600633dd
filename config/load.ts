import { fileURLToPath } from 'node:url';
import nconf from 'nconf';
import { ConfigError } from '../lib/kit/errors.ts';
import { RELATIONS, type Relation } from './relations.ts';
import type { Config } from './schema.ts';
import { PATHS, valueAt } from './settings.ts';
import { type Problem, type Reading, readEnvironment, readFile, readFlags } from './sources.ts';

/** Where settings come from, besides the defaults. */
export type ConfigSource = {
  /** Settings of the command line, by path: `{ 'raft.heartbeat': '40' }`. */
  readonly flags: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** What `--config` names, or null. */
  readonly file: string | null;
};

/** The defaults are not compiled: they are a file of the package, two folders up from dist/config. */
const DEFAULTS = fileURLToPath(new URL('../../config/default.json', import.meta.url));

/**
 * Reads the configuration: the command line beats the environment, which beats the file, which beats
 * the defaults. Read once, at start; nothing changes it afterwards.
 *
 * Every source is checked before nconf lays them over each other: nconf takes any name, so a
 * mistyped one would be ignored in silence, and one such as `__proto__` would not even be that.
 *
 * @throws {ConfigError} with everything that is wrong, in all sources at once.
 */
export function loadConfig(source: ConfigSource): Config {
  const defaults = readFile(DEFAULTS);
  const readings: readonly (readonly [string, Reading])[] = [
    ['command line', readFlags(source.flags)],
    ['environment', readEnvironment(source.environment)],
    ...(source.file === null ? [] : [['file', readFile(source.file)] as const]),
    ['defaults', defaults],
  ];

  const provider = new nconf.Provider();
  for (const [name, { tree }] of readings) provider.add(name, { type: 'literal', store: tree });
  const config = provider.get() as Config;

  const problems = readings.flatMap(([, reading]) => reading.problems);
  const found = [...problems.map(({ message }) => message), ...disagreements(config, problems)];
  if (found.length > 0) throw new ConfigError(found);
  return config;
}

/** Relations that do not hold. One that rests on a setting known to be wrong would only add noise. */
function disagreements(config: Config, problems: readonly Problem[]): readonly string[] {
  const wrong = new Set(problems.flatMap(({ paths }) => paths));
  const missing = PATHS.filter((path) => valueAt(config, path) === undefined && !wrong.has(path));
  const sound = ({ of }: Relation): boolean =>
    of.every((path) => !wrong.has(path) && !missing.includes(path));
  return [
    ...missing.map((path) => `${path} has no value: put its default back into ${DEFAULTS}`),
    ...RELATIONS.filter(sound).flatMap((relation) => relation.check(config)),
  ];
}
