import {
  changeNames,
  type MemoryDisk,
  type NameChange,
} from '../../../lib/store/disk/disk-memory.ts';
import type { MemoryFile } from '../../../lib/store/disk/memory-file.ts';
import { SECTOR_BYTES } from '../../../lib/store/log/segment.ts';

/** One of the things that a power cut may leave of a disk. */
export type Remains = {
  /** Equal if and only if the files are, but for a chance of about 2^-64. */
  readonly key: string;
  readonly files: readonly (readonly [string, Buffer])[];
  /** Which changes and sectors arrived, in words. */
  readonly told: () => string;
};

/** Up to so many choices of the sectors of one file all are tried; of more, a systematic family. */
const CHOICES_MAX = 128;
/** Up to so many combinations of what several files hold all are tried. */
const COMBINATIONS_MAX = 512;
/** Up to so many changes of names every subset is tried; of more, all beginnings and all but one. */
const CHANGES_MAX = 4;
/** Where a sector is torn: twice in the header of a batch, after it, before its end and in it. */
const CUTS = [8, 48, 96, 496, 504];
/** So many sectors of a file are torn, from the front and from the back. */
const TORN_MAX = 3;

/**
 * Everything that may be on the disk when the power comes back now: each change of names that was
 * not synced did or did not happen, each sector that was not synced holds what it held at the last
 * sync or anything that was written to it since, and one may be torn.
 */
export function* remainsOf(disk: MemoryDisk): Generator<Remains> {
  const { durable, changes } = disk.atStake;
  const contents = new Map<MemoryFile, readonly Content[]>();
  for (const kept of subsetsOf(changes)) {
    const names = new Map(durable);
    for (const change of kept) changeNames(names, change);
    const files = [...names].sort(([a], [b]) => (a < b ? -1 : 1));
    const lists = files.map(([, file]) => {
      const list = contents.get(file) ?? contentsOf(file);
      contents.set(file, list);
      return list;
    });
    for (const chosen of combinations(lists)) {
      yield {
        key: files.map(([name], i) => `${name}=${chosen[i]?.key}`).join(),
        files: files.map(([name], i) => [name, chosen[i]?.bytes as Buffer]),
        told: () =>
          [
            ...changes.map((change) => told(change, kept.includes(change))),
            ...files.map(([name], i) => `${name}: ${chosen[i]?.told()}`),
          ].join('; '),
      };
    }
  }
}

/** Tells apart all that a process can see of a disk and all that a power cut can leave of it. */
export function stateKey(disk: MemoryDisk): string {
  const { names, durable, changes } = disk.atStake;
  const keys = [names, durable].map((files) =>
    [...files].map(([name, file]) => `${name}=${fileKey(file)}`).sort(),
  );
  return [...keys, changes.map((change) => told(change, true))].join(' | ');
}

function fileKey(file: MemoryFile): string {
  const unsynced = [...file.unsynced].map(([sector, versions]) =>
    versions.map(({ content }) => `${sector}:${fingerprint(content)}`),
  );
  return `${fingerprint(file.seen)} ${fingerprint(file.platter)} ${unsynced}`;
}

function told({ gone, added }: NameChange, happened: boolean): string {
  return `${gone ?? 'nothing'} -> ${added ?? 'nothing'} ${happened ? 'kept' : 'lost'}`;
}

function* subsetsOf(changes: readonly NameChange[]): Generator<readonly NameChange[]> {
  const { length } = changes;
  if (length <= CHANGES_MAX) {
    for (let subset = 0; subset < 2 ** length; subset += 1) {
      yield changes.filter((_, i) => subset & (1 << i));
    }
    return;
  }
  for (let i = 0; i <= length; i += 1) yield changes.slice(0, i);
  for (let i = 0; i < length; i += 1) yield changes.toSpliced(i, 1);
}

/** One content of a file after a power cut. */
type Content = { readonly key: string; readonly bytes: Buffer; readonly told: () => string };

/** A sector that differs from what is durable, and what it may hold. */
type Loose = { readonly sector: number; readonly options: readonly Buffer[] };

/** What a file may hold; first nothing of what was not synced, then all of it. */
function contentsOf(file: MemoryFile): readonly Content[] {
  const loose: Loose[] = [];
  for (const [sector, versions] of [...file.unsynced].sort(([a], [b]) => a - b)) {
    const start = sector * SECTOR_BYTES;
    const old = file.platter.subarray(start, start + SECTOR_BYTES);
    const options = versions.map(({ content }) => content).filter((bytes) => !bytes.equals(old));
    if (options.length > 0) loose.push({ sector, options });
  }
  const found = new Map<string, Content>();
  for (const choice of [...choicesOf(loose), ...tornOf(file, loose)]) {
    const bytes = patched(file, loose, choice);
    const key = fingerprint(bytes);
    if (!found.has(key)) found.set(key, { key, bytes, told: () => toldChoice(loose, choice) });
  }
  return [...found.values()];
}

