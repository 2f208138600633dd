import { Subscriber } from 'zeromq';
import { readArguments } from '../lib/cli/arguments.ts';
import { paintFor } from '../lib/cli/colours.ts';
import { toJson } from '../lib/cli/json.ts';
import { OPTIONS } from '../lib/cli/options.ts';
import { endpointsOf } from '../lib/cli/reach.ts';
import { showEvent } from '../lib/cli/show-event.ts';
import { type DecodedEvent, decodeEvent } from '../lib/wire/event.ts';

/**
 * The SUB script: prints what the nodes of a cluster publish, one event a line, until Ctrl-C.
 *
 *     npm run -s events                          everything
 *     npm run -s events -- --json raft. peer.    roles, leaders, heartbeats and links, as JSON
 *     npm run -s events -- kv.orders/            changes of the keys that start with orders/
 *
 * Topics are prefixes. Complaints, and gaps where events were missed, go to standard error.
 */
export async function run(argv: readonly string[]): Promise<number> {
  const given = readArguments(argv, OPTIONS.events, true);
  const endpoints = endpointsOf(given, 'events');
  const topics = given.words;
  const socket = subscribe(endpoints, topics);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => socket.close());
  const waiting = complainUnlessConnected(socket, endpoints);

  const print = given.options['json'] === undefined ? printText : printJson;
  const gaps = new Gaps();
  for await (const [topic, body] of socket) {
    const decoded = decodeEvent(topic ?? NOTHING, body ?? NOTHING);
    if (typeof decoded === 'string') {
      process.stderr.write(`what came is no event: ${decoded}\n`);
      continue;
    }
    // whoever asked for a few topics does not get, and does not miss, the others
    if (topics.length === 0) process.stderr.write(gaps.before(decoded.event));
    print(decoded);
  }
  clearTimeout(waiting);
  return 0;
}

const NOTHING = Buffer.alloc(0);

/** One SUB socket connected to all nodes; it reconnects by itself. */
function subscribe(endpoints: readonly string[], topics: readonly string[]): Subscriber {
  const socket = new Subscriber();
  socket.linger = 0;
  socket.reconnectInterval = 50;
  socket.reconnectMaxInterval = 1000;
  // A node that is gone without a word is noticed by the kernel. ZeroMQ's heartbeats would be
  // quicker, but libzmq 4.3.5 aborts if one is due while a full inbox waits for a slow terminal.
  socket.tcpKeepalive = 1;
  socket.tcpKeepaliveIdle = 5;
  socket.tcpKeepaliveInterval = 2;
  socket.tcpKeepaliveCount = 3;
  socket.receiveHighWaterMark = 10_000;
  for (const endpoint of endpoints) socket.connect(endpoint);
  // before the first event, or it would be missed; '' is the prefix of every topic
  socket.subscribe(...(topics.length === 0 ? [''] : topics));
  return socket;
}

const PATIENCE_MS = 2000;

/** Silence may mean that nothing happens, or that nobody is there: says so if it is the latter. */
function complainUnlessConnected(socket: Subscriber, endpoints: readonly string[]): NodeJS.Timeout {
  const timer = setTimeout(() => {
    process.stderr.write(`no node could be reached yet at ${endpoints.join(', ')}; still trying\n`);
  }, PATIENCE_MS);
  socket.events.on('handshake', () => clearTimeout(timer));
  return timer;
}

/** Notices what a node published and we did not get: PUB drops for those who do not keep up. */
class Gaps {
  readonly #lastSeq = new Map<number, number>();

  /** @returns what to say before this event is printed: nothing, or a line. */
  before({ node, seq }: DecodedEvent['event']): string {
    const last = this.#lastSeq.get(node);
    this.#lastSeq.set(node, seq);
    // a node that was started again counts from 1
    if (last === undefined || seq <= last + 1) return '';
    return `node ${node}: ${seq - last - 1} events were missed (${last + 1} to ${seq - 1})\n`;
  }
}

function printJson({ topic, event }: DecodedEvent): void {
  process.stdout.write(`${toJson({ topic, ...event })}\n`);
}

const paint = paintFor(process.stdout);

function printText({ topic, event }: DecodedEvent): void {
  process.stdout.write(`${showEvent(topic, event, paint)}\n`);
}
