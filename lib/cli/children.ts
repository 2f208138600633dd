import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { STOP_MESSAGE } from './told.ts';

/** One node in a process of its own, whose output is read line by line. */
export type Child = {
  readonly id: number;
  /** Of its process; undefined if that could not be started. */
  readonly pid: number | undefined;
  /** Settles once the process is gone and its last line has been handed over. Never rejects. */
  readonly ended: Promise<Ending>;
  /** Asks for a clean stop. Asking again, or asking one that is gone, does nothing. */
  stop(): void;
  /** Ends it at once, as a power cut would. */
  kill(): void;
};

export type Ending = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

const MAIN = fileURLToPath(new URL('./main.js', import.meta.url));

/**
 * Starts `raftmq node --id ID` as a child. If this process dies, however it dies, the child sees its
 * channel close and stops by itself.
 */
export function spawnNode(
  id: number,
  argv: readonly string[],
  onLine: (line: string) => void,
): Child {
  const child = fork(MAIN, ['node', '--id', String(id), ...argv], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const outputs = [child.stdout, child.stderr].map((output) => readLines(output, onLine));
  return {
    id,
    pid: child.pid,
    ended: ending(child, outputs),
    stop: () => {
      // The callback takes the error of a channel that closed meanwhile: then it is gone already.
      if (child.connected) child.send(STOP_MESSAGE, () => {});
    },
    kill: () => {
      child.kill('SIGKILL');
    },
  };
}

async function readLines(output: Readable | null, onLine: (line: string) => void): Promise<void> {
  if (output === null) return;
  for await (const line of createInterface({ input: output })) onLine(line);
}

async function ending(child: ChildProcess, outputs: readonly Promise<void>[]): Promise<Ending> {
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  await Promise.all(outputs);
  return { code, signal };
}
