import { Observable } from 'rxjs';
import type { Entry } from '../lib/core/entry.ts';
import type { Snapshot } from '../lib/core/snapshot.ts';
import { assert } from '../lib/kit/assert.ts';
import type { Applied } from '../lib/store/state-machine.ts';
import type { Decided } from './decided.ts';
import type { ServiceWorld } from './world.ts';

/** Entries in one transaction: about a millisecond, so that the loop stays responsive. */
const BATCH_ENTRIES_MAX = 128;
/** Read back from disk at once when a node that has restarted catches up. */
const READ_BYTES = 1 << 20;

/**
 * Applies what has become safe to apply, in order, each entry once, a transaction a batch.
 *
 * A small batch is applied at once. A larger one goes on after the loop has made a trip, and what
 * memory no longer holds (after a restart) is read back from the log first: committed entries never
 * change, so they may be read at any time.
 *
 * A snapshot that is installed stands for all entries before it: whatever was to be applied is
 * forgotten, and an empty batch says that the database has jumped.
 *
 * @param install left out if no snapshot ever comes.
 */
export function applyReleased(
  world: Pick<ServiceWorld, 'machine' | 'log' | 'clock'>,
  decided$: Observable<Decided>,
  install?: (snapshot: Snapshot) => Promise<void>,
): Observable<readonly Applied[]> {
  return new Observable((subscriber) => {
    const { machine, log, clock } = world;
    const waiting: Entry[][] = [];
    let upTo = machine.applied;
    let isBusy = false;
    /** The newest one that is not installed yet. */
    let snapshot: Snapshot | null = null;

    // An operator hands its errors down the stream, where they end the node.
    const fail = (reason: unknown): void => subscriber.error(reason);

    const goOn = (): void => {
      isBusy = false;
      // A node that has ended has closed its database.
      if (subscriber.closed) return;
      try {
        if (snapshot) jump(snapshot);
        else if (machine.applied < upTo) work();
      } catch (reason) {
        fail(reason);
      }
    };

    const jump = (target: Snapshot): void => {
      isBusy = true;
      assert(install !== undefined, 'whoever receives snapshots can install them');
      const landed = (): void => {
        if (snapshot === target) snapshot = null;
        if (!subscriber.closed) subscriber.next([]);
        goOn();
      };
      install(target).then(landed).catch(fail);
    };

    const work = (): void => {
      const next = machine.applied + 1;
      const run = waiting[0];
      isBusy = true;
      if (!run || (run[0] as Entry).index > next) {
        const readTo = run ? (run[0] as Entry).index - 1 : upTo;
        const resume = (entries: readonly Entry[]): void => {
          if (!snapshot) waiting.unshift(entries.filter((entry) => entry.index <= readTo));
          goOn();
        };
        // a snapshot takes the place of the log, and of what is being read from it
        const giveUp = (reason: unknown): void => (snapshot ? goOn() : fail(reason));
        log.read(next, READ_BYTES).then(resume, giveUp).catch(fail);
        return;
      }
      const batch = run.length <= BATCH_ENTRIES_MAX ? run : run.splice(0, BATCH_ENTRIES_MAX);
      if (batch === run) waiting.shift();
      assert((batch[0] as Entry).index === next, 'entries are applied in order, each once');
      subscriber.next(machine.apply(batch));
      if (machine.applied < upTo) clock.defer(goOn);
      else isBusy = false;
    };

    const take = ({ release }: Decided): void => {
      if (!release) return;
      if (release.install) {
        snapshot = release.install;
        waiting.length = 0;
      }
      upTo = release.upTo;
      if (release.entries.length > 0) waiting.push([...release.entries]);
      if (!isBusy) goOn();
    };

    return decided$.subscribe({ next: take, error: fail, complete: () => subscriber.complete() });
  });
}
