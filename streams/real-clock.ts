import type { Clock } from './world.ts';

/** The clock and the event loop of this process. */
export const realClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  defer: (task) => {
    setImmediate(task);
  },
  after: (ms, task) => {
    const timer = setTimeout(task, ms);
    return () => clearTimeout(timer);
  },
};
