import { loadConfig } from '../../config/load.ts';
import { ConfigError } from '../kit/errors.ts';
import { foundersOf } from '../store/directory/identity.ts';
import { checkDirectory, type Expectation } from '../store/doctor/check-directory.ts';
import type { Finding, Level } from '../store/doctor/finding.ts';
import { configOf, readArguments } from './arguments.ts';
import { type Paint, paintFor, type Style } from './colours.ts';
import { nodesAt } from './node-paths.ts';
import { OPTIONS } from './options.ts';
import { Output } from './output.ts';

/**
 * `raftmq doctor`: says what is right and wrong in data directories, and what to do. Changes nothing.
 *
 * @returns 1 if something needs a hand.
 * @throws {ConfigError} on bad usage.
 */
export async function run(argv: readonly string[]): Promise<number> {
  const { paths, expected, json } = readQuestion(argv);
  const out = new Output();
  const paint = paintFor(process.stdout);
  let code = 0;
  for (const path of paths) {
    const levels: Level[] = [];
    if (!json) await out.line(paint('bold', path));
    for await (const found of checkDirectory(path, expected)) {
      levels.push(found.level);
      await out.line(json ? JSON.stringify({ directory: path, ...found }) : show(found, paint));
      await out.flush();
    }
    if (!json) await out.line(`  ${verdict(levels)}`);
    if (needsHand(levels)) code = 1;
  }
  await out.flush();
  return code;
}

function needsHand(levels: readonly Level[]): boolean {
  return levels.includes('refuses') || levels.includes('warning');
}

function verdict(levels: readonly Level[]): string {
  if (levels.includes('refuses')) return 'the node does not start with this directory';
  if (levels.includes('warning')) return 'the node starts, but something needs a hand';
  return 'healthy';
}

const STYLES: Readonly<Record<Level, Style>> = {
  ok: 'green',
  note: 'cyan',
  warning: 'yellow',
  refuses: 'red',
};

function show({ level, part, says }: Finding, paint: Paint): string {
  return `  ${paint(STYLES[level], level.padEnd(7))}  ${part.padEnd(10)}  ${says}`;
}

function readQuestion(argv: readonly string[]): {
  readonly paths: readonly string[];
  readonly expected: Expectation;
  readonly json: boolean;
} {
  const given = readArguments(argv, OPTIONS.doctor, true);
  const isCompared = given.configFile !== null || Object.keys(given.settings).length > 0;
  const config = isCompared
    ? configOf(given)
    : loadConfig({ flags: {}, environment: {}, file: null });
  const problems: string[] = [];
  const [path = isCompared ? config.data : '', ...more] = given.words;
  let paths: readonly string[] = [];
  if (path === '') problems.push('which directory? Name one such as data or data/1');
  else if (more.length > 0) problems.push(`${JSON.stringify(more[0])}: one directory at a time`);
  else paths = nodesAt(path, problems);
  if (problems.length > 0) throw new ConfigError(problems);
  const cluster = { name: config.cluster, nodes: foundersOf(config.nodes) };
  return {
    paths,
    expected: { cluster: isCompared ? cluster : null, segmentBytes: config.wal.segmentBytes },
    json: given.options['json'] !== undefined,
  };
}
