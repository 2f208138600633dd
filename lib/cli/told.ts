import type { EventEmitter } from 'node:events';

/** How a process is told to stop. Neither promise ever rejects; the reasons are for the log. */
export type Told = {
  /** Somebody asked for a clean stop. */
  readonly toStop: Promise<string>;
  /** Somebody asked again, or the clean stop took too long: end now. */
  readonly toEnd: Promise<string>;
  /** Stops listening. */
  close(): void;
};

/** What `raftmq start` says to its nodes. A signal could not be told from one of the terminal. */
export const STOP_MESSAGE = 'stop';

/**
 * One press of Ctrl-C can arrive twice: from the terminal, which signals the whole group, and from
 * npm, which passes on to its script what it gets itself.
 */
const SAME_PRESS_MS = 500;

/** A process. `connected`: whether it reaches its parent; undefined if it has none that talks to it. */
type Source = EventEmitter & { readonly connected?: boolean };

/**
 * Listens for SIGINT and SIGTERM, and in a child for its parent: told to stop, or gone. Only a
 * person's second signal is impatience; a parent may repeat itself.
 *
 * @param boundMs longest that a clean stop may take.
 */
export function listen(
  source: Source,
  boundMs: number,
  now: () => number = performance.now.bind(performance),
): Told {
  const stop = settable();
  const end = settable();
  let stoppingSince: number | null = null;
  let bound: NodeJS.Timeout | undefined;

  const begin = (reason: string): void => {
    if (stoppingSince !== null) return;
    stoppingSince = now();
    bound = setTimeout(() => end.set(`not done after ${boundMs / 1000} s`), boundMs);
    stop.set(reason);
  };
  const onSignal = (signal: string): void => {
    if (stoppingSince !== null && now() - stoppingSince > SAME_PRESS_MS) end.set(`${signal} again`);
    else begin(signal);
  };
  const listeners: readonly (readonly [string, (value: string) => void])[] = [
    ['SIGINT', onSignal],
    ['SIGTERM', onSignal],
    ['message', (message) => message === STOP_MESSAGE && begin('its parent stops')],
    ['disconnect', () => begin('its parent is gone')],
  ];
  for (const [name, listener] of listeners) source.on(name, listener);
  // a parent that died while this process was still being loaded is not told any more
  if (source.connected === false) begin('its parent is gone');
  return {
    toStop: stop.promise,
    toEnd: end.promise,
    close: () => {
      clearTimeout(bound);
      for (const [name, listener] of listeners) source.off(name, listener);
    },
  };
}

function settable(): { readonly promise: Promise<string>; readonly set: (value: string) => void } {
  let set: (value: string) => void = () => {};
  const promise = new Promise<string>((resolve) => {
    set = resolve;
  });
  return { promise, set };
}
