import test from 'ava';
import { serve } from '../../lib/cli/serve.ts';
import type { Told } from '../../lib/cli/told.ts';
import { InvariantViolation, StorageError } from '../../lib/kit/errors.ts';
import type { LogFields, Logger } from '../../lib/kit/logger.ts';

const NEVER = new Promise<never>(() => {});

function recorder() {
  const said: [string, LogFields | undefined][] = [];
  const at = (event: string, fields?: LogFields): void => {
    said.push([event, fields]);
  };
  const logger: Logger = { debug: at, info: at, warn: at, error: at };
  return { said, events: () => said.map(([event]) => event), logger };
}

function told(promises: Partial<Told>): Told {
  return { toStop: NEVER, toEnd: NEVER, close: () => {}, ...promises };
}

test('told to stop, it says so, stops the node and ends with 0', async (t) => {
  const { events, logger } = recorder();
  const node = { ended: NEVER, stop: async () => logger.info('node stops') };
  t.is(await serve(async () => node, logger, told({ toStop: Promise.resolve('SIGINT') })), 0);
  t.deepEqual(events(), ['stopping', 'node stops', 'stopped']);
});

test('told to stop while the node still starts, it says so at once and stops it afterwards', async (t) => {
  const { events, logger } = recorder();
  const start = async () => {
    await new Promise(setImmediate);
    logger.info('node starts');
    return { ended: NEVER, stop: async () => logger.info('node stops') };
  };
  t.is(await serve(start, logger, told({ toStop: Promise.resolve('SIGINT') })), 0);
  t.deepEqual(events(), ['stopping', 'node starts', 'node stops', 'stopped']);
});

test('a node that dies is a logged fault with its remedy, and a 1', async (t) => {
  const { said, logger } = recorder();
  const ended = Promise.reject(new StorageError('FULL', 'the disk is full: make room'));
  t.is(await serve(async () => ({ ended, stop: async () => {} }), logger, told({})), 1);
  t.deepEqual(said, [['fatal', { reason: 'the disk is full: make room' }]]);
});

test('a node that cannot start is a logged fault and a 1', async (t) => {
  const { said, logger } = recorder();
  const start = () => Promise.reject(new StorageError('LOCKED', 'held by another process'));
  t.is(await serve(start, logger, told({})), 1);
  t.deepEqual(said, [['fatal', { reason: 'held by another process' }]]);
});

test('a bug is logged with its stack', async (t) => {
  const { said, logger } = recorder();
  const start = () => Promise.reject(new InvariantViolation('commit went back'));
  t.is(await serve(start, logger, told({})), 1);
  t.regex(String(said[0]?.[1]?.['reason']), /^commit went back \(a bug/);
  t.regex(String(said[0]?.[1]?.['stack']), /InvariantViolation: commit went back\n {4}at /);
});

test('a stop that fails is a fault', async (t) => {
  const { events, logger } = recorder();
  const node = { ended: NEVER, stop: () => Promise.reject(new StorageError('IO', 'sync failed')) };
  t.is(await serve(async () => node, logger, told({ toStop: Promise.resolve('SIGTERM') })), 1);
  t.deepEqual(events(), ['stopping', 'fatal']);
});

test('asked again while stopping, it ends with 1 and does not wait', async (t) => {
  const { events, logger } = recorder();
  const node = { ended: NEVER, stop: () => NEVER };
  const ask = told({ toStop: Promise.resolve('SIGINT'), toEnd: Promise.resolve('SIGINT again') });
  t.is(await serve(async () => node, logger, ask), 1);
  t.true(events().includes('ended'));
});
