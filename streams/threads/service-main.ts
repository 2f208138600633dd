/** The program of the service thread: opens database and sockets, and serves until it is told to end. */
import { randomInt } from 'node:crypto';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { Closers } from '../../lib/kit/closers.ts';
import { version } from '../../lib/kit/version.ts';
import type { ServiceSide } from '../../lib/net/network.ts';
import { openServiceNetwork } from '../../lib/net/open-network.ts';
import { limitsOf } from '../limits.ts';
import { importMachine, openKeyValues } from '../open-machine.ts';
import { realClock } from '../real-clock.ts';
import type { Serving } from './letters.ts';
import { NearService } from './near-service.ts';
import type { ServiceOrder } from './service-order.ts';

const port = parentPort as MessagePort;
const order = workerData as ServiceOrder;
const opened = new Closers();
let network: ServiceSide | null = null;
let isOver = false;

const service = new NearService(port, {
  clock: realClock,
  serve: (serving) => orFail(serve(serving)),
  setPeers: (peers) => network?.setPeers(peers),
  close: () => void close(),
});
// our own bugs, and what RxJS reports a tick later
process.on('uncaughtException', (reason) => {
  if (!isOver) service.fail(reason);
});
orFail(open());

async function open(): Promise<void> {
  const { config, dbPath, logLast } = order;
  const openMachine = order.machine ? await importMachine(order.machine) : openKeyValues(config);
  service.opened(opened.add(await openMachine(dbPath, logLast, service.logger)));
}

async function serve({ startedAt, listens }: Serving): Promise<void> {
  const { config, identity } = order;
  const limits = limitsOf(config);
  const self = { id: identity.node, ...listens };
  opened.add({ close: noSockets });
  network = opened.add(
    await openServiceNetwork({ self, peers: [], limits, logger: service.logger }),
  );
  const near = {
    clock: realClock,
    network,
    identity,
    limits,
    version: version(),
    firstToken: randomInt(1, 2 ** 47),
  };
  // each thread counts from a beginning of its own
  service.run(near, startedAt - performance.timeOrigin);
}

function orFail(work: Promise<void>): void {
  work.catch((reason: unknown) => service.fail(reason));
}

async function close(): Promise<void> {
  isOver = true;
  try {
    await opened.close();
  } finally {
    noSockets();
    port.close();
  }
}

/** Lets a process go on that ends, and waits for it: it is aborted if a thread ends with a socket. */
function noSockets(): void {
  const closed = new Int32Array(order.closed);
  Atomics.store(closed, 0, 1);
  Atomics.notify(closed, 0);
}
