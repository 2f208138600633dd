import test from 'ava';
import { type LogFields, type Logger, SILENT } from '../../lib/kit/logger.ts';
import { RateLimit, rateLimited } from '../../lib/kit/rate-limit.ts';

test('the first of its kind passes at once, the rest of the interval is counted', (t) => {
  const limit = new RateLimit(1000);
  t.is(limit.admit('peer 3', 0), 0);
  for (let now = 1; now <= 120; now++) t.is(limit.admit('peer 3', now), null);
  t.is(limit.admit('peer 3', 1000), 120);
  t.is(limit.admit('peer 3', 2500), 0);
});

test('a burst passes, as many in each interval', (t) => {
  const limit = new RateLimit(1000, 3);
  const passed = [0, 1, 2, 3, 999, 1000, 1001, 1002, 1003].map((now) => limit.admit('link', now));
  t.deepEqual(passed, [0, 0, 0, null, null, 2, 0, 0, null]);
});

test('one kind does not hold back another', (t) => {
  const limit = new RateLimit(1000);
  t.is(limit.admit('peer 3', 0), 0);
  t.is(limit.admit('peer 4', 1), 0);
  t.is(limit.admit('peer 3', 2), null);
});

test('an interval begins when an event passes, not when one is held back', (t) => {
  const limit = new RateLimit(1000);
  limit.admit('a', 0);
  limit.admit('a', 999);
  t.is(limit.admit('a', 1000), 1);
  t.is(limit.admit('a', 1999), null);
});

test('the table is bounded: past 1024 kinds the one whose interval began first is forgotten', (t) => {
  const limit = new RateLimit(1e9);
  for (let n = 0; n < 1025; n++) limit.admit(`kind ${n}`, n);
  t.is(limit.admit('kind 2', 2000), null);
  t.is(limit.admit('kind 0', 2000), 0, 'forgotten, so it passes as new');
});

test('a limited logger says how many lines the one that passes stands for', (t) => {
  const lines: [string, LogFields | undefined][] = [];
  const logger: Logger = { ...SILENT, warn: (event, fields) => lines.push([event, fields]) };
  let now = 0;
  const limited = rateLimited(logger, { intervalMs: 10_000, by: ['peer'], now: () => now });

  for (; now < 10_000; now += 100) limited.warn('unreachable', { peer: 3, tries: now });
  limited.warn('unreachable', { peer: 4, tries: 1 });
  limited.warn('unreachable', { peer: 3, tries: 2 });

  t.deepEqual(lines, [
    ['unreachable', { peer: 3, tries: 0 }],
    ['unreachable', { peer: 4, tries: 1 }],
    ['unreachable', { peer: 3, tries: 2, suppressed: 99 }],
  ]);
});

test('levels are limited apart: a warning does not hide an error', (t) => {
  const said: string[] = [];
  const logger: Logger = {
    ...SILENT,
    warn: (e) => said.push(`warn ${e}`),
    error: (e) => said.push(`error ${e}`),
  };
  const limited = rateLimited(logger, { intervalMs: 1000, by: [], now: () => 0 });
  limited.warn('disk');
  limited.error('disk');
  limited.error('disk');
  t.deepEqual(said, ['warn disk', 'error disk']);
});
