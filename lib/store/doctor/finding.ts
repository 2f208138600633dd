import { type StorageCode, StorageError } from '../../kit/errors.ts';
import { storageError } from '../disk/disk-real.ts';

/** One thing that was found in a data directory. */
export type Finding = {
  readonly level: Level;
  readonly part: Part;
  /** A sentence: what, where, and what to do if anything is to be done. */
  readonly says: string;
  /** Why the node would be refused. */
  readonly code: StorageCode | null;
};

/**
 * `ok`: as it should be. `note`: worth knowing, and a start takes care of it. `warning`: the node starts,
 * but somebody should see to it. `refuses`: the node does not start.
 */
export type Level = 'ok' | 'note' | 'warning' | 'refuses';

export type Part =
  | 'lock'
  | 'rights'
  | 'identity'
  | 'snapshots'
  | 'log'
  | 'database'
  | 'space'
  | 'recordings'
  | 'files';

export function finding(level: Level, part: Part, says: string): Finding {
  return { level, part, says, code: null };
}

/** The reason that a start would be refused with. */
export function refusal(part: Part, { code, message }: StorageError): Finding {
  return { level: 'refuses', part, says: message, code };
}

/** Carries out a check; what the operating system or the store ends it with is a refusal. */
export async function* orRefusal(
  part: Part,
  findings: AsyncIterable<Finding> | Iterable<Finding>,
): AsyncGenerator<Finding> {
  try {
    yield* findings;
  } catch (reason) {
    if (reason instanceof StorageError) yield refusal(part, reason);
    else if (isFromSystem(reason)) {
      yield refusal(part, storageError('look at', reason.path ?? '', reason));
    } else throw reason;
  }
}

/** True of what the operating system refused. */
export function isFromSystem(reason: unknown): reason is NodeJS.ErrnoException {
  return reason instanceof Error && 'syscall' in reason;
}
