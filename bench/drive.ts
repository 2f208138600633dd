import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { BenchFault } from './fault.ts';
import { DRAIN_MS, type DriverMessage, type Job, type Report } from './job.ts';

const DRIVER = fileURLToPath(new URL('./driver.js', import.meta.url));
/** More than a driver takes to start, to connect and to say how it went. */
const OVERHEAD_MS = 15_000;
/** Writing every key once: even a slow cluster does a thousand in a second. */
const FILL_MS_PER_KEY = 1;

/** The drivers that are running, so that they can be ended with everything else. */
export class Drivers {
  readonly #running = new Set<ChildProcess>();
  #isClosed = false;

  /**
   * Starts a driver process and waits for its report.
   *
   * @throws {BenchFault} if the driver could not reach the cluster, ended, or did not end in time.
   */
  async run(job: Job): Promise<Report> {
    if (this.#isClosed) throw new BenchFault('no more drivers are started');
    const child = fork(DRIVER, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.#running.add(child);
    const timer = setTimeout(() => child.kill('SIGKILL'), boundMs(job));
    const ended = once(child, 'exit').then(([code, signal]) => {
      throw new BenchFault(`the driver ended without a report (${signal ?? `exit code ${code}`})`);
    });
    try {
      child.send(job);
      const [message] = (await Promise.race([once(child, 'message'), ended])) as [DriverMessage];
      if ('fault' in message) throw new BenchFault(message.fault);
      return message.report;
    } finally {
      clearTimeout(timer);
      this.#running.delete(child);
      child.kill('SIGKILL');
      await ended.catch(() => {}); // it has said what it had to say, or its end was told above
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const child of this.#running) {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    }
  }
}

function boundMs({ timed, workload }: Job): number {
  const workMs = timed ? timed.warmUpMs + timed.measureMs : workload.keys * FILL_MS_PER_KEY;
  return workMs + DRAIN_MS + OVERHEAD_MS;
}
