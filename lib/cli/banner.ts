import type { Config } from '../../config/schema.ts';
import { type Arguments, argvOf } from './arguments.ts';
import type { Paint } from './colours.ts';

/** What `raftmq start` shows first: what runs, where to connect, what to try. */
export function banner(config: Config, given: Arguments, paint: Paint): string {
  const { cluster, nodes, data } = config;
  const count = `${nodes.length} ${nodes.length === 1 ? 'node' : 'nodes'}`;
  const http = nodes.some((node) => node.http !== undefined);
  const rows = [
    ['node', 'client', 'events', ...(http ? ['http'] : [])],
    ...nodes.map((node) => [
      String(node.id),
      node.client,
      node.events,
      ...(http ? [node.http ?? ''] : []),
    ]),
  ];
  const [head = '', ...lines] = table(rows);
  return [
    `${paint('bold', `cluster ${cluster}`)}: ${count}, data in ${data}`,
    '',
    paint('dim', head),
    ...lines,
    '',
    ...tries(given).map(([command, does]) => `${paint('cyan', command)}  ${does}`),
    `${paint('cyan', 'Ctrl-C')} stops all nodes`,
    '',
  ].join('\n');
}

function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

function tries(given: Arguments): readonly (readonly [string, string])[] {
  const settings = argvOf(given);
  const rows = [
    [`printf 'put a 1\\nget a\\n' | ${command('client', settings, true)}`, 'writes and reads'],
    [command('events', settings, true), 'watches heartbeats, roles and changes'],
    [command('shell', settings), 'is for exploring'],
  ] as const;
  const width = Math.max(...rows.map(([typed]) => typed.length));
  return rows.map(([typed, does]) => [typed.padEnd(width), does]);
}

/** A command as its user would type it: through npm in a checkout, else by its own name. */
export function command(name: string, argv: readonly string[], silent = false): string {
  const typed = argv.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word}'`));
  if (process.env['npm_lifecycle_event'] !== 'start') return ['raftmq', name, ...typed].join(' ');
  const script = `npm run ${silent ? '-s ' : ''}${name}`;
  return [script, ...(typed.length > 0 ? ['--', ...typed] : [])].join(' ');
}
