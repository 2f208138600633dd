import { existsSync, readFileSync } from 'node:fs';
import test from 'ava';

type Package = {
  readonly name: string;
  readonly version: string;
  readonly bin: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly scripts: Readonly<Record<string, string>>;
};

type Locked = {
  readonly version: string;
  readonly resolved?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
};

const read = (file: string) => JSON.parse(readFileSync(file, 'utf8'));
const manifest: Package = read('package.json');
const locked: Readonly<Record<string, Locked>> = read('package-lock.json').packages;

test('every file that the package names is built', (t) => {
  const named = [manifest.bin, ...Object.values(manifest.exports)].flatMap((target) =>
    typeof target === 'string' ? [target] : Object.values(target),
  );
  t.true(named.length > 4);
  for (const file of named) t.true(existsSync(file), file);
});

test('the binary says what runs it', (t) => {
  t.true(readFileSync('dist/lib/cli/main.js', 'utf8').startsWith('#!/usr/bin/env node\n'));
});

test('every script that runs the binary names a command of it', async (t) => {
  const { COMMANDS } = await import('../lib/cli/commands.ts');
  const names = Object.values(manifest.scripts).flatMap((script) =>
    [...script.matchAll(/main\.js (\S+)/g)].map(([, name]) => name),
  );
  t.true(names.length > 4);
  for (const name of names)
    t.true(
      COMMANDS.some((command) => command.name === name),
      name,
    );
});

test('the lock file holds the native packages of every platform, or npm ci fails on some', (t) => {
  for (const [path, { optionalDependencies = {} }] of Object.entries(locked)) {
    for (const name of Object.keys(optionalDependencies)) {
      const places = [`${path}/node_modules/${name}`, `node_modules/${name}`];
      t.true(
        places.some((place) => locked[place]),
        `${name} of ${path}`,
      );
    }
  }
});

test('the lock file names no registry but the public one', (t) => {
  for (const [path, { resolved }] of Object.entries(locked)) {
    t.true(resolved === undefined || resolved.startsWith('https://registry.npmjs.org/'), path);
  }
  t.is(locked['']?.version, manifest.version);
});

test('who runs a node, or simulates a state machine, finds in one place what that takes', async (t) => {
  const node = await import('../streams/embed.ts');
  const needed = [
    'runNode',
    'configured',
    'SILENT',
    'decodeRequest',
    'payloadOf',
    'refuse',
    'unpack',
  ];
  for (const name of needed) t.true(name in node, name);
  t.throws(() => node.configured({ 'raft.heartbeat': 'often' }), { instanceOf: node.ConfigError });
  t.is(node.configured({ cluster: 'mine', 'raft.heartbeat': 40 }).raft.heartbeat, 40);
});
