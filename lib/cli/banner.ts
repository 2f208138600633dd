import type { Config } from '../../config/schema.ts';
import type { Arguments } from './arguments.ts';
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
    ...tries(config, given).map(([command, does]) => `${paint('cyan', command)}  ${does}`),
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

function tries({ nodes }: Config, given: Arguments): readonly (readonly [string, string])[] {
  // the commands know the default configuration by themselves
  const usual = Object.keys(given.settings).length === 0 && given.configFile === null;
  const to = (endpoints: readonly string[]): readonly string[] =>
    usual ? [] : ['--endpoints', endpoints.join(',')];
  const clients = to(nodes.map(({ client }) => client));
  const rows = [
    [`printf 'put a 1\\nget a\\n' | ${command('client', clients, true)}`, 'writes and reads'],
    [
      command('events', to(nodes.map(({ events }) => events)), true),
      'watches heartbeats and changes',
    ],
    [command('shell', clients), 'is for exploring'],
  ] as const;
  const width = Math.max(...rows.map(([typed]) => (usual ? typed.length : 0)));
  return rows.map(([typed, does]) => [typed.padEnd(width), does]);
}

/** A command as its user would type it: through npm in a checkout, else by its own name. */
export function command(name: string, argv: readonly string[], silent = false): string {
  const typed = argv.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word}'`));
  if (process.env['npm_lifecycle_event'] === undefined) return ['raftmq', name, ...typed].join(' ');
  const script = `npm run ${silent ? '-s ' : ''}${name}`;
  return [script, ...(typed.length > 0 ? ['--', ...typed] : [])].join(' ');
}
