import type { Config } from '../../config/schema.ts';
import { type Arguments, argvOf, configOf, readArguments } from './arguments.ts';
import { banner, command } from './banner.ts';
import { type Child, type Ending, spawnNode } from './children.ts';
import { type Console, openConsole } from './console.ts';
import { readRecord } from './log.ts';
import { OPTIONS } from './options.ts';
import { listen, type Told } from './told.ts';

/** More than a node allows itself, so that each can still say what it was stuck in. */
const STOP_MS_MAX = 12_000;

/**
 * `raftmq start`: every node of the configuration on this machine, one process each. A node that
 * ends is mourned and the others go on: that is what a cluster is for.
 *
 * @returns 0 after a clean stop; 1 if a node failed, or had to be killed at the end.
 * @throws {ConfigError} if it cannot be started as asked.
 */
export async function run(argv: readonly string[]): Promise<number> {
  const given = readArguments(argv, OPTIONS.start);
  const config = configOf(given);
  const console = openConsole(config);
  console.say(banner(config, given, console.paint));

  const told = listen(process, STOP_MS_MAX);
  const children = spawnAll(config, given, console);
  const code = await watch(children, told, console, (id) =>
    command('node', ['--id', String(id), ...argvOf(given)]),
  );
  told.close();
  return code;
}

function spawnAll(config: Config, given: Arguments, console: Console): readonly Child[] {
  const startedAt = performance.now();
  let ready = false;
  return config.nodes.map(({ id }) =>
    spawnNode(id, argvOf(given, { 'log.format': 'json' }), (line) => {
      console.tell(id, line);
      const leader = ready ? null : leaderIn(line);
      if (leader === null) return;
      ready = true;
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
      console.say(`node ${leader} leads; the cluster is ready after ${seconds} s`);
    }),
  );
}

/** Waits for the end of all children, and brings it about when told to. */
async function watch(
  children: readonly Child[],
  told: Told,
  console: Console,
  again: (id: number) => string,
): Promise<number> {
  let stopping = false;
  let running = children.length;
  let failed = false;

  const gone = children.map(async ({ id, ended }) => {
    const ending = await ended;
    running--;
    failed ||= isFailure(ending);
    if (stopping && !isFailure(ending)) return;
    const others =
      stopping || running === 0 ? '' : `; the others go on. To start it again: ${again(id)}`;
    console.say(`node ${id} ${describe(ending)}${others}`);
  });
  void told.toStop.then((reason) => {
    stopping = true;
    console.say(`stopping (${reason}): waits for all nodes; once more to end at once`);
    for (const child of children) child.stop();
  });
  const impatient = told.toEnd.then((reason) => {
    console.say(`ends at once (${reason})`);
    for (const child of children) child.kill();
    failed = true;
  });
  await Promise.race([Promise.all(gone), impatient.then(() => Promise.all(gone))]);
  console.say(failed ? 'all nodes have ended, not all of them cleanly' : 'all nodes have stopped');
  return failed ? 1 : 0;
}

/** Signals that say that somebody ended the node from outside, rather than that it failed. */
const FROM_OUTSIDE: readonly (NodeJS.Signals | null)[] = ['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP'];

function isFailure({ code, signal }: Ending): boolean {
  return code !== 0 && !FROM_OUTSIDE.includes(signal);
}

function describe({ code, signal }: Ending): string {
  if (code === 0) return 'has stopped';
  return signal === null ? `has failed with exit code ${code}` : `was ended by ${signal}`;
}

/** The leader that a line of the log tells of, or null. It need not be one of our children. */
function leaderIn(line: string): number | null {
  const record = readRecord(line);
  if (record?.event === 'role' && record.fields['role'] === 'leader') return record.node;
  return record?.event === 'leader' ? Number(record.fields['leader']) : null;
}
