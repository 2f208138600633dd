import { readFileSync } from 'node:fs';

/** The version of this program, as its package says. */
export function version(): string {
  // Compiled files are one folder deeper than their sources: dist/lib/kit.
  const manifest = new URL('../../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}
