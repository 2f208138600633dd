import type { Histogram } from 'hdr-histogram-js';

/** What a histogram of µs holds; times in ms. */
export function summaryOf(latencies: Histogram) {
  // A percentile is the upper end of its bucket, which may lie above all that was measured.
  const at = (percentile: number): number =>
    Math.min(latencies.getValueAtPercentile(percentile), latencies.maxValue) / 1000;
  return {
    operations: latencies.totalCount,
    p50Ms: at(50),
    p99Ms: at(99),
    p999Ms: at(99.9),
    maxMs: latencies.maxValue / 1000,
  };
}
