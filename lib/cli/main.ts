#!/usr/bin/env node
import { ConfigError } from '../kit/errors.ts';
import { nearest } from '../kit/nearest.ts';
import { version } from '../kit/version.ts';
import { COMMANDS, type Command, help, settingsHelp } from './commands.ts';
import { complain, faultOf } from './fault.ts';

/** Exit codes: 0 done or cleanly stopped, 1 failed, 2 bad usage or configuration. */
async function main(argv: readonly string[]): Promise<number> {
  const [name = '', ...rest] = argv;
  if (name === '') {
    process.stderr.write(help(null));
    return 2;
  }
  if (name === '--version' || name === '-v') return print(`${version()}\n`);
  if (name === 'help' || name === '--help' || name === '-h') return helpWith(rest[0]);
  const command = find(name);
  if (rest.includes('--help') || rest.includes('-h')) return print(help(command));
  const { run } = await command.load();
  return await run(rest);
}

function helpWith(topic: string | undefined): number {
  if (topic === undefined) return print(help(null));
  return print(topic === 'settings' ? settingsHelp() : help(find(topic)));
}

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}

function find(name: string): Command {
  const command = COMMANDS.find((known) => known.name === name);
  if (command !== undefined) return command;
  const names = COMMANDS.map((known) => known.name);
  const near = nearest(name, names);
  const hint = near === null ? `there are ${names.join(', ')}` : `did you mean ${near}?`;
  throw new ConfigError([`${JSON.stringify(name)} is no command; ${hint}`]);
}

/** Says on standard error why a command did nothing, or failed. */
function fail(error: unknown): number {
  if (error instanceof ConfigError) {
    for (const problem of error.problems) process.stderr.write(`raftmq: ${problem}\n`);
    return 2;
  }
  complain(faultOf(error));
  return 1;
}

// A reader that had enough, such as head, is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 1);
});
const code = await main(process.argv.slice(2)).catch(fail);
// Not left to run out: what an impatient stop leaves behind would keep the process.
process.stdout.write('', () => process.exit(code));
