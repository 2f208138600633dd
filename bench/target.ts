import type { Ask } from './workload.ts';

/** A system under load, as one driver process sees it. */
export interface Target {
  /** Sends `asks` now, in as few messages as the system's protocol allows. */
  send(asks: readonly Ask[]): void;
  close(): void;
}

/** @param failure null if the request was carried out, else a name for what went wrong. */
export type Settle = (id: number, failure: string | null) => void;
