/** The program of the service thread: opens database and sockets, and serves until it is told to end. */
import { randomInt } from 'node:crypto';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { Closers } from '../../lib/kit/closers.ts';
import { openServiceNetwork } from '../../lib/net/open-network.ts';
import { limitsOf } from '../limits.ts';
import { importMachine, openKeyValues } from '../open-machine.ts';
import { realClock } from '../real-clock.ts';
import { NearService } from './near-service.ts';
import type { ServiceOrder } from './service-order.ts';

const port = parentPort as MessagePort;
const order = workerData as ServiceOrder;
const opened = new Closers();
let isOver = false;

const service = new NearService(port, realClock, () => void close());
// our own bugs, and what RxJS reports a tick later
process.on('uncaughtException', (reason) => {
  if (!isOver) service.fail(reason);
});

async function close(): Promise<void> {
  isOver = true;
  try {
    await opened.close();
  } finally {
    noSockets();
    port.close();
  }
}

/** Lets a process go on that ends, and waits for it. */
function noSockets(): void {
  const closed = new Int32Array(order.closed);
  Atomics.store(closed, 0, 1);
  Atomics.notify(closed, 0);
}

async function open(): Promise<void> {
  const { config, self, identity, dbPath, logLast, version } = order;
  const openMachine = order.machine ? await importMachine(order.machine) : openKeyValues(config);
  const machine = opened.add(await openMachine(dbPath, logLast, service.logger));
  const limits = limitsOf(config);
  const peers = config.nodes.filter(({ id }) => id !== self.id);
  opened.add({ close: noSockets });
  const network = opened.add(
    await openServiceNetwork({ self, peers, limits, logger: service.logger }),
  );
  service.run({
    clock: realClock,
    network,
    machine,
    identity,
    members: config.nodes,
    limits,
    version,
    firstToken: randomInt(1, 2 ** 47),
    startedAt: order.startedAt - performance.timeOrigin,
  });
}

open().catch((reason: unknown) => service.fail(reason));
