import { accessSync, constants, type Stats, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { storageError } from '../disk/disk-real.ts';
import { isTemporary } from '../log/segment.ts';
import { kindOfName } from '../snapshot/names.ts';
import { type Finding, finding, refusal } from './finding.ts';
import { isKnown, namesIn, PARTS } from './layout.ts';

/** Whether whoever asks may read and write all that a node must, and whose the files are. */
export function* checkRights(root: string): Generator<Finding> {
  let count = 0;
  const owner = statSync(root).uid;
  const strangers: string[] = [];
  for (const { path, stats } of ownFiles(root)) {
    count += 1;
    const fault = accessFault(path, stats);
    if (fault !== null) {
      const refused = refusal('rights', storageError('open', path, fault));
      // a node that cannot record starts all the same
      const isRecording = relative(root, path).split(sep)[0] === 'flight';
      yield isRecording ? finding('warning', 'rights', refused.says) : refused;
    }
    if (stats !== null && stats.uid !== owner) strangers.push(path);
  }
  const [first] = strangers;
  if (first !== undefined) {
    yield finding(
      'warning',
      'rights',
      `${first}${strangers.length > 1 ? ` and ${strangers.length - 1} more` : ''}: owned by another user than ${root}, as after a start by the wrong one; chown them alike`,
    );
  } else yield finding('ok', 'rights', `${count} files and directories, all of one owner`);
}

function* ownFiles(root: string): Generator<{ path: string; stats: Stats | null }> {
  const paths = PARTS.flatMap((part) => {
    const known = namesIn(join(root, part)).filter((name) => isKnown(part, name));
    return known.map((name) => join(root, part, name));
  });
  for (const path of [root, ...paths]) {
    yield { path, stats: statSync(path, { throwIfNoEntry: false }) ?? null };
  }
}

/** Null also of a file that has gone meanwhile, as those of a running node may. */
function accessFault(path: string, stats: Stats | null): unknown {
  const { R_OK, W_OK, X_OK } = constants;
  try {
    accessSync(path, stats?.isDirectory() ? R_OK | W_OK | X_OK : R_OK | W_OK);
    return null;
  } catch (reason) {
    return (reason as NodeJS.ErrnoException).code === 'ENOENT' ? null : reason;
  }
}

/** Files that this program would not have made, and those that the next start removes. */
export function* checkNames(root: string): Generator<Finding> {
  for (const part of PARTS) {
    for (const name of namesIn(join(root, part))) {
      const path = join(root, part, name);
      if (!isKnown(part, name)) {
        yield finding('note', 'files', `${path}: not a file of this program, left alone`);
      } else if (part === 'wal' && isTemporary(name)) {
        const says = `${path}: a segment that was being made; it holds nothing, and a start removes it`;
        yield finding('note', 'files', says);
      } else if (part === 'snapshots' && kindOfName(name) === 'temporary') {
        const says = `${path}: a snapshot that was being taken; it counts for nothing, and a start removes it`;
        yield finding('note', 'files', says);
      }
    }
  }
}
