import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import type { Addresses } from '../../lib/net/open-network.ts';
import { within } from './nodes.ts';

const PROGRAM = fileURLToPath(new URL('peer-process.js', import.meta.url));

/** A peer in a process of its own, killed after the test. */
export class PeerProcess {
  /** First frames of the messages that it got. */
  readonly got: string[] = [];
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.on('message', (message) => {
      if (message !== 'open') this.got.push(String(message));
    });
  }

  /** Starts node `id` of `all`; resolves when its sockets are open. */
  static async start(
    t: ExecutionContext,
    all: readonly Addresses[],
    id: number,
    reads: 'reads' | 'ignores' = 'reads',
  ): Promise<PeerProcess> {
    const child = fork(PROGRAM, [`${id}`, reads, JSON.stringify(all)]);
    t.teardown(() => child.kill('SIGKILL'));
    const peer = new PeerProcess(child);
    const exit = once(child, 'exit').then(([code]) => Promise.reject(new Error(`exit ${code}`)));
    await within(Promise.race([once(child, 'message'), exit]), 'it did not open its sockets');
    return peer;
  }

  /** As if its machine lost power, except that the kernel closes its connections. */
  async kill(): Promise<void> {
    const exit = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exit;
  }

  /** Its connections stay, and nobody reads them. */
  stop(): void {
    this.#child.kill('SIGSTOP');
  }

  resume(): void {
    this.#child.kill('SIGCONT');
  }
}
