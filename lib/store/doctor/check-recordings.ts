import { join } from 'node:path';
import { RecordingFault, readRecording } from '../flight/read-recording.ts';
import { type Finding, finding } from './finding.ts';
import { isKnown, namesIn } from './layout.ts';

/** Whether flight recordings can be read. The node does not, so none of them keeps it from starting. */
export function* checkRecordings(root: string): Generator<Finding> {
  const directory = join(root, 'flight');
  const names = namesIn(directory).filter((name) => isKnown('flight', name));
  let turns = 0;
  let faults = 0;
  for (const name of names) {
    try {
      for (const segment of readRecording(join(directory, name))) turns += segment.turns.length;
    } catch (reason) {
      if (!(reason instanceof RecordingFault)) throw reason;
      faults += 1;
      yield finding('note', 'recordings', `${reason.message}; it may be removed`);
    }
  }
  const readable = names.length - faults;
  if (readable > 0) yield finding('ok', 'recordings', `${readable} files with ${turns} turns`);
}
