import type { Config } from '../../config/schema.ts';
import { type Paint, paintFor, type Style } from './colours.ts';
import { prettyLine, readRecord } from './log.ts';

/** Where `raftmq start` writes: what it says itself, and what its nodes say. */
export type Console = {
  readonly paint: Paint;
  say(text: string): void;
  /** @param line of the output of node `id`, usually of its JSON log. */
  tell(id: number, line: string): void;
};

const NODE_STYLES: readonly Style[] = ['cyan', 'magenta', 'yellow', 'green', 'blue'];

/**
 * For people: every line begins with who says it, in a colour of its own. With `log.format` json, for
 * programs: the lines of the nodes as they are, and our own on standard error.
 */
export function openConsole({ log, nodes }: Config): Console {
  if (log.format === 'json') {
    return {
      paint: paintFor(process.stderr),
      say: (text) => process.stderr.write(`${text}\n`),
      tell: (_id, line) => process.stdout.write(`${line}\n`),
    };
  }
  const paint = paintFor(process.stdout);
  const names = new Map(nodes.map(({ id }) => [id, `node ${id}`]));
  const width = Math.max(...[...names.values()].map((name) => name.length), OURS.length);
  const prefixes = new Map(
    [...names].map(([id, name], place) => {
      const style = NODE_STYLES[place % NODE_STYLES.length] ?? 'cyan';
      return [id, paint(style, `${name.padEnd(width)} │ `)];
    }),
  );
  const write = (prefix: string, text: string): void => {
    for (const line of text.split('\n')) process.stdout.write(`${prefix}${line}\n`);
  };
  return {
    paint,
    say: (text) => write(paint('bold', `${OURS.padEnd(width)} │ `), text),
    tell: (id, line) => {
      const record = readRecord(line);
      write(prefixes.get(id) ?? '', record === null ? line : prettyLine(record, paint, false));
    },
  };
}

const OURS = 'raftmq';