/** What each loose sector holds; null for what it held at the last sync. */
type Choice = readonly (Buffer | null)[];

function choicesOf(loose: readonly Loose[]): readonly Choice[] {
  const newest: Choice = loose.map(({ options }) => options.at(-1) as Buffer);
  const only = (isNew: (i: number) => boolean): Choice =>
    newest.map((bytes, i) => (isNew(i) ? bytes : null));
  const ends = [only(() => false), only(() => true)];
  const count = loose.reduce((product, { options }) => product * (options.length + 1), 1);
  if (count <= CHOICES_MAX) {
    let all: Choice[] = [[]];
    for (const { options } of loose) {
      all = all.flatMap((before) => [null, ...options].map((bytes) => [...before, bytes]));
    }
    return [...ends, ...all];
  }
  const each = newest.map((_, at) => at);
  return [
    ...ends,
    ...each.map((at) => only((i) => i !== at)),
    ...each.map((at) => only((i) => i === at)),
    ...each.map((at) => only((i) => i < at)),
    ...each.map((at) => only((i) => i > at)),
    only((i) => i % 2 === 0),
    only((i) => i % 2 === 1),
  ];
}

/**
 * One sector is half new and half old, of the others all or none arrived. Not in a file that was
 * never synced: that it may be empty says enough about it.
 */
function tornOf(file: MemoryFile, loose: readonly Loose[]): readonly Choice[] {
  if (file.platter.length === 0) return [];
  const choices: Choice[] = [];
  loose.forEach(({ sector, options }, at) => {
    if (at >= TORN_MAX && at < loose.length - TORN_MAX) return;
    const newer = options.at(-1) as Buffer;
    const start = sector * SECTOR_BYTES;
    const older = Buffer.alloc(newer.length);
    older.set(file.platter.subarray(start, start + newer.length));
    for (const cut of CUTS) {
      for (const [front, back] of [
        [newer, older],
        [older, newer],
      ] as const) {
        const torn = Buffer.concat([front.subarray(0, cut), back.subarray(cut)]);
        choices.push(loose.map((_, i) => (i === at ? torn : null)));
        choices.push(loose.map((other, i) => (i === at ? torn : (other.options.at(-1) ?? null))));
      }
    }
  });
  return choices;
}

function patched(file: MemoryFile, loose: readonly Loose[], choice: Choice): Buffer {
  let length = file.platter.length;
  choice.forEach((bytes, i) => {
    if (bytes === null) return;
    length = Math.max(length, (loose[i] as Loose).sector * SECTOR_BYTES + bytes.length);
  });
  const content = Buffer.alloc(length);
  content.set(file.platter);
  choice.forEach((bytes, i) => {
    if (bytes !== null) content.set(bytes, (loose[i] as Loose).sector * SECTOR_BYTES);
  });
  return content;
}

function toldChoice(loose: readonly Loose[], choice: Choice): string {
  const sectors = loose.map(({ sector, options }, i) => {
    const version = options.indexOf(choice[i] as Buffer);
    if (choice[i] === null) return `${sector} old`;
    return version < 0 ? `${sector} torn` : `${sector} new`;
  });
  return sectors.length > 0 ? `sectors ${sectors.join(', ')}` : 'as synced';
}

/** One of each list; if there are too many such, each list in turn with the others old or new. */
function* combinations<T>(lists: readonly (readonly T[])[]): Generator<readonly T[]> {
  const count = lists.reduce((product, { length }) => product * length, 1);
  if (count <= COMBINATIONS_MAX) {
    let all: T[][] = [[]];
    for (const list of lists) all = all.flatMap((before) => list.map((next) => [...before, next]));
    yield* all;
    return;
  }
  for (const [at, list] of lists.entries()) {
    for (const next of list) {
      for (const others of [0, 1]) {
        yield lists.map((other, i) => (i === at ? next : ((other[others] ?? other[0]) as T)));
      }
    }
  }
}

/** 64 bits that tell contents apart; quick, because it is asked of every state. */
function fingerprint(bytes: Uint8Array): string {
  const isAligned = bytes.byteOffset % 4 === 0 && bytes.length % 4 === 0;
  const { buffer, byteOffset, length } = isAligned ? bytes : Buffer.concat([bytes, PADDING]);
  const words = new Uint32Array(buffer, byteOffset, length >> 2);
  let a = bytes.length;
  let b = ~bytes.length;
  for (let i = 0; i < words.length; i += 1) {
    const word = words[i] as number;
    a = Math.imul(a ^ word, 0x85ebca6b);
    a ^= a >>> 15;
    b = Math.imul(b + word, 0xc2b2ae35);
    b ^= b >>> 13;
  }
  return `${bytes.length}.${(a >>> 0).toString(36)}.${(b >>> 0).toString(36)}`;
}

const PADDING = Buffer.alloc(3);
