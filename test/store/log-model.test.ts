import test from 'ava';
import fc from 'fast-check';
import { MemoryDisk } from '../../lib/store/disk/disk-memory.ts';
import type { Recovered } from '../../lib/store/log-store.ts';
import { after, anyCommit, imageOf, type LogImage, NOTHING } from './log-model.ts';
import { chance, ManualTimer, openLog, readRange, told } from './log-world.ts';

type Step = 'commit' | 'commit in this thread' | 'quiet' | 'restart' | 'power cut' | 'close';

const step = fc.oneof(
  { weight: 20, arbitrary: fc.constant<Step>('commit') },
  { weight: 8, arbitrary: fc.constant<Step>('commit in this thread') },
  { weight: 3, arbitrary: fc.constant<Step>('quiet') },
  { weight: 2, arbitrary: fc.constant<Step>('restart') },
  { weight: 2, arbitrary: fc.constant<Step>('power cut') },
  { weight: 1, arbitrary: fc.constant<Step>('close') },
);

/** A server and its disk, with the simplest log beside it. */
class Player {
  #disk = new MemoryDisk();
  #timer = new ManualTimer();
  #log: Recovered | null = null;
  #inThreadBytes = 0;
  #image: LogImage = NOTHING;
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = chance(seed);
  }

  async play(step: Step): Promise<void> {
    const { store } = await this.#open();
    switch (step) {
      case 'commit':
      case 'commit in this thread': {
        const writes = anyCommit(this.#image, this.#random);
        await store.commit(writes);
        this.#image = after(this.#image, writes);
        return this.#readSome();
      }
      case 'quiet':
        // A mark may be on its way during the next step.
        return this.#timer.pass(60);
      case 'close':
        await store.close();
        return this.#restart(this.#disk.restart());
      case 'restart':
        return this.#restart(this.#disk.restart());
      case 'power cut':
        return this.#restart(this.#disk.crash(this.#random, { kept: this.#random(), torn: 0.2 }));
    }
  }

  async check(): Promise<void> {
    this.#restart(this.#disk.restart());
    await this.#open();
  }

  #restart(disk: MemoryDisk): void {
    this.#disk = disk;
    this.#log = null;
    this.#timer = new ManualTimer();
    this.#inThreadBytes = this.#random() < 0.5 ? 4096 : 0;
  }

  /** Opens the log if need be; it must hold exactly what was stored. */
  async #open(): Promise<Recovered> {
    if (this.#log !== null) return this.#log;
    this.#log = await openLog(this.#disk, {
      segmentBytes: 8192,
      timer: this.#timer,
      inThreadBytes: this.#inThreadBytes,
      tailBytes: Math.floor(this.#random() * 5000),
    });
    same(await imageOf(this.#log), this.#image);
    return this.#log;
  }

  async #readSome(): Promise<void> {
    const { entries } = this.#image;
    if (entries.length === 0 || this.#log === null) return;
    const from = 1 + Math.floor(this.#random() * entries.length);
    const to = Math.min(entries.length, from + 5);
    const found = await readRange(this.#log.store, from, to, this.#random() * 3000);
    same(found.map(told), entries.slice(from - 1, to));
  }
}

function same(found: unknown, wanted: unknown): void {
  if (JSON.stringify(found) !== JSON.stringify(wanted)) throw new Error('the log differs');
}

test('ten thousand random operations leave what the simplest log would hold', async (t) => {
  let operations = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.nat(),
      fc.array(step, { minLength: 80, maxLength: 120 }),
      async (seed, steps) => {
        const player = new Player(seed);
        for (const step of steps) await player.play(step);
        await player.check();
        operations += steps.length;
      },
    ),
    { numRuns: 110, seed: 20_240_601 },
  );
  t.true(operations >= 10_000, `${operations}`);
});
