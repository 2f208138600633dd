import type { Clock } from '../../streams/world.ts';

/** A clock that moves when it is told to, and a loop that makes a trip when it is told to. */
export type ManualClock = Clock & {
  /** Moves time on and rings the timers that fall due, in order. */
  readonly advance: (ms: number) => void;
  /** Makes one trip round the loop. @returns how many tasks ran. */
  readonly runDeferred: () => number;
};

type Timer = { readonly at: number; readonly task: () => void };

export function manualClock(start = 0): ManualClock {
  let now = start;
  let deferred: (() => void)[] = [];
  const timers = new Set<Timer>();

  const due = (): Timer | undefined =>
    [...timers].filter(({ at }) => at <= now).sort((a, b) => a.at - b.at)[0];

  return {
    now: () => now,
    wall: () => 1_700_000_000_000 + now,
    defer: (task) => {
      deferred.push(task);
    },
    after: (ms, task) => {
      const timer = { at: now + ms, task };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    advance: (ms) => {
      now += ms;
      for (let timer = due(); timer; timer = due()) {
        timers.delete(timer);
        timer.task();
      }
    },
    runDeferred: () => {
      const tasks = deferred;
      deferred = [];
      for (const task of tasks) task();
      return tasks.length;
    },
  };
}
