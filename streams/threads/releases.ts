import { recordBytes } from '../../lib/core/entry.ts';
import type { Release } from '../../lib/core/outcome.ts';
import type { Index } from '../../lib/core/types.ts';
import { withoutEntries } from '../decided.ts';

/** What the service was given to apply and has not applied: its entries are bounded. */
export class Releases {
  readonly #bytesMax: number;
  readonly #given: { readonly upTo: Index; readonly bytes: number }[] = [];
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** `release` as it may be given now: beyond the limit without entries, which are in the log. */
  limited(release: Release): Release {
    const bytes = recordBytes(release.entries);
    if (this.#bytes + bytes > this.#bytesMax) return withoutEntries(release);
    this.#bytes += bytes;
    this.#given.push({ upTo: release.upTo, bytes });
    return release;
  }

  /** All up to `applied` is applied. */
  forget(applied: Index): void {
    let count = 0;
    for (const { upTo, bytes } of this.#given) {
      if (upTo > applied) break;
      this.#bytes -= bytes;
      count += 1;
    }
    this.#given.splice(0, count);
  }
}
