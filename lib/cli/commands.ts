import { describeSettings } from '../../config/describe.ts';
import type { OptionTable } from './arguments.ts';
import { describeOptions, OPTIONS } from './options.ts';

/** One command of the binary. Its module is only loaded when it is used. */
export type Command = {
  readonly name: string;
  readonly synopsis: string;
  readonly summary: string;
  readonly options: OptionTable;
  /** True if it takes settings and `--config`. */
  readonly configured: boolean;
  load(): Promise<CommandModule>;
};

export type CommandModule = {
  /**
   * @returns the exit code.
   * @throws {ConfigError} on bad usage: exit code 2.
   */
  run(argv: readonly string[]): Promise<number>;
};

export const COMMANDS: readonly Command[] = [
  {
    name: 'start',
    synopsis: '[--nodes K]',
    summary: 'start all nodes of the configuration on this machine',
    options: OPTIONS.start,
    configured: true,
    load: () => import('./start.ts'),
  },
  {
    name: 'node',
    synopsis: '--id N',
    summary: 'run one node',
    options: OPTIONS.node,
    configured: true,
    load: () => import('./node.ts'),
  },
  {
    name: 'client',
    synopsis: '< COMMANDS',
    summary: 'carry out commands from standard input, one a line',
    options: OPTIONS.client,
    configured: true,
    load: () => import('../../examples/client.ts'),
  },
  {
    name: 'events',
    synopsis: '[TOPIC...]',
    summary: 'show what happens in the cluster: all, or topics that start so (raft. kv.a)',
    options: OPTIONS.events,
    configured: true,
    load: () => import('../../examples/events.ts'),
  },
  {
    name: 'watch',
    synopsis: '[PREFIX]',
    summary: 'show every change of the keys that start so, once and in order',
    options: OPTIONS.watch,
    configured: true,
    load: () => import('../../examples/watch.ts'),
  },
  {
    name: 'shell',
    synopsis: '',
    summary: 'type commands, with completion, history and help',
    options: OPTIONS.shell,
    configured: true,
    load: () => import('./shell.ts'),
  },
  {
    name: 'replay',
    synopsis: 'FILE|DIR',
    summary: 'take the steps of a flight recording (--record) again, and show them',
    options: OPTIONS.replay,
    configured: false,
    load: () => import('./replay.ts'),
  },
  {
    name: 'doctor',
    synopsis: 'DIR|DIR/N',
    summary: 'check data directories without changing them, and say what to do',
    options: OPTIONS.doctor,
    configured: true,
    load: () => import('./doctor.ts'),
  },
  {
    name: 'log',
    synopsis: 'DIR|DIR/N|DIR/N/wal',
    summary: 'print the write-ahead log of a node without changing it',
    options: OPTIONS.log,
    configured: false,
    load: () => import('./print-log.ts'),
  },
  {
    name: 'backup',
    synopsis: 'DIR/N --out FILE',
    summary: 'write the state of a node, which may run, to one file',
    options: OPTIONS.backup,
    configured: true,
    load: () => import('./backup.ts'),
  },
  {
    name: 'restore',
    synopsis: '--in FILE',
    summary: 'make the data directories of a new cluster that begins with a backup',
    options: OPTIONS.restore,
    configured: true,
    load: () => import('./restore.ts'),
  },
  {
    name: 'recover',
    synopsis: 'DIR/N [--yes]',
    summary: 'make a new cluster of what one node has left, when a majority is lost for good',
    options: OPTIONS.recover,
    configured: true,
    load: () => import('./recover.ts'),
  },
  {
    name: 'bench',
    synopsis: '[--op OP]',
    summary: 'measure a cluster of its own on this machine',
    options: OPTIONS.bench,
    configured: true,
    load: () => import('../../bench/cli.ts'),
  },
  {
    name: 'simulate',
    synopsis: '[--seed N]',
    summary: 'play whole clusters in trouble, each under a seed',
    options: OPTIONS.simulate,
    configured: false,
    load: () => import('../../test/sim/simulate.ts'),
  },
];

/** The help of one command, or of all. */
export function help(command: Command | null): string {
  if (command === null) {
    const width = Math.max(...COMMANDS.map(({ name, synopsis }) => `${name} ${synopsis}`.length));
    const lines = COMMANDS.map(
      ({ name, synopsis, summary }) => `  ${`${name} ${synopsis}`.padEnd(width)}  ${summary}\n`,
    );
    return `raftmq: a replicated log and key-value database (Raft over ZeroMQ)

Usage: raftmq COMMAND [OPTIONS]

${lines.join('')}
raftmq help COMMAND     the options of a command
raftmq help settings    all settings, their defaults and limits
raftmq --version        the version
`;
  }
  const { name, synopsis, summary, options, configured } = command;
  const settings = configured
    ? `
Every setting is an option by its path, such as --raft.heartbeat 40, and a variable of the
environment, such as RAFTMQ_raft__heartbeat=40. raftmq help settings lists them.
`
    : '';
  return `raftmq ${name}: ${summary}

Usage: raftmq ${name} ${synopsis} [OPTIONS]

${describeOptions(options, configured)}${settings}`;
}

/** `raftmq help settings`. */
export function settingsHelp(): string {
  const blocks = describeSettings().map(
    ({ path, usual, allowed, means }) =>
      `${path} = ${usual}\n    ${means}\n    Allowed: ${allowed}.\n`,
  );
  return `All settings and their defaults.

Where the same setting is given more than once, the command line (--raft.heartbeat 40) beats the
environment (RAFTMQ_raft__heartbeat=40), which beats the file of --config, which beats the default.

${blocks.join('\n')}`;
}
