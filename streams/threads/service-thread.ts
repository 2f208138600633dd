import { Worker } from 'node:worker_threads';
import { firstValueFrom } from 'rxjs';
import type { Logger } from '../../lib/kit/logger.ts';
import { realClock } from '../real-clock.ts';
import { FarService } from './far-service.ts';
import type { ServiceOrder } from './service-order.ts';

/** How long a process that ends at once waits for the thread to close its sockets. */
const LAST_MS = 500;

/**
 * Starts the thread that serves clients and applies entries; resolves when its state machine is open.
 * Closing that ends the thread.
 *
 * @throws {StorageError} or {ConfigError}, as for a node that is one thread.
 */
export async function openServiceThread(
  order: Omit<ServiceOrder, 'closed'>,
  logger: Logger,
): Promise<FarService> {
  const closed = new SharedArrayBuffer(4);
  // compiled, it lies beside this file
  const worker = new Worker(new URL('./service-main.js', import.meta.url), {
    workerData: { ...order, closed } satisfies ServiceOrder,
    // what says how a text of the command line is to be read, a file must not be given
    execArgv: process.execArgv.filter((flag) => !flag.startsWith('--input-type')),
  });
  const close = (): Promise<void> => {
    service.close();
    return ended;
  };
  const service = new FarService(worker, { clock: realClock, logger, end: close });
  // A thread that is ended with a socket open aborts the process, whatever exit code it wanted.
  const onExit = (): void => {
    service.close();
    Atomics.wait(new Int32Array(closed), 0, 0, LAST_MS);
  };
  process.on('exit', onExit);
  worker.on('error', (reason) => service.fail(reason));
  const ended = new Promise<void>((resolve) => {
    worker.on('exit', () => {
      process.off('exit', onExit);
      service.fail(new Error('the thread that serves clients has ended'));
      resolve();
    });
  });
  try {
    await firstValueFrom(service.opened$);
  } catch (reason) {
    await close();
    throw reason;
  }
  return service;
}
