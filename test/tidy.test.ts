import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, sep } from 'node:path';
import test, { type ExecutionContext } from 'ava';

const LINES_MAX = 300;

const BELOW_STREAMS = [
  'lib/net',
  'lib/store',
  'lib/client',
  'lib/wire',
  'lib/core',
  'lib/kit',
  'config',
];

/** Which folders a folder may import from, besides itself. Read it downwards: no arrow points up. */
const LAYERS: Readonly<Record<string, readonly string[]>> = {
  'lib/kit': [],
  'lib/core': ['lib/kit'],
  'lib/wire': ['lib/core', 'lib/kit'],
  'lib/store': ['lib/wire', 'lib/core', 'lib/kit'],
  'lib/net': ['lib/wire', 'lib/core', 'lib/kit'],
  'lib/client': ['lib/wire', 'lib/core', 'lib/kit'],
  config: ['lib/kit'],
  streams: BELOW_STREAMS,
  // the table of commands names two programs that are examples, and they read a command line
  'lib/cli': ['streams', 'examples', ...BELOW_STREAMS],
  examples: ['streams', 'lib/cli', ...BELOW_STREAMS],
  bench: ['streams', 'lib/cli', ...BELOW_STREAMS],
  test: ['streams', 'lib/cli', 'examples', 'bench', ...BELOW_STREAMS],
};

/** Where each package is at home; tests, examples and benches may use all of them. */
const HOMES: Readonly<Record<string, readonly string[]>> = {
  rxjs: ['streams'],
  zeromq: ['lib/net', 'lib/client'],
  lmdb: ['lib/store'],
  'fs-native-extensions': ['lib/store'],
  msgpackr: ['lib/wire'],
  nconf: ['config'],
  pino: ['lib/cli'],
};

/** The core is a function of its arguments, so the world has no name there. */
const UNTOUCHABLE =
  /\b(Date|performance|process|Promise|async|await|setTimeout|setInterval|setImmediate|queueMicrotask|console)\b|Math\.random|from 'node:/;

type Source = {
  readonly path: string;
  readonly folder: string;
  readonly text: string;
  /** The text without comments. */
  readonly code: string;
  /** What it imports, as written. */
  readonly imports: readonly string[];
};

const SOURCES: readonly Source[] = ['config', 'lib', 'streams', 'test', 'examples', 'bench']
  .flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((path) => join(folder, path)),
  )
  .map((path) => path.split(sep).join('/'))
  .filter((path) => path.endsWith('.ts'))
  .map((path) => {
    const text = readFileSync(path, 'utf8');
    const code = text.replace(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, '');
    const imports = [...code.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(
      ([, target]) => target ?? '',
    );
    return { path, folder: folderOf(path), text, code, imports };
  });

function folderOf(path: string): string {
  const [top = '', second = ''] = path.split('/');
  return top === 'lib' ? `${top}/${second}` : top;
}

/** Fails with every offence there is, so that one run shows all there is to do. */
function none(t: ExecutionContext, offences: (source: Source) => readonly string[]): void {
  t.true(SOURCES.length > 50, 'the sources are found');
  t.deepEqual(
    SOURCES.flatMap((source) => offences(source).map((offence) => `${source.path}: ${offence}`)),
    [],
  );
}

/** The table of commands names the modules of all commands, and nobody else imports upwards. */
const TOP = 'lib/cli/commands.ts';

test('imports point down the layers', (t) => {
  none(t, ({ path, folder, imports }) =>
    (path === TOP ? [] : imports)
      .filter((target) => target.startsWith('.'))
      .map((target) => folderOf(normalize(join(dirname(path), target))))
      .filter((to) => to !== folder && !LAYERS[folder]?.includes(to))
      .map((to) => `${folder} may not import ${to}`),
  );
});

test('each package is used where it is at home', (t) => {
  none(t, ({ folder, imports }) => {
    if (['test', 'examples', 'bench'].includes(folder)) return [];
    return Object.entries(HOMES)
      .filter(([name, homes]) => {
        const used = imports.some((target) => target === name || target.startsWith(`${name}/`));
        return used && !homes.includes(folder);
      })
      .map(([name, homes]) => `${name} is at home in ${homes.join(' and ')}`);
  });
});

test('the core is pure', (t) => {
  none(t, ({ folder, code }) => {
    const found = folder === 'lib/core' ? UNTOUCHABLE.exec(code) : null;
    return found === null ? [] : [`uses ${found[0]}`];
  });
});

test(`files have at most ${LINES_MAX} lines`, (t) => {
  none(t, ({ text }) => {
    const lines = text.split('\n').length - 1;
    return lines > LINES_MAX ? [`${lines} lines: split it by concern`] : [];
  });
});

test('no file only passes on what others export', (t) => {
  none(t, ({ code }) => {
    const own = code.replace(/^(?:import|export\s+(?:type\s+)?(?:\*|\{))[^;]*;/gm, '').trim();
    return own === '' ? ['a barrel: import from where it is declared'] : [];
  });
});

test('files are named in kebab-case', (t) => {
  none(t, ({ path }) =>
    /^(?:[a-z\d]+(?:[-.][a-z\d]+)*\/)*[a-z\d]+(?:[-.][a-z\d]+)*\.ts$/.test(path)
      ? []
      : ['its name'],
  );
});

const LEFTOVERS: readonly (readonly [RegExp, string])[] = [
  [/\b(?:TODO|FIXME|XXX|HACK)\b/, 'unfinished work'],
  [/@ts-(?:ignore|nocheck|expect-error)/, 'the compiler is told to look away'],
  [/\btest(?:\.\w+)?\.(?:only|skip)\(/, 'a test that keeps tests from running'],
  [/\bcatch\s*(?:\([^)]*\)\s*)?\{\s*\}/, 'an empty catch: say why going on is right'],
  [/(?<![\w.])\/(?:home|root|Users|work)\/\w/, 'a path of one machine'],
];

test('nothing is left lying about', (t) => {
  none(t, ({ path, text }) => {
    if (path === 'test/tidy.test.ts') return [];
    return LEFTOVERS.filter(([pattern]) => pattern.test(text)).map(([, why]) => why);
  });
});
