import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test from 'ava';
import { Frontier } from '../explore/frontier.ts';
import { Pairs } from '../explore/pairs.ts';
import { RowHash } from '../explore/row-hash.ts';
import { Chance } from '../sim/chance.ts';

test('pairs are a map of two numbers to one', (t) => {
  const chance = new Chance(1);
  const pairs = new Pairs(16);
  const model = new Map<string, number>();
  for (let i = 0; i < 20_000; i += 1) {
    const [high, low] = [chance.whole(-50, 50), chance.whole(-50, 50) * 0x1000001];
    const name = `${high} ${low | 0}`;
    t.is(pairs.get(high, low), model.get(name) ?? -1);
    t.is(pairs.add(high, low, i), model.get(name) ?? -1);
    if (!model.has(name)) model.set(name, i);
  }
  t.is(pairs.size, model.size);
});

test('a frontier gives back what was put in, oldest first, over many chunks', (t) => {
  const frontier = new Frontier();
  const row = new Int32Array(400);
  const out = new Int32Array(400);
  const lengthOf = (i: number): number => 1 + ((i * 37) % 400);
  let next = 0;
  const takeOne = (): void => {
    const length = frontier.shift(out);
    if (length !== lengthOf(next) || out[0] !== next || out[length - 1] !== next) t.fail();
    next += 1;
  };
  for (let i = 0; i < 20_000; i += 1) {
    row.fill(i);
    frontier.push(row, lengthOf(i));
    if (i % 3 === 0) takeOne();
  }
  while (frontier.size > 0) takeOne();
  t.is(next, 20_000);
  t.is(frontier.shift(out), 0);
});

test('rows of small numbers have hashes of their own', (t) => {
  const hash = new RowHash();
  const seen = new Pairs();
  const highs = new Set<number>();
  let count = 0;
  for (let a = 0; a < 60; a += 1) {
    for (let b = 0; b < 60; b += 1) {
      for (let c = 0; c < 60; c += 1) {
        hash.of(Int32Array.of(a, b, c, 0), 3 + (c % 2));
        if (seen.add(hash.high, hash.low, count) >= 0) t.fail(`${a} ${b} ${c}`);
        highs.add(hash.high);
        count += 1;
      }
    }
  }
  t.true(highs.size > count - 20, 'even half a hash seldom meets another');
});

const MAIN = fileURLToPath(new URL('../explore/main.js', import.meta.url));
const run = promisify(execFile);

test('the program tells what it explored, in words and as JSON', async (t) => {
  const bounds = ['--nodes', '2', '--terms', '1', '--values', '0'];
  const { stdout: words } = await run(process.execPath, [MAIN, ...bounds]);
  t.regex(words, /distinct worlds, all there is within these bounds/);
  const { stdout: json } = await run(process.execPath, [MAIN, ...bounds, '--json']);
  const { found, isExhausted, states } = JSON.parse(json);
  t.deepEqual({ found, isExhausted }, { found: null, isExhausted: true });
  t.true(states > 10);
});

test('the program refuses what it does not understand', async (t) => {
  for (const line of [
    ['--terms', 'two'],
    ['--nodes', '9'],
    ['--nodes', '0'],
    ['--disks', 'none'],
    ['--turns', '1'],
  ]) {
    await t.throwsAsync(run(process.execPath, [MAIN, ...line]), {
      message: new RegExp(line[0] ?? ''),
    });
  }
});
