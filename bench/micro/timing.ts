import { median } from '../median.ts';

/** One thing to measure. */
export type Case = {
  readonly name: string;
  /** How many commands one call of `run` is about; figures are for one of them. */
  readonly commands: number;
  run(): void | Promise<void>;
};

/** Medians over the rounds, in ns for one command. `spread` is that of the slowest round to the median. */
export type Timing = { readonly name: string; readonly nanos: number; readonly spread: number };

const ROUNDS = 9;
/** Long enough for the clock, short enough for a neighbour's burst of work to hit few rounds. */
const ROUND_MS = 60;

/** Measures after one round that does not count, in which the compiler sees what is hot. */
export async function timing({ name, commands, run }: Case): Promise<Timing> {
  await round(run);
  const nanos: number[] = [];
  for (let i = 0; i < ROUNDS; i++) nanos.push(((await round(run)) * 1e6) / commands);
  const middle = median(nanos);
  return { name, nanos: middle, spread: Math.max(...nanos) / middle };
}

/** @returns ms for one call. */
async function round(run: Case['run']): Promise<number> {
  const startedAt = performance.now();
  let calls = 0;
  let elapsedMs = 0;
  while (elapsedMs < ROUND_MS) {
    const running = run();
    // only what is asynchronous pays for it
    if (running !== undefined) await running;
    calls++;
    elapsedMs = performance.now() - startedAt;
  }
  return elapsedMs / calls;
}

export function timingLine({ name, nanos, spread }: Timing): string {
  const time = nanos.toLocaleString('en', { maximumFractionDigits: 0 });
  return `${name.padEnd(58)} ${time.padStart(11)} ns   slowest round x${spread.toFixed(1)}`;
}
