import type { LogFields, Logger, LogLevel } from './logger.ts';

/** Most keys remembered at once; beyond it the one whose interval began first is forgotten. */
const KEYS_MAX = 1024;

/**
 * Lets a few events of each kind through in every interval, and counts the rest. A pure table: it
 * has no timer, so what was held back is only told with the next event of its kind.
 */
export class RateLimit {
  readonly #intervalMs: number;
  readonly #burst: number;
  readonly #keys = new Map<string, { since: number; admitted: number; suppressed: number }>();

  /** @param burst events of a kind that pass in one interval. */
  constructor(intervalMs: number, burst = 1) {
    this.#intervalMs = intervalMs;
    this.#burst = burst;
  }

  /**
   * @param now in milliseconds, of any clock that does not go back.
   * @returns null to hold the event back, else how many were held back since the last one passed.
   */
  admit(key: string, now: number): number | null {
    const known = this.#keys.get(key);
    if (known !== undefined && now - known.since < this.#intervalMs) {
      if (known.admitted++ < this.#burst) return 0;
      known.suppressed++;
      return null;
    }
    // deleted first, so that the map's order is that of the intervals
    this.#keys.delete(key);
    if (this.#keys.size === KEYS_MAX) this.#keys.delete(this.#keys.keys().next().value as string);
    this.#keys.set(key, { since: now, admitted: 1, suppressed: 0 });
    return known?.suppressed ?? 0;
  }
}

export type RateLimitOptions = {
  readonly intervalMs: number;
  /** Events with the same `by` fields that pass in one interval; 1 if left out. */
  readonly burst?: number;
  /** Fields that tell apart what may each be said once in an interval, such as `peer`. */
  readonly by: readonly string[];
  /** Milliseconds of a clock that does not go back. */
  readonly now?: () => number;
};

/**
 * A logger for what may repeat without end, such as a peer that is down. Of each event with the
 * same `by` fields the first are logged at once, and later ones in the next interval; the first of
 * those says in `suppressed` how many were not.
 */
export function rateLimited(logger: Logger, options: RateLimitOptions): Logger {
  const limit = new RateLimit(options.intervalMs, options.burst);
  const now = options.now ?? performance.now.bind(performance);

  const at =
    (level: LogLevel) =>
    (event: string, fields: LogFields = {}): void => {
      const key = JSON.stringify([level, event, ...options.by.map((name) => fields[name])]);
      const suppressed = limit.admit(key, now());
      if (suppressed === null) return;
      logger[level](event, suppressed === 0 ? fields : { ...fields, suppressed });
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
