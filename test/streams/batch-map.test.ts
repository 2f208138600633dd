import test from 'ava';
import { Subject } from 'rxjs';
import { InvariantViolation } from '../../lib/kit/errors.ts';
import { batchMap } from '../../streams/batch-map.ts';

/** Work that is done when it is told to. */
function manualWork(): {
  readonly work: (batch: readonly number[]) => Promise<string>;
  readonly batches: (readonly number[])[];
  readonly finish: () => Promise<void>;
  readonly fail: (reason: Error) => Promise<void>;
} {
  const batches: (readonly number[])[] = [];
  let settle: { resolve: (value: string) => void; reject: (reason: Error) => void } | null = null;
  const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return {
    batches,
    work: (batch) => {
      batches.push(batch);
      return new Promise((resolve, reject) => {
        settle = { resolve, reject };
      });
    },
    finish: () => {
      settle?.resolve(`did ${batches.at(-1)?.join(' ')}`);
      return breathe();
    },
    fail: (reason) => {
      settle?.reject(reason);
      return breathe();
    },
  };
}

test('whatever arrives while a batch is in flight travels together in the next', async (t) => {
  const { work, batches, finish } = manualWork();
  const source = new Subject<number>();
  const results: string[] = [];
  source.pipe(batchMap(work, 10)).subscribe((result) => results.push(result));

  for (const value of [1, 2, 3]) source.next(value);
  t.deepEqual(batches, [[1]]);
  await finish();
  t.deepEqual(batches, [[1], [2, 3]]);
  await finish();
  t.deepEqual(results, ['did 1', 'did 2 3']);
});

test('work that is done on return makes its result at once, and still in order', (t) => {
  const source = new Subject<number>();
  const results: number[] = [];
  source
    .pipe(batchMap((batch: readonly number[]) => batch.length, 10))
    .subscribe((count) => results.push(count));
  source.next(1);
  source.next(2);
  t.deepEqual(results, [1, 1]);
});

test('completion waits for the batch in flight and for those behind it', async (t) => {
  const { work, finish } = manualWork();
  const source = new Subject<number>();
  const story: string[] = [];
  source
    .pipe(batchMap(work, 10))
    .subscribe({ next: (result) => story.push(result), complete: () => story.push('end') });
  source.next(1);
  source.next(2);
  source.complete();
  t.deepEqual(story, []);
  await finish();
  await finish();
  t.deepEqual(story, ['did 1', 'did 2', 'end']);
});

test('a failed batch ends the stream, and nothing after it is begun', async (t) => {
  const { work, batches, fail } = manualWork();
  const source = new Subject<number>();
  const errors: unknown[] = [];
  source.pipe(batchMap(work, 10)).subscribe({ error: (reason) => errors.push(reason) });
  source.next(1);
  source.next(2);
  const reason = new Error('the disk is gone');
  await fail(reason);
  t.deepEqual(errors, [reason]);
  t.is(batches.length, 1);
});

test('whoever unsubscribes while a batch is in flight has no other begun', async (t) => {
  const { work, batches, finish } = manualWork();
  const source = new Subject<number>();
  const subscription = source.pipe(batchMap(work, 10)).subscribe();
  source.next(1);
  source.next(2);
  subscription.unsubscribe();
  await finish();
  t.is(batches.length, 1);
});

test('work that throws at once ends the stream as well', (t) => {
  const source = new Subject<number>();
  const errors: unknown[] = [];
  const work = (): number => {
    throw new Error('no disk');
  };
  source.pipe(batchMap(work, 10)).subscribe({ error: (reason) => errors.push(reason) });
  source.next(1);
  t.is((errors[0] as Error).message, 'no disk');
});

test('a source that outruns the limit is a bug, and is called one', (t) => {
  const { work } = manualWork();
  const source = new Subject<number>();
  const errors: unknown[] = [];
  source.pipe(batchMap(work, 2)).subscribe({ error: (reason) => errors.push(reason) });
  for (const value of [1, 2, 3]) source.next(value);
  t.deepEqual(errors, []);
  source.next(4);
  t.true(errors[0] instanceof InvariantViolation);
});
