import { readFileSync } from 'node:fs';
import { ConfigError } from '../lib/kit/errors.ts';
import { nearest } from '../lib/kit/nearest.ts';
import { jsonFault } from './json.ts';
import { PATHS, SECTIONS, SETTINGS } from './settings.ts';
import { isPlainObject, show } from './values.ts';

/** What one place says: a tree of known settings with sound values, and what was wrong with the rest. */
export type Reading = { readonly tree: Tree; readonly problems: readonly Problem[] };

export type Tree = { [name: string]: unknown };

/** `paths`: the settings that cannot be relied on because of this. */
export type Problem = { readonly paths: readonly string[]; readonly message: string };

const ENVIRONMENT_PREFIX = 'RAFTMQ_';

/** Settings of the command line, by path. Whoever parsed it has refused unknown names. */
export function readFlags(flags: Readonly<Record<string, string>>): Reading {
  const reading = emptyReading();
  for (const [path, written] of Object.entries(flags)) {
    readText(reading, path, written, `--${path}`);
  }
  return reading;
}

/**
 * `RAFTMQ_raft__heartbeat=40`: the path with two underscores for each point. Case does not count, as
 * many tools only pass on upper case. Nothing else of the environment is looked at.
 */
export function readEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): Reading {
  const reading = emptyReading();
  const named = new Map<string, string>();
  for (const [name, written] of Object.entries(environment)) {
    if (!name.toUpperCase().startsWith(ENVIRONMENT_PREFIX) || written === undefined) continue;
    const spelled = name.slice(ENVIRONMENT_PREFIX.length).replaceAll('__', '.').toLowerCase();
    const path = PATHS.find((known) => known.toLowerCase() === spelled);
    if (path === undefined) {
      const near = nearest(spelled, PATHS);
      const hint = near === null ? '' : `; did you mean ${variableOf(near)}?`;
      const message = `${name} in the environment is no setting${hint}`;
      reading.problems.push({ paths: [], message });
    } else if (named.has(path)) {
      const message = `${path} is in the environment twice, as ${named.get(path)} and ${name}; unset one`;
      reading.problems.push({ paths: [path], message });
    } else {
      named.set(path, name);
      readText(reading, path, written, `${name} in the environment`);
    }
  }
  return reading;
}

/** The documented spelling of a setting in the environment. */
export function variableOf(path: string): string {
  return ENVIRONMENT_PREFIX + path.replaceAll('.', '__');
}

/**
 * @param file a JSON file with any part of the configuration.
 * @throws {ConfigError} if it cannot be read, or is not JSON: then nothing else can be said about it.
 */
export function readFile(file: string): Reading {
  const reading = emptyReading();
  readTree(reading, parse(file), '', `in ${file}`);
  return reading;
}

function parse(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8').replace(/^\uFEFF/, '');
  } catch (reason) {
    const { code, message } = reason as NodeJS.ErrnoException;
    const why = WHY_UNREADABLE[code ?? ''] ?? message;
    throw new ConfigError([`the config file ${file} cannot be read: ${why}`]);
  }
  const fault = jsonFault(text);
  if (fault === null) return JSON.parse(text);
  const { line, column, found, allowed } = fault;
  throw new ConfigError([
    `the config file ${file} is not JSON: line ${line}, column ${column}: found ${found} where ${allowed} is expected`,
  ]);
}

const WHY_UNREADABLE: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'this user may not read it',
  EISDIR: 'it is a directory',
};

type MutableReading = { readonly tree: Tree; readonly problems: Problem[] };

function emptyReading(): MutableReading {
  return { tree: {}, problems: [] };
}

function readText(reading: MutableReading, path: string, written: string, where: string): void {
  const kind = SETTINGS.find((setting) => setting.path === path)?.kind;
  if (kind !== undefined) readValue(reading, path, kind.read(written), where);
}

/** Goes down the sections of a file. `prefix` is '' or ends with a point. */
function readTree(reading: MutableReading, tree: unknown, prefix: string, where: string): void {
  if (!isPlainObject(tree)) {
    const message = `${prefix === '' ? 'the configuration' : prefix.slice(0, -1)} ${where}: found ${show(tree)}, allowed is a map of settings`;
    reading.problems.push({ paths: PATHS.filter((path) => path.startsWith(prefix)), message });
    return;
  }
  for (const [name, value] of Object.entries(tree)) {
    const path = prefix + name;
    if (SECTIONS.includes(path)) readTree(reading, value, `${path}.`, where);
    else if (PATHS.includes(path)) readValue(reading, path, value, where);
    else {
      const near = nearest(path, [...PATHS, ...SECTIONS]);
      const hint = near === null ? `; there are ${namesIn(prefix)}` : `; did you mean ${near}?`;
      reading.problems.push({ paths: [], message: `${path} ${where} is no setting${hint}` });
    }
  }
}

function readValue(reading: MutableReading, path: string, value: unknown, where: string): void {
  const faults = SETTINGS.find((setting) => setting.path === path)?.kind.check(value) ?? [];
  for (const { at, problem } of faults) {
    const message = `${path}${at} (${where}): ${problem}`;
    reading.problems.push({ paths: [path], message });
  }
  if (faults.length === 0) put(reading.tree, path, value);
}

function put(tree: Tree, path: string, value: unknown): void {
  const names = path.split('.');
  const leaf = names.pop() as string;
  let section = tree;
  for (const name of names) {
    section[name] ??= {};
    section = section[name] as Tree;
  }
  section[leaf] = value;
}

function namesIn(prefix: string): string {
  const names = PATHS.filter((path) => path.startsWith(prefix)).map(
    (path) => prefix + (path.slice(prefix.length).split('.')[0] ?? ''),
  );
  return [...new Set(names)].join(', ');
}
