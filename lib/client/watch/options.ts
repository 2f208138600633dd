import { ConfigError } from '../../kit/errors.ts';
import type { WatchOptions } from './watch.ts';

/** A watch as it was asked for, with everything that was left out. */
export type WatchSettings = {
  /** Of the keys that are watched; a single key is a prefix of itself, and of others. */
  readonly prefix: string;
  readonly key: string | null;
  readonly since: number | null;
  readonly rereads: boolean;
  readonly bufferBytes: number;
  readonly signal: AbortSignal | null;
};

const KEY_BYTES_MAX = 1024;
const BUFFER_BYTES = 4 << 20;

/** @throws {ConfigError} with all that is wrong. */
export function checkedWatch(options: WatchOptions): WatchSettings {
  const { prefix, key, since, onCompacted = 'fail', bufferBytes = BUFFER_BYTES, signal } = options;
  const problems: string[] = [];
  if (prefix !== undefined && key !== undefined) problems.push('key: not together with prefix');
  if (key === '') problems.push('key must not be empty; leave it out to watch all keys');
  for (const [name, text] of Object.entries({ prefix, key })) {
    if (text !== undefined && !isKey(text))
      problems.push(`${name} must be a string of at most ${KEY_BYTES_MAX} bytes of UTF-8`);
  }
  if (since !== undefined && !isCount(since)) {
    problems.push(`since must be a rev, found ${String(since)}: 0 is before the first change`);
  }
  if (!['fail', 'reread'].includes(onCompacted)) {
    problems.push(`onCompacted must be fail or reread, found ${JSON.stringify(onCompacted)}`);
  }
  if (!isCount(bufferBytes) || bufferBytes < 1) {
    problems.push('bufferBytes must be an integer, at least 1');
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return {
    prefix: key ?? prefix ?? '',
    key: key ?? null,
    since: since ?? null,
    rereads: onCompacted === 'reread',
    bufferBytes,
    signal: signal ?? null,
  };
}

function isKey(text: unknown): boolean {
  return (
    typeof text === 'string' && text.isWellFormed() && Buffer.byteLength(text) <= KEY_BYTES_MAX
  );
}

function isCount(number: unknown): number is number {
  return Number.isSafeInteger(number) && (number as number) >= 0;
}
