import { type Arguments, readArguments } from '../lib/cli/arguments.ts';
import { paintFor } from '../lib/cli/colours.ts';
import { toJson } from '../lib/cli/json.ts';
import { OPTIONS } from '../lib/cli/options.ts';
import { Output } from '../lib/cli/output.ts';
import { endpointsOf } from '../lib/cli/reach.ts';
import { showItem } from '../lib/cli/show-item.ts';
import { connect, RaftmqError, type WatchItem, type WatchOptions } from '../lib/client/client.ts';
import { ConfigError } from '../lib/kit/errors.ts';

/**
 * Prints every change of some keys, once and in order, one a line, until Ctrl-C.
 *
 *     npm run -s watch                               what is written from now on
 *     npm run -s watch -- orders/ --since 0 --json   of keys that start so, from the beginning
 *
 * It waits for its reader: nothing is lost when that one is slow. Afterwards it says on standard
 * error where to go on. Exit code 0 when it was told to stop, 1 if changes that are next are gone.
 */
export async function run(argv: readonly string[]): Promise<number> {
  const given = readArguments(argv, OPTIONS.watch, true);
  const options = watchOptions(given);
  const endpoints = endpointsOf(given, 'client');
  const client = connect({ endpoints });
  const watch = client.watch(options);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => watch.close());
  client.status({ timeoutMs: PATIENCE_MS }).catch(() => {
    complain(`no node could be reached yet at ${endpoints.join(', ')}; still trying`);
  });

  const show = given.options['json'] === undefined ? shown : toJson;
  const output = new Output();
  try {
    for await (const item of watch) {
      await output.line(show(item));
      // what comes in one go is printed in one go, but never waits for more to come
      if (watch.isIdle) await output.flush();
    }
  } catch (reason) {
    if (!(reason instanceof RaftmqError)) throw reason;
    await output.flush();
    complain(faultIn(reason));
    return 1;
  } finally {
    await client.close();
  }
  await output.flush();
  if (watch.rev !== null) complain(`--since ${watch.rev} goes on from here`);
  return 0;
}

const PATIENCE_MS = 2000;

const paint = paintFor(process.stdout);

function shown(item: WatchItem): string {
  return showItem(item, paint);
}

function complain(sentence: string): void {
  process.stderr.write(`${sentence}\n`);
}

function faultIn({ code, message, reply }: RaftmqError): string {
  if (code !== 'COMPACTED') return message;
  return `${message}; --since ${reply.oldest} is the oldest that is left, and --reread begins with the keys as they are`;
}

/** @throws {ConfigError} if they cannot be used. */
function watchOptions({ options, words }: Arguments): WatchOptions & { onCompacted: 'reread' } {
  const { since, reread } = options;
  const [prefix = '', ...others] = words;
  const problems: string[] = [];
  if (others.length > 0) {
    problems.push(`${JSON.stringify(others[0])}: a watch takes one prefix; quote white space`);
  }
  if (since !== undefined && !/^\d{1,15}$/.test(since)) {
    problems.push(`--since ${since}: a rev is a whole number; 0 is before the first change`);
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return {
    prefix,
    ...(since !== undefined && { since: Number(since) }),
    // as a type it may be either; without --reread no item of that kind comes
    onCompacted: (reread === undefined ? 'fail' : 'reread') as 'reread',
  };
}
