import { type Entry, payloadOf } from '../../lib/core/entry.ts';
import { readClock } from '../../lib/core/log-clock.ts';
import { unpackMap } from '../../lib/wire/unpack.ts';
import type { Committed } from './history/operation.ts';
import { Violation } from './violation.ts';

/** What an entry asks for is read from the log itself, not from what clients remember. */
export function committedIn<A>(entry: Entry): Committed<A> {
  const { index, kind } = entry;
  if (kind === 'clock') return { index, id: null, ask: null, clockMs: readClock(payloadOf(entry)) };
  if (kind !== 'command') return { index, id: null, ask: null };
  const members = unpackMap(payloadOf(entry));
  if (typeof members === 'string') throw new Violation('invariant', `entry ${index}: ${members}`);
  const { id, timeout: _, ...ask } = members;
  return { index, id: id as number, ask: ask as A };
}
