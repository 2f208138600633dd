import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A directory of its own for one test, removed when the test is over. */
export function temporaryDirectory(t: { teardown(undo: () => void): void }): string {
  const directory = mkdtempSync(join(tmpdir(), 'raftmq-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
