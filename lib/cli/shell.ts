import { createInterface, type Interface } from 'node:readline';
import {
  type Arguments,
  type Client,
  connect,
  RaftmqError,
  type WatchOptions,
} from '../client/client.ts';
import { readArguments } from './arguments.ts';
import { type Paint, paintFor } from './colours.ts';
import {
  findCommand,
  LINE_COMMANDS,
  type LineCommand,
  parseLine,
  usage,
  WATCH,
} from './command-line.ts';
import { complete } from './completion.ts';
import { HISTORY_MAX, openHistory } from './history.ts';
import { OPTIONS } from './options.ts';
import { endpointsOf, timeoutOf } from './reach.ts';
import { watchInShell } from './shell-watch.ts';
import { type Shown, showFailure, showReply } from './show-reply.ts';
import { watchMember } from './watch-member.ts';

/** `raftmq shell`: the commands of `raftmq client`, typed one after another. */
export async function run(argv: readonly string[]): Promise<number> {
  const given = readArguments(argv, OPTIONS.shell);
  const endpoints = endpointsOf(given, 'client');
  const client = connect({ endpoints, ...timeoutOf(given) });
  const isTerminal = process.stdin.isTTY === true;
  const history = openHistory(isTerminal ? given.options['history'] : 'none');
  const lines = createInterface({
    input: process.stdin,
    output: process.stdout,
    terminal: isTerminal,
    prompt: isTerminal ? 'raftmq> ' : '',
    history: history.lines,
    historySize: HISTORY_MAX,
    removeHistoryDuplicates: true,
    completer: (line: string, done: (error: null, completed: [string[], string]) => void) => {
      void complete(line, client).then((completed) => done(null, completed));
    },
  });
  let typed: readonly string[] = history.lines;
  lines.on('history', (all: string[]) => {
    typed = all;
  });
  if (isTerminal) {
    process.stdout.write(`${endpoints.join(', ')}\nhelp lists the commands; Ctrl-D leaves\n`);
  }
  await new Session(lines, client, paintFor(process.stdout), isTerminal).done;
  if (isTerminal) process.stdout.write('\n');
  await client.close();
  const problem = history.save(typed);
  if (problem !== null) process.stderr.write(`${problem}\n`);
  return 0;
}

/**
 * One conversation: a line at a time, each answered before the next is looked at. Nothing that a
 * line or a reply holds ends it; Ctrl-D does, and `exit`.
 */
class Session {
  readonly done: Promise<void>;
  readonly #lines: Interface;
  readonly #client: Client;
  readonly #paint: Paint;
  readonly #isTerminal: boolean;
  readonly #waiting: string[] = [];
  #busy = false;
  #ended = false;
  /** Stops waiting for the reply to the command that runs. */
  #giveUp: (() => void) | null = null;
  /** Ends the watch that goes on. */
  #closeWatch: (() => void) | null = null;
  #finish: () => void = () => {};

  constructor(lines: Interface, client: Client, paint: Paint, isTerminal: boolean) {
    this.#lines = lines;
    this.#client = client;
    this.#paint = paint;
    this.#isTerminal = isTerminal;
    this.done = new Promise((resolve) => {
      this.#finish = resolve;
    });
    lines.on('line', (line) => this.#onLine(line));
    lines.on('SIGINT', () => this.#onInterrupt());
    lines.on('close', () => this.#onEnd());
    lines.prompt();
  }

  #onLine(line: string): void {
    this.#waiting.push(line);
    if (!this.#busy) void this.#work();
  }

  /** Lines may come faster than answers, from a pipe or the clipboard: one after another. */
  async #work(): Promise<void> {
    this.#busy = true;
    for (let line = this.#waiting.shift(); line !== undefined; line = this.#waiting.shift()) {
      await this.#carryOut(line.trim());
    }
    this.#busy = false;
    if (this.#ended) this.#finish();
    else this.#lines.prompt();
  }

  async #carryOut(line: string): Promise<void> {
    const [first = '', topic] = line.split(/\s+/);
    if (first === 'exit' || first === 'quit') {
      this.#waiting.length = 0;
      this.#lines.close();
      return;
    }
    if (first === 'help' || first === '?') {
      this.#print(help(topic));
      return;
    }
    const command = parseLine(line);
    if (command.kind === 'Problem') this.#print(this.#paint('red', command.message));
    if (command.kind !== 'Request') return;
    if (command.op === WATCH) return await this.#watch(command.args);
    let isOver = false;
    const gaveUp = new Promise<null>((resolve) => {
      this.#giveUp = () => {
        isOver = true;
        resolve(null);
      };
    });
    const asked = this.#ask(command.op, command.args);
    const answer = await Promise.race([asked, gaveUp]);
    if (answer === null) this.#print('not waiting any longer; it may still be carried out');
    else this.#show(answer.shown);
    if (answer?.ok && this.#isTerminal && command.op === 'member.add') {
      await Promise.race([this.#followMember(command.args, () => isOver), gaveUp]);
    }
    this.#giveUp = null;
  }

  /** Until Ctrl-C, or the end of the input. */
  async #watch(options: WatchOptions): Promise<void> {
    if (this.#ended) return;
    const print = (text: string): void => this.#print(text);
    await watchInShell(this.#client, options, this.#paint, print, (close) => {
      this.#giveUp = close;
      this.#closeWatch = close;
    });
    this.#giveUp = null;
    this.#closeWatch = null;
  }

  #show({ head, items }: Shown): void {
    for (const text of [head, ...items.map((item) => `  ${item}`)]) this.#print(text);
  }

  async #ask(op: string, args: Arguments): Promise<{ ok: boolean; shown: Shown }> {
    try {
      const reply = await this.#client.request(op, args);
      return { ok: true, shown: showReply(op, reply, this.#paint) };
    } catch (error) {
      if (!(error instanceof RaftmqError)) throw error;
      return { ok: false, shown: showFailure(error.reply, this.#paint) };
    }
  }

  /** How a node gets on that was added. One that stays a learner has nowhere to get to. */
  async #followMember({ node, learner }: Arguments, isOver: () => boolean): Promise<void> {
    const id = (node as { readonly id?: unknown } | undefined)?.id;
    if (learner === true || typeof id !== 'number') return;
    await watchMember(this.#client, id, (line) => this.#print(line), isOver);
  }

  /** Ctrl-C: away with what is typed, or with the waiting, but not with the shell. */
  #onInterrupt(): void {
    this.#print('^C');
    if (this.#giveUp !== null) {
      this.#waiting.length = 0;
      this.#giveUp();
      return;
    }
    // the same as deleting what is left and right of the cursor by hand
    this.#lines.write(null, { ctrl: true, name: 'e' });
    this.#lines.write(null, { ctrl: true, name: 'u' });
    this.#lines.prompt();
  }

  #onEnd(): void {
    this.#ended = true;
    this.#closeWatch?.();
    if (!this.#busy) this.#finish();
  }

  #print(text: string): void {
    process.stdout.write(`${text}\n`);
  }
}

function help(topic: string | undefined): string {
  const command = topic === undefined ? null : findCommand(topic.toLowerCase());
  if (command !== null) return `${usage(command)}: ${command.help}`;
  const rows: (readonly [string, string])[] = [
    ...LINE_COMMANDS.map((known: LineCommand) => [usage(known), known.help] as const),
    ['{"op": …}', 'any request as JSON, as it would be on the wire'],
    ['help [COMMAND]', 'this list, or what one command does'],
    ['exit', 'leave, as Ctrl-D does'],
  ];
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `${left.padEnd(width)}  ${right}`).join('\n');
}
