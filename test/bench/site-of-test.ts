import type { Site } from '../../bench/site.ts';
import { Closers } from '../../lib/kit/closers.ts';
import { temporaryDirectory } from '../store/temporary.ts';

/** A site whose output a test can read, and that ends with the test. */
export type TestSite = Site & { readonly printed: string[]; readonly warned: string[] };

export function siteOfTest(t: { teardown(undo: () => void | Promise<void>): void }): TestSite {
  const closers = new Closers();
  const printed: string[] = [];
  const warned: string[] = [];
  const directory = temporaryDirectory(t);
  t.teardown(() => closers.close());
  return {
    directory,
    keep: (opened) => closers.add(opened),
    print: (text) => printed.push(text),
    warn: (text) => warned.push(text),
    printed,
    warned,
  };
}
