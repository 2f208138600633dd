import type { LogFields, Logger, LogLevel } from './logger.ts';

/** Most keys remembered at once; beyond it the one that was let through longest ago is forgotten. */
const KEYS_MAX = 1024;

/**
 * Lets one event of each kind through in every interval, and counts the rest. A pure table: it has
 * no timer, so what was held back is only told with the next event of its kind.
 */
export class RateLimit {
  readonly #intervalMs: number;
  readonly #keys = new Map<string, { since: number; suppressed: number }>();

  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs;
  }

  /**
   * @param now in milliseconds, of any clock that does not go back.
   * @returns null to hold the event back, else how many were held back since the last one.
   */
  admit(key: string, now: number): number | null {
    const known = this.#keys.get(key);
    if (known !== undefined && now - known.since < this.#intervalMs) {
      known.suppressed++;
      return null;
    }
    // deleted first, so that the map's order is the order of the last admission
    this.#keys.delete(key);
    if (this.#keys.size === KEYS_MAX) this.#keys.delete(this.#keys.keys().next().value as string);
    this.#keys.set(key, { since: now, suppressed: 0 });
    return known?.suppressed ?? 0;
  }
}

export type RateLimitOptions = {
  readonly intervalMs: number;
  /** Fields that tell apart what may each be said once in an interval, such as `peer`. */
  readonly by: readonly string[];
  /** Milliseconds of a clock that does not go back. */
  readonly now?: () => number;
};

/**
 * A logger for what may repeat without end, such as a peer that is down. Of each event with the
 * same `by` fields the first is logged at once, and then one in every interval; that one says in
 * `suppressed` how many it stands for.
 */
export function rateLimited(logger: Logger, options: RateLimitOptions): Logger {
  const limit = new RateLimit(options.intervalMs);
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
