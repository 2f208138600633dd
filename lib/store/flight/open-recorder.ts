import { makeDirectory } from '../directory/make-directory.ts';
import { realDisk } from '../disk/disk-real.ts';
import { FlightRecorder, type RecorderOptions, warnStopped } from './recorder.ts';
import { Ring } from './ring.ts';

export type OpenRecorder = {
  readonly recorder: FlightRecorder;
  /** Ends the recording in order. Never fails. */
  close(): Promise<void>;
};

/**
 * Begins a recording in `directory`, which is made if it is not there, after those of earlier runs.
 *
 * @param bytesMax of all files together.
 * @returns null, and says why in the log, if nothing can be written there.
 */
export async function openRecorder(
  directory: string,
  bytesMax: number,
  options: RecorderOptions,
): Promise<OpenRecorder | null> {
  try {
    await makeDirectory(directory);
    const recorder = new FlightRecorder(await Ring.open(realDisk(directory), bytesMax), options);
    // an end of the process that nothing else sees, such as an uncaught exception
    const onExit = (): void => recorder.flush();
    process.once('exit', onExit);
    return {
      recorder,
      close: () => {
        process.off('exit', onExit);
        return recorder.close();
      },
    };
  } catch (reason) {
    warnStopped(options.logger, reason);
    return null;
  }
}
