import { type Client, RaftmqError, type WatchOptions } from '../client/client.ts';
import { ConfigError } from '../kit/errors.ts';
import type { Paint } from './colours.ts';
import { showItem } from './show-item.ts';
import { showFailure } from './show-reply.ts';

/**
 * Prints changes until the watch is closed, or what it cannot go on without is gone.
 *
 * @param opened is told how to close it.
 */
export async function watchInShell(
  client: Client,
  options: WatchOptions,
  paint: Paint,
  print: (text: string) => void,
  opened: (close: () => void) => void,
): Promise<void> {
  try {
    const watch = client.watch(options);
    opened(() => watch.close());
    for await (const change of watch) print(showItem(change, paint));
  } catch (error) {
    if (error instanceof ConfigError) print(paint('red', error.message));
    else if (error instanceof RaftmqError) print(showFailure(error.reply, paint).head);
    else throw error;
  }
}
