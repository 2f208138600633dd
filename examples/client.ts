import { createInterface } from 'node:readline';
import { readArguments } from '../lib/cli/arguments.ts';
import { paintFor } from '../lib/cli/colours.ts';
import { type CommandLine, parseLine, WATCH } from '../lib/cli/command-line.ts';
import { InOrder } from '../lib/cli/in-order.ts';
import { toJson } from '../lib/cli/json.ts';
import { OPTIONS } from '../lib/cli/options.ts';
import { endpointsOf, timeoutOf } from '../lib/cli/reach.ts';
import { onOneLine, showFailure, showReply } from '../lib/cli/show-reply.ts';
import { type Client, connect, RaftmqError, type Result } from '../lib/client/client.ts';
import type { Failure } from '../lib/client/error.ts';

/**
 * The DEALER script: carries out commands from standard input, one a line, and prints one reply a
 * line, in the order of the commands.
 *
 *     printf 'put a 1\nget a\n' | npm run -s client -- --json
 *
 * Commands are pipelined: up to IN_FLIGHT_MAX are on their way at a time. Still each sees what the
 * ones before it did, because those that touch the same key wait for each other (see InOrder).
 *
 * Exit code 0 if every command succeeded, 1 if any failed, 2 if it could not start.
 */
export async function run(argv: readonly string[]): Promise<number> {
  const given = readArguments(argv, OPTIONS.client);
  const client = connect({ endpoints: endpointsOf(given, 'client'), ...timeoutOf(given) });
  const print = given.options['json'] === undefined ? printText : printJson;
  if (process.stdin.isTTY) process.stderr.write(`${HINT}\n`);
  const lines = createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY });
  try {
    return (await pipe(lines, client, print)) ? 0 : 1;
  } finally {
    await client.close();
  }
}

const HINT = 'commands, one a line; Ctrl-D ends. To type many, npm run shell is more comfortable';

/** One command that was carried out, or not. */
export type Answered = {
  /** The number of the command, or the id that a raw request brought. */
  readonly id: number;
  readonly op: string;
  readonly reply: Result | Failure;
};

const IN_FLIGHT_MAX = 256;

/**
 * Carries out the commands of `lines`, and hands over what became of each, in their order.
 *
 * @returns whether all of them succeeded.
 */
export async function pipe(
  lines: AsyncIterable<string>,
  client: Client,
  print: (answered: Answered) => void,
): Promise<boolean> {
  const inOrder = new InOrder();
  const unprinted: Promise<void>[] = [];
  let printed = Promise.resolve();
  let count = 0;
  let good = true;
  for await (const line of lines) {
    const command = parseLine(line);
    if (command.kind === 'Blank') continue;
    const answer = ask(client, inOrder, command, ++count);
    printed = printed.then(async () => {
      const answered = await answer;
      if (answered.reply['ok'] !== true) good = false;
      print(answered);
    });
    if (unprinted.push(printed) === IN_FLIGHT_MAX) await unprinted.shift();
  }
  await printed;
  return good;
}

type Asking = Exclude<CommandLine, { kind: 'Blank' }>;

async function ask(
  client: Client,
  inOrder: InOrder,
  command: Asking,
  count: number,
): Promise<Answered> {
  if (command.kind === 'Problem') {
    const { message } = command;
    const reply = { ok: false, code: 'BAD_REQUEST', message, outcome: 'rejected' } as const;
    return { id: count, op: '', reply };
  }
  const { op, args, id = count } = command;
  if (op === WATCH) {
    const message = 'a watch never ends: use raftmq watch, or the shell';
    return { id, op, reply: { ok: false, code: 'BAD_REQUEST', message, outcome: 'rejected' } };
  }
  try {
    return { id, op, reply: await inOrder.run(op, args, () => client.request(op, args)) };
  } catch (error) {
    if (!(error instanceof RaftmqError)) throw error;
    return { id, op, reply: error.reply };
  }
}

function printJson({ id, reply }: Answered): void {
  process.stdout.write(`${toJson({ id, ...reply })}\n`);
}

const paint = paintFor(process.stdout);

function printText({ op, reply }: Answered): void {
  const shown = isFailure(reply) ? showFailure(reply, paint) : showReply(op, reply, paint);
  process.stdout.write(`${onOneLine(shown)}\n`);
}

function isFailure(reply: Result | Failure): reply is Failure {
  return reply['ok'] === false;
}
