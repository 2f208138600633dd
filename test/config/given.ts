import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { type ConfigSource, loadConfig } from '../../config/load.ts';
import type { Config } from '../../config/schema.ts';
import { ConfigError } from '../../lib/kit/errors.ts';

export type Given = {
  readonly flags?: Record<string, string>;
  readonly environment?: Record<string, string>;
  /** Content of the file: text as it is, anything else as JSON. */
  readonly file?: unknown;
};

export const folder = mkdtempSync(join(tmpdir(), 'raftmq-config-'));
test.after.always(() => rmSync(folder, { recursive: true }));

let files = 0;
function sourceOf({ flags = {}, environment = {}, file }: Given): ConfigSource {
  if (file === undefined) return { flags, environment, file: null };
  const path = join(folder, `${files++}.json`);
  writeFileSync(path, typeof file === 'string' ? file : JSON.stringify(file));
  return { flags, environment, file: path };
}

export function load(given: Given = {}): Config {
  return loadConfig(sourceOf(given));
}

export function problems(t: ExecutionContext, given: Given): readonly string[] {
  const error = t.throws(() => load(given), { instanceOf: ConfigError });
  return error?.problems.map((problem) => problem.replaceAll(/\S+\/(\d+)\.json/g, 'FILE')) ?? [];
}

/** A node that could be in a configuration. */
export const NODE = { id: 7, peer: 'tcp://h:1', client: 'tcp://h:2', events: 'tcp://h:3' };
