import { concatMap, filter, from, map, mergeMap, type Observable } from 'rxjs';
import type { Input } from '../lib/core/input.ts';
import type { Outcome } from '../lib/core/outcome.ts';
import type { LogStore } from '../lib/store/log-store.ts';

/** Reads old entries back from disk for followers that are far behind, one read at a time. */
export function readBack(log: LogStore, decided$: Observable<Outcome>): Observable<Input> {
  return decided$.pipe(
    filter(({ loads }) => loads.length > 0),
    mergeMap(({ loads }) => loads),
    concatMap((load) =>
      from(log.read(load.from, load.bytesMax)).pipe(
        map((entries): Input => ({ kind: 'Loaded', to: load.to, entries })),
      ),
    ),
  );
}
