import test from 'ava';
import { faultOf } from '../../lib/cli/fault.ts';
import { serve } from '../../lib/cli/serve.ts';
import type { Told } from '../../lib/cli/told.ts';
import { InvariantViolation, StorageError } from '../../lib/kit/errors.ts';
import type { LogFields, Logger } from '../../lib/kit/logger.ts';

const FULL = new StorageError('FULL', 'the disk is full: make room');
const NEVER = new Promise<never>(() => {});

function recorder() {
  const said: [string, LogFields | undefined][] = [];
  const at = (event: string, fields?: LogFields): void => {
    said.push([event, fields]);
  };
  const logger: Logger = { debug: at, info: at, warn: at, error: at };
  const onFault = (error: unknown): void => at('fatal', { error });
  return { said, events: () => said.map(([event]) => event), logger, onFault };
}

function told(promises: Partial<Told>): Told {
  return { toStop: NEVER, toEnd: NEVER, close: () => {}, ...promises };
}

test('told to stop, it says so, stops the node and ends with 0', async (t) => {
  const { events, logger, onFault } = recorder();
  const node = { ended: NEVER, stop: async () => logger.info('node stops') };
  t.is(
    await serve(async () => node, logger, told({ toStop: Promise.resolve('SIGINT') }), onFault),
    0,
  );
  t.deepEqual(events(), ['stopping', 'node stops', 'stopped']);
});

test('told to stop while the node still starts, it says so at once and stops it afterwards', async (t) => {
  const { events, logger, onFault } = recorder();
  const start = async () => {
    await new Promise(setImmediate);
    logger.info('node starts');
    return { ended: NEVER, stop: async () => logger.info('node stops') };
  };
  t.is(await serve(start, logger, told({ toStop: Promise.resolve('SIGINT') }), onFault), 0);
  t.deepEqual(events(), ['stopping', 'node starts', 'node stops', 'stopped']);
});

test('a node that dies is a fault, and a 1', async (t) => {
  const { said, logger, onFault } = recorder();
  const ended = Promise.reject(FULL);
  t.is(await serve(async () => ({ ended, stop: async () => {} }), logger, told({}), onFault), 1);
  t.deepEqual(said, [['fatal', { error: FULL }]]);
});

test('a node that cannot start is a fault, and a 1', async (t) => {
  const { said, logger, onFault } = recorder();
  const start = () => Promise.reject(FULL);
  t.is(await serve(start, logger, told({}), onFault), 1);
  t.deepEqual(said, [['fatal', { error: FULL }]]);
});

test('a stack is shown for a bug only, and causes are told once', (t) => {
  const bug = faultOf(new InvariantViolation('commit went back'));
  t.regex(bug.reason, /^commit went back \(a bug in raftmq/);
  t.regex(bug.stack ?? '', /InvariantViolation: commit went back\n {4}at /);
  const cause = new Error('EIO: i/o error', { cause: new Error('sector 7') });
  const disk = faultOf(new StorageError('IO', 'cannot sync 1.wal', { cause }));
  t.deepEqual(disk, { reason: 'cannot sync 1.wal (EIO: i/o error: sector 7)' });
  const quoted = faultOf(new StorageError('IO', 'cannot sync: sector 7', { cause: cause.cause }));
  t.deepEqual(quoted, { reason: 'cannot sync: sector 7' });
  t.deepEqual(faultOf('text'), { reason: 'text' });
});

test('a stop that fails is a fault', async (t) => {
  const { events, logger, onFault } = recorder();
  const node = { ended: NEVER, stop: () => Promise.reject(new StorageError('IO', 'sync failed')) };
  t.is(
    await serve(async () => node, logger, told({ toStop: Promise.resolve('SIGTERM') }), onFault),
    1,
  );
  t.deepEqual(events(), ['stopping', 'fatal']);
});

test('asked again while stopping, it ends with 1 and does not wait', async (t) => {
  const { events, logger, onFault } = recorder();
  const node = { ended: NEVER, stop: () => NEVER };
  const ask = told({ toStop: Promise.resolve('SIGINT'), toEnd: Promise.resolve('SIGINT again') });
  t.is(await serve(async () => node, logger, ask, onFault), 1);
  t.true(events().includes('ended'));
});
