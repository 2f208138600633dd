import { RaftmqError } from '../error.ts';
import type { Change, Changes, Entries, Members } from '../operations.ts';
import { type Arguments, type Result, refused } from '../request.ts';
import { answerIn, requestOf } from './asking.ts';
import { Feed, type Publisher } from './feed.ts';
import type { Hearing } from './hearing.ts';
import type { WatchItem } from './item.ts';
import { checkedWatch, type WatchSettings } from './options.ts';
import { type Answer, type Ask, Pursuit } from './pursuit.ts';
import { Queue } from './queue.ts';
import { type Waiting, Watch, type WatchOptions } from './watch.ts';

/** Asks the cluster; rejects with a RaftmqError. */
export type AskCluster = (op: string, args: Arguments) => Promise<Result>;

/** How often each watch looks whether it has to ask, besides when it hears something. */
const LOOK_MS = 100;
/** A watch that has not ended. */
type Open = {
  readonly settings: WatchSettings;
  readonly pursuit: Pursuit;
  readonly close: () => void;
  readonly fail: (reason: RaftmqError) => void;
  readonly begun: () => void;
};

/** All watches of a client: they share the feed of one node, and ask over the client's connections. */
export class Watches {
  readonly #ask: AskCluster;
  readonly #feed: Feed;
  readonly #open = new Map<string, Set<Open>>();
  #timer: NodeJS.Timeout | null = null;
  #isClosed = false;

  constructor(ask: AskCluster) {
    this.#ask = ask;
    this.#feed = new Feed({
      publishers: () => this.#publishers(),
      heard: (hearing) => this.#heard(hearing),
    });
  }

  /** @throws {ConfigError} if an option cannot be used; says which. */
  open<T extends WatchItem = Change>(options: WatchOptions): Watch<T> {
    const settings = checkedWatch(options);
    const ready = new Ready();
    const resume = new Resume(settings.since);
    const queue = new Queue<Waiting>(({ item, bytes }) => {
      resume.taken(item);
      open.pursuit.taken(bytes);
      this.#pump(open);
    });
    const pursuit = new Pursuit({
      ...settings,
      hand: (item, bytes) => queue.put({ item, bytes }),
      lost: (oldest) => open.fail(compacted(settings, oldest)),
    });
    const end = (reason: RaftmqError | null): void => {
      settings.signal?.removeEventListener('abort', close);
      ready.reject(reason ?? refused('watch', 'CLOSED', 'the watch was closed before it began'));
      this.#remove(open);
      if (reason === null) queue.end();
      else queue.fail(reason);
    };
    const close = (): void => end(null);
    const begun = (): void => {
      if (pursuit.known !== null) ready.resolve(settings.since ?? pursuit.known);
    };
    const open: Open = { settings, pursuit, close, fail: end, begun };
    const rev = (): number | null => resume.rev(queue.isEmpty ? pursuit.known : null);
    const watch = new Watch<T>({ rev, close }, ready.promise, queue);
    if (this.#isClosed) open.fail(refused('watch', 'CLOSED', 'the client is closed'));
    else if (settings.signal?.aborted) close();
    else this.#add(open, close);
    return watch;
  }

  /** A node has said in passing that the cluster has this rev. */
  told(rev: number): void {
    const now = performance.now();
    this.#feed.told(rev, now);
    for (const open of this.#all()) open.pursuit.told(rev, now);
  }

  close(): void {
    this.#isClosed = true;
    for (const { close } of [...this.#all()]) close();
    this.#feed.close();
  }

  #add(open: Open, close: () => void): void {
    const { prefix, signal } = open.settings;
    signal?.addEventListener('abort', close);
    const some = this.#open.get(prefix) ?? new Set();
    this.#open.set(prefix, some.add(open));
    this.#feed.want(prefix);
    open.begun();
    this.#timer ??= setInterval(() => this.#look(), LOOK_MS);
    this.#feed.look(performance.now());
    this.#pump(open);
  }

  #remove(open: Open): void {
    const { prefix } = open.settings;
    const some = this.#open.get(prefix);
    if (!some?.delete(open) || some.size > 0) return;
    this.#open.delete(prefix);
    this.#feed.unwant(prefix);
    if (this.#open.size > 0 || this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
  }

  *#all(): Iterable<Open> {
    for (const some of this.#open.values()) yield* some;
  }

  #look(): void {
    this.#feed.look(performance.now());
    for (const open of this.#all()) this.#pump(open);
  }

  #heard({ prefix, claim }: Hearing): void {
    const now = performance.now();
    for (const open of this.#open.get(prefix) ?? []) {
      open.pursuit.heard(claim, now);
      this.#pump(open);
    }
  }

  /** Asks what a watch has to ask now. */
  #pump(open: Open): void {
    if (!this.#open.get(open.settings.prefix)?.has(open)) return;
    const ask = open.pursuit.next(performance.now());
    if (ask !== null) void this.#carryOut(open, ask);
  }

  async #carryOut(open: Open, ask: Ask): Promise<void> {
    const answer = await this.#answer(open, ask);
    if (answer instanceof RaftmqError) {
      open.fail(answer);
      return;
    }
    open.pursuit.answered(ask, answer, performance.now());
    open.begun();
    this.#pump(open);
  }

  /** @returns the error that ends the watch, if there is no use in asking again. */
  async #answer({ settings }: Open, ask: Ask): Promise<Answer | RaftmqError> {
    try {
      const { op, args } = requestOf(ask, settings.prefix);
      const reply = (await this.#ask(op, args)) as Changes | Entries;
      return { kind: 'Answered', reply };
    } catch (reason) {
      if (!(reason instanceof RaftmqError)) throw reason;
      return answerIn(reason.reply) ?? reason;
    }
  }

  async #publishers(): Promise<readonly Publisher[]> {
    try {
      const { members } = (await this.#ask('members', {})) as Members;
      return members;
    } catch (reason) {
      if (!(reason instanceof RaftmqError)) throw reason;
      return []; // nobody can be asked now; there will be another look
    }
  }
}

function compacted({ prefix }: WatchSettings, oldest: number): RaftmqError {
  const message = `changes of ${JSON.stringify(prefix)} that are next are no longer kept: read the keys as they are, and watch from their rev`;
  return new RaftmqError('watch', {
    ok: false,
    code: 'COMPACTED',
    outcome: 'rejected',
    message,
    oldest,
  });
}

/** A promise and who keeps it. */
class Ready {
  readonly promise: Promise<number>;
  resolve: (rev: number) => void = () => {};
  reject: (reason: RaftmqError) => void = () => {};

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    this.promise.catch(() => {}); // whoever reads the watch is told as well
  }
}

/** Where a reader would have to go on, who has taken so much. */
class Resume {
  #rev: number | null;
  #isReading = false;

  constructor(since: number | null) {
    this.#rev = since;
  }

  taken(item: WatchItem): void {
    if ('reread' in item) this.#isReading = item.reread === 'begin';
    // half of what there was is nothing to go on from
    if (!this.#isReading) this.#rev = item.rev;
  }

  /** @param known up to where everything is known, if all of it was taken. */
  rev(known: number | null): number | null {
    return this.#isReading ? this.#rev : (known ?? this.#rev);
  }
}
