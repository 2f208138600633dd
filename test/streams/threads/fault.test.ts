import test from 'ava';
import {
  ConfigError,
  InvariantViolation,
  StorageError,
  TransportError,
} from '../../../lib/kit/errors.ts';
import { packFault, unpackFault } from '../../../streams/threads/fault.ts';

const ERRORS: readonly Error[] = [
  new StorageError('FULL', 'the disk is full', { cause: new Error('ENOSPC') }),
  new TransportError('cannot listen', { cause: new TransportError('deeper') }),
  new ConfigError(['one', 'two']),
  new InvariantViolation('cannot be'),
  new RangeError('of Node.js itself'),
];

for (const error of ERRORS) {
  test(`a ${error.name} is the same to whoever hears of it in another thread`, (t) => {
    const arrived = unpackFault(structuredClone(packFault(error)));
    const Family = error instanceof RangeError ? Error : error.constructor;
    t.is(arrived.constructor, Family);
    t.is(arrived.message, error.message);
    t.is(arrived.stack, error.stack);
    t.is(
      (arrived.cause as Error | undefined)?.message,
      (error.cause as Error | undefined)?.message,
    );
    for (const name of ['code', 'problems'] as const) {
      t.deepEqual(
        (arrived as unknown as Record<string, unknown>)[name],
        (error as unknown as Record<string, unknown>)[name],
      );
    }
  });
}

test('what was thrown and is no error is told as it is', (t) => {
  t.is(unpackFault(packFault('a word')).message, 'a word');
});
