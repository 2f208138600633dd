import { readConfiguration } from '../../core/configuration-code.ts';
import { type Entry, recordBytes } from '../../core/entry.ts';
import type { ConfigurationAt, EntryId } from '../../core/types.ts';
import { assert } from '../../kit/assert.ts';
import type { Recovered } from '../log-store.ts';
import type { Disk } from '../ports.ts';
import { Blank } from './blank.ts';
import { createLog } from './create-log.ts';
import { type ExamineOptions, examineLog, type LogFiles, surveyLog } from './examine.ts';
import type { Segment } from './prepare.ts';
import { readStretches } from './read-entries.ts';
import { closeAll, type Scan } from './scan.ts';
import { corrupt, type Owner, ownerCheck, segmentName } from './segment.ts';
import type { TornTail } from './torn-tail.ts';
import { Wal } from './wal.ts';
import type { WalOptions } from './wal-image.ts';

export type RecoverOptions = WalOptions &
  ExamineOptions & {
    /** Whose log it must be. */
    readonly owner: Owner;
  };

/**
 * Opens the log of a node, and repairs what a crash has left behind. An empty directory becomes a
 * new log, so whoever has stored something before must have checked that it is still there
 * (data-directory.ts does).
 *
 * Only what provably was never acknowledged is dropped: the remains of one unfinished batch at the
 * end. All else that is not as it was written is refused, and then nothing is changed. That
 * includes a last batch that is complete but damaged and that no mark covers yet: it may have been
 * acknowledged, so it is not dropped, and the node does not start.
 *
 * The last intact batch is written and synced once more before anything is promised. It is the
 * only one whose sync may have failed: the page cache may show it although the disk lost it.
 *
 * @throws {StorageError} CORRUPT, FOREIGN, TOO_NEW, FULL, IO.
 * @see docs/durability.md for the table of what is found, what is done and why that is safe.
 */
export async function recover(disk: Disk, options: RecoverOptions): Promise<Recovered> {
  const owner = ownerCheck(options.owner);
  const notes: string[] = [];

  let files = await surveyLog(disk);
  if (files.ids.length === 0) {
    for (const name of files.temporary) await disk.remove(name);
    await createLog(disk, options.owner, options.segmentBytes);
    notes.push(`${disk.path} was empty: made a new log`);
    files = await surveyLog(disk);
  }
  const examined = await examineLog(disk, owner, files, options);
  const { scan, torn, earlierIds, laterIds, fault } = examined;
  try {
    if (fault !== null) throw fault;
    assert(scan !== null, 'a log without a fault was read');
    notes.push(...(await repair(scan, owner, torn)));
    notes.push(...(await tidy(disk, files, [...earlierIds, ...laterIds])));
    const { snapshot, isReplaced } = examined;
    if (snapshot !== null && isReplaced) {
      return await beginAnew(disk, owner, scan, options, snapshot, notes);
    }
    return { ...(await handOver(disk, owner, scan, options, notes)), snapshot };
  } catch (reason) {
    await closeAll(scan?.segments ?? []);
    throw reason;
  }
}

/** Makes the last intact batch durable for certain, and the space after it blank again. */
async function repair(scan: Scan, owner: number, torn: TornTail | null): Promise<string[]> {
  const { segment, offset, bytes } = scan.lastBatch;
  segment.file.write(offset, [await segment.file.read(offset, bytes)]);
  const active = scan.segments.at(-1) as Segment;
  if (torn !== null) {
    active.file.write(scan.end, [new Blank(owner, active.id).bytes(scan.end, torn.bytes)]);
  }
  await segment.file.sync();
  if (active !== segment) await active.file.sync();
  if (torn === null) return [];
  return [
    `${active.path} at offset ${scan.end}: dropped ${torn.bytes} bytes of an unfinished batch (${torn.why}); its sync cannot have returned, so nothing in it was acknowledged`,
  ];
}

/** Removes segments that are not in use, or not any more; makes the names of the others durable for certain. */
async function tidy(
  disk: Disk,
  { temporary, unknown }: LogFiles,
  unusedIds: readonly number[],
): Promise<string[]> {
  const unused = [...temporary, ...unusedIds.map(segmentName)];
  for (const name of unused) await disk.remove(name);
  // Also for the names that are there: the process that made them may have ended before its sync.
  await disk.syncDirectory();
  return unknown.map((name) => `${disk.path}/${name}: not a file of this program, left alone`);
}

async function handOver(
  disk: Disk,
  owner: number,
  scan: Scan,
  options: RecoverOptions,
  notes: readonly string[],
): Promise<Omit<Recovered, 'snapshot'>> {
  const { base, last } = scan.positions;
  // before the log is there: it would write a mark some time later, whatever became of its files
  const tail = await readTail(scan);
  const configurations = readConfigurations(scan);
  const store = open(disk, owner, scan, options);
  const terms = [...scan.positions.terms];
  return { store, hard: scan.hard, base, last, terms, tail, configurations, notes };
}

/** The snapshot was received and is durable, but the process ended before the log made way for it. */
async function beginAnew(
  disk: Disk,
  owner: number,
  scan: Scan,
  options: RecoverOptions,
  base: EntryId,
  notes: readonly string[],
): Promise<Recovered> {
  const { index, term } = base;
  const { last } = scan.positions;
  // Whoever never heard of the snapshot's term has not voted in it either.
  const hard = term > scan.hard.term ? { term, vote: null } : scan.hard;
  const store = open(disk, owner, scan, options);
  await store.beginAnew(hard, base);
  const note = `the log ended at entry ${last.index} of term ${last.term}, and a snapshot that was received takes its place: it begins anew after entry ${index} of term ${term}`;
  const found = { hard, base, last: base, terms: [], tail: [], snapshot: base };
  return { store, ...found, configurations: [], notes: [...notes, note] };
}

function open(disk: Disk, owner: number, scan: Scan, options: RecoverOptions): Wal {
  const { positions, beginnings, hard, sequence, chain, hasMark, segments } = scan;
  const segment = segments.at(-1) as Segment;
  const durable = { segment: segment.id, offset: scan.end };
  const end = { segment, offset: scan.end, sequence, chain, durable };
  return new Wal({ disk, owner, segments, positions, beginnings, hard, end, hasMark }, options);
}

/** @throws {StorageError} CORRUPT: none is ever stored that cannot be read. */
function readConfigurations({ configurations, segments }: Scan): readonly ConfigurationAt[] {
  return configurations.map(({ index, payload }) => {
    const configuration = readConfiguration(payload);
    if (typeof configuration !== 'string') return { index, configuration };
    const { path } = segments.at(-1) as Segment;
    throw corrupt(path, 0, `entry ${index} of the log is ${configuration}`);
  });
}

async function readTail(scan: Scan): Promise<Entry[]> {
  const { index } = scan.positions.last;
  const tail: Entry[] = [];
  for await (const entries of readStretches(scan, index - scan.tailSizes.count + 1, index)) {
    for (const entry of packed(entries)) tail.push(entry);
  }
  return tail;
}

/** The same entries without the bytes that lay between them: they stay in memory for long. */
function packed(entries: readonly Entry[]): Entry[] {
  const bytes = Buffer.allocUnsafeSlow(recordBytes(entries));
  let offset = 0;
  return entries.map((entry) => {
    const record = bytes.subarray(offset, offset + entry.record.length);
    record.set(entry.record);
    offset += record.length;
    return { ...entry, record };
  });
}
