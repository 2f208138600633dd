import type { Workload } from './workload.ts';

/** What a driver process is to do. */
export type Job = {
  readonly system: System;
  /** Where the leader takes requests. */
  readonly endpoint: string;
  readonly workload: Workload;
  readonly outstanding: number;
  /** How long to warm up and to measure; null to write every key once instead. */
  readonly timed: { readonly warmUpMs: number; readonly measureMs: number } | null;
};

export type System = 'raftmq' | 'etcd';

/** Times in ms. Counts and latencies are of what was carried out while measuring. */
export type Report = {
  readonly operations: number;
  readonly elapsedMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly maxMs: number;
  /** What went wrong and how often, warm-up and the end included. */
  readonly failures: Readonly<Record<string, number>>;
  /** Share of one core that the driver itself took. */
  readonly cpu: number;
};

export type DriverMessage = { readonly report: Report } | { readonly fault: string };

/** Longest wait for what is on its way at the end: longer than any node lets a request wait. */
export const DRAIN_MS = 7_000;
