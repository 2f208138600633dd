import { StorageError } from '../../../lib/kit/errors.ts';
import { type DiskOperation, MemoryDisk } from '../../../lib/store/disk/disk-memory.ts';
import { type LogImage, NOTHING } from '../log-model.ts';
import { type Crash, kills, powerCuts } from './crashes.ts';
import { Life, type Promised, type Setting, type Watch } from './life.ts';
import type { Operation } from './operations.ts';
import { type Remains, remainsOf, stateKey } from './remains.ts';
import { bitsOf, faultsOf, type Rotten } from './rot.ts';

/** What was found wrong, and all that is needed to see it again. */
export type Failure = {
  readonly rule: string;
  readonly setting: Setting;
  readonly operations: readonly Operation[];
  /** What happened, one line a step; the last line says what is wrong. */
  readonly story: readonly string[];
};

const KEEPS = 'after any crash the log holds all that was acknowledged, and no part of more';
const FORGETS = 'a log of which something has rotted is refused, or holds all that it held';
const OPENS = 'after any crash the log opens and goes on';

/** A disk that a process may find when it starts. */
type Case = {
  readonly start: Crash['start'];
  readonly promised: Promised;
  /** How many processes had the disk before. */
  readonly depth: number;
  readonly story: () => readonly string[];
};

/** Crashes that follow each other: one in the sequence, one in the recovery or what comes after it. */
const DEPTH_MAX = 2;
/** What is done after a recovery, to see that it left a log that goes on; each survives a power cut. */
const AFTERMATHS: readonly (readonly Operation[])[] = [['large'], ['small', 'large'], ['replace']];
const PLAIN: Setting = { segmentBytes: 4096, inThreadBytes: 0, spare: 'between' };

/**
 * Plays operations, and recovers from everything that a power cut, a kill or a sync that fails and
 * lies may leave at each of their disk operations. The same files with the same promises are
 * recovered once.
 */
export class Exploration {
  sequences = 0;
  /** Things that a crash may leave: met, and different. */
  states = 0;
  distinct = 0;
  /** Logs of which something had rotted. */
  rotten = 0;
  failure: Failure | null = null;
  readonly #isOver: () => boolean;
  readonly #seen = new Set<string>();
  readonly #promises = new Map<string, number>();
  readonly #promiseIds = new WeakMap<Promised, number>();
  #cases: Case[] = [];
  /** What is being played. */
  #setting: Setting = PLAIN;
  #operations: readonly Operation[] = [];
  #goesOn = true;

  constructor(isOver: () => boolean = () => false) {
    this.#isOver = isOver;
  }

