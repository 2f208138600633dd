/** Everything that goes wrong in a simulated cluster, by class; docs/testing.md tells more of each. */
export const FAULTS = {
  drop: 'mail that is lost',
  duplicate: 'mail of the core that arrives twice',
  late: 'mail that overtakes or is overtaken, by up to several elections',
  beats: 'beats that a subscriber does not get',
  deaf: 'a subscription to beats that never works',
  corrupt: 'frames with flipped bits',
  stranger:
    'frames that are no mail, or not ours: garbage, oversized, another cluster, another node',
  replay: 'mail of a former life of its sender, once more',
  stale: 'mail that was under way to a process that has ended, and reaches the one after it',
  reset: 'a connection that breaks and takes with it what is under way',
  cut: 'a partition in both directions',
  oneWay: 'a partition in one direction',
  partial: 'links that are gone while others between the same sides work',
  clog: 'a server whose links are very slow',
  clientCut: 'clients that do not reach a server, or do not get its replies',
  kill: 'a process that ends at once; the page cache survives it',
  boundary: 'a process that ends right before one operation of its disk, wherever that is',
  power: 'a machine that loses power: unsynced sectors are kept, lost or torn, each by itself',
  blackout: 'all machines lose power at once',
  leave: 'a process that is asked to stop, and stops in order',
  transfer: 'a client that wants another leader',
  pause: 'a process that does not run for a while',
  drift: 'clocks that run at different rates',
  jump: 'a clock that jumps ahead',
  stall: 'a disk that takes far too long',
  ioError: 'an operation of the disk that fails',
  lie: 'a sync that fails, after which the page cache shows what the disk does not hold',
  full: 'a disk without room for new files',
  rot: 'a bit of a file that flips, at any place',
  wipe: 'a server that loses its disk and comes back under its id: the others must not take it',
  reconfigure: 'an operator who takes votes away from servers and gives them back',
} as const satisfies Record<string, string>;

export type Fault = keyof typeof FAULTS;

export const FAULT_NAMES = Object.keys(FAULTS) as readonly Fault[];

/** How often each class of fault took effect. */
export type FaultCounts = Record<Fault, number>;

export function noFaults(): FaultCounts {
  return Object.fromEntries(FAULT_NAMES.map((name) => [name, 0])) as FaultCounts;
}
