import type { RunningNode } from '../../streams/run-node.ts';
import type { Logger } from '../kit/logger.ts';
import type { Told } from './told.ts';

type Served = Pick<RunningNode, 'ended' | 'stop'>;

/**
 * Runs a node until it is told to stop or cannot go on, and says so in the log.
 *
 * @param start null if it was told to stop before there was a node.
 * @param onFault called with what ended the node.
 * @returns the exit code: 0 after a clean stop, 1 after a fatal fault or an impatient end. After a 1
 *   the node may still be doing something: the process is to be ended, not left to run out.
 */
export async function serve(
  start: () => Promise<Served | null>,
  logger: Logger,
  told: Told,
  onFault: (error: unknown) => void,
): Promise<number> {
  const impatient = told.toEnd.then((reason) => {
    logger.warn('ended', { reason });
    return 1;
  });
  const life = live(start, logger, told).catch((error: unknown) => {
    onFault(error);
    return 1;
  });
  return await Promise.race([life, impatient]);
}

async function live(
  start: () => Promise<Served | null>,
  logger: Logger,
  told: Told,
): Promise<number> {
  // said at once, even while recovery still reads the disk
  const stopping = told.toStop.then((reason) => logger.info('stopping', { reason }));
  const node = await start();
  if (node === null) {
    logger.info('stopped');
    return 0;
  }
  await Promise.race([stopping, node.ended]);
  await node.stop();
  logger.info('stopped');
  return 0;
}