  /**
   * Plays one sequence on an empty disk. Crashes are tried during its last operation only: those
   * before it belong to the shorter sequences.
   *
   * @param goesOn whether to store something after each recovery, too.
   * @returns false if it was cut short, by a failure or because time is over.
   */
  async play(setting: Setting, operations: readonly Operation[], goesOn = true): Promise<boolean> {
    this.sequences += 1;
    this.#setting = setting;
    this.#operations = operations;
    this.#goesOn = goesOn;
    const start: Case['start'] = (options) => new MemoryDisk(options);
    const promised = { acknowledged: NOTHING, attempted: NOTHING };
    const story = () => [`a new disk, ${JSON.stringify(setting)}`];
    const empty = { start, promised, depth: 0, story };
    const life = await this.#live(empty, operations);
    if (life !== null) await this.#rot(life.disk.fork());
    if (operations.length > 0) await this.#failSyncs(empty);
    // First come, first served: so the first failure has the shortest story.
    for (let next = 0; next < this.#cases.length && this.failure === null; next += 1) {
      if (this.#isOver()) return false;
      await this.#examine(this.#cases[next] as Case);
    }
    this.#cases = [];
    return this.failure === null;
  }

  /** Recovers, and checks what is found; then sees whether that log goes on. */
  async #examine(found: Case): Promise<void> {
    this.distinct += 1;
    const life = await this.#live(found, []);
    if (life === null || found.depth >= DEPTH_MAX || !this.#goesOn) return;
    if (!this.#isNew(`after ${stateKey(life.disk)}`)) return;
    const copy = life.disk.fork();
    const start: Case['start'] = (options) => copy.fork(options);
    const story = () => [...found.story(), 'recovery, and one more start'];
    const next = { ...found, start, promised: life.promised, story };
    for (const operations of AFTERMATHS) await this.#live(next, operations);
  }

  /** One process: recovers, then does the operations. */
  async #live(
    { start, promised, depth, story }: Case,
    operations: readonly Operation[],
  ): Promise<Life | null> {
    let number = 0;
    const told = () => [...story(), `recovery, then ${operations.slice(0, number).join(', ')}`];
    const watch: Watch = (life, operation) => {
      const isShorter = depth === 0 && number < operations.length;
      if (!isShorter && depth < DEPTH_MAX) this.#cut(life, operation, depth + 1, told);
      return null;
    };
    try {
      const life = new Life(start, promised, this.#setting, watch);
      const image = await life.recover();
      const wrong = depth === 0 ? null : compare(image, promised);
      if (wrong !== null) return this.#fail(KEEPS, [...told(), wrong]);
      for (const operation of operations) {
        number += 1;
        await life.do(operation, number + depth * 5);
      }
      return life;
    } catch (reason) {
      return this.#fail(OPENS, [...told(), String(reason)]);
    }
  }

  /** Lets a bit rot, and then anything that a mark covers. */
  async #rot(disk: MemoryDisk): Promise<void> {
    const nothing = { acknowledged: NOTHING, attempted: NOTHING };
    const start: Case['start'] = (options) => disk.restart(options);
    const life = new Life(start, nothing, { ...this.#setting, spare: 'between' }, () => null);
    try {
      await life.recover();
    } catch (reason) {
      this.#fail(OPENS, ['killed at the end', String(reason)]);
      return;
    }
    const filesNow = () => ([...remainsOf(life.disk)] as [Remains])[0].files;
    for (const rotten of bitsOf(filesNow())) await this.#refuseOrFind(life.promised, rotten);
    await life.do('mark', 0);
    for (const rotten of faultsOf(filesNow())) await this.#refuseOrFind(life.promised, rotten);
  }

  async #refuseOrFind(promised: Promised, { told, files }: Rotten): Promise<void> {
    this.rotten += 1;
    const start: Case['start'] = (options) => MemoryDisk.holding(files, options);
    try {
      const life = new Life(start, promised, this.#setting, () => null);
      const wrong = compare(await life.recover(), promised);
      if (wrong !== null) this.#fail(FORGETS, [told, wrong]);
    } catch (reason) {
      if (!(reason instanceof StorageError)) this.#fail(OPENS, [told, String(reason)]);
    }
  }

  /**
   * Plays a sequence once for each sync of its last operation, which fails and lies. The process
   * goes on, but the log must not: what it takes then has to be there after a power cut.
   */
  async #failSyncs({ start, promised, story }: Case): Promise<void> {
    const operations = this.#operations;
    let syncs = 0;
    for (let failing = 1; failing === 1 || syncs >= failing; failing += 1) {
      syncs = 0;
      let isLast = false;
      const life = new Life(start, promised, this.#setting, (_, operation) => {
        if (isLast && operation?.kind === 'sync') syncs += 1;
        return isLast && operation?.kind === 'sync' && syncs === failing ? 'lie' : null;
      });
      const told = () => [...story(), `${operations}, and sync ${failing} of the last one lies`];
      try {
        await life.recover();
        for (const [number, operation] of [...operations, 'small' as const].entries()) {
          isLast = number >= operations.length - 1;
          await life.do(operation, number + 1).catch(expectStorageError);
        }
      } catch (reason) {
        this.#fail(OPENS, [...told(), String(reason)]);
        return;
      }
      this.#cut(life, null, 1, told);
    }
  }

  #fail(rule: string, story: readonly string[]): null {
    this.failure ??= { rule, setting: this.#setting, operations: this.#operations, story };
    return null;
  }

  /** Takes down everything that a crash may leave at this point. */
  #cut(life: Life, operation: DiskOperation | null, depth: number, before: Case['story']): void {
    const { promised } = life;
    const promise = this.#promiseId(promised);
    const at = operation === null ? 'at its end' : `before ${operation.kind} ${operation.name}`;
    const operations = before();
    const add = ({ key, told, start }: Crash): void => {
      this.states += 1;
      if (!this.#isNew(`${promise} ${key}`)) return;
      const story = () => [...operations, `${at}: ${told()}`];
      this.#cases.push({ start, promised, depth, story });
    };
    for (const crash of powerCuts(life.disk)) add(crash);
    for (const crash of kills(life.disk, depth === 1 ? operation : null)) add(crash);
  }

  #isNew(key: string): boolean {
    if (this.#seen.has(key)) return false;
    this.#seen.add(key);
    return true;
  }

  /** A number for what is promised, the same for equal promises. */
  #promiseId(promised: Promised): number {
    const known = this.#promiseIds.get(promised);
    if (known !== undefined) return known;
    const key = JSON.stringify(promised);
    const id = this.#promises.get(key) ?? this.#promises.size;
    this.#promises.set(key, id);
    this.#promiseIds.set(promised, id);
    return id;
  }
}

/** A disk that fails ends the log; anything else is a bug. */
function expectStorageError(reason: unknown): void {
  if (!(reason instanceof StorageError)) throw reason;
}

/** What is wrong with what was found, or null. */
function compare(found: LogImage, { acknowledged, attempted }: Promised): string | null {
  const text = JSON.stringify(found);
  if (text === JSON.stringify(acknowledged) || text === JSON.stringify(attempted)) return null;
  return `found ${text}, but ${JSON.stringify(acknowledged)} was acknowledged and ${JSON.stringify(attempted)} under way`;
}
