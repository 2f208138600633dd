import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { TransportError } from '../kit/errors.ts';

/** What the endpoint shows. Asked anew for every request, so it must cost little. */
export type HttpSources = {
  /** The members of the `status` reply. */
  status(): Record<string, unknown>;
  /** True while the node knows a leader and takes requests. */
  healthy(): boolean;
  metrics(): readonly Metric[];
};

/** One number of the Prometheus text format. Numbers of one name stand together, in one type. */
export type Metric = {
  /** Letters, digits and underscores; units last, `_total` for a counter. */
  readonly name: string;
  readonly type: 'counter' | 'gauge';
  readonly help: string;
  readonly value: number;
  readonly labels?: Readonly<Record<string, string>>;
};

export type HttpEndpoint = {
  /** The address it listens on; of interest if port 0 was asked for. */
  readonly address: string;
  close(): Promise<void>;
};

/** A scraper and a load balancer need a handful; more are turned away by closing them. */
const CONNECTIONS_MAX = 64;
/** A client that has not sent its request by then is closed. */
const REQUEST_MS_MAX = 5_000;

/**
 * Opens the read-only endpoint for tools: `/health`, `/status`, `/metrics`. It has no secrets and
 * changes nothing, but it has no access control either: bind it where only tools can reach it.
 *
 * @param address `http://HOST:PORT`
 * @throws {TransportError} if it cannot be bound.
 */
export async function openHttp(address: string, sources: HttpSources): Promise<HttpEndpoint> {
  const server = createServer({ requestTimeout: REQUEST_MS_MAX }, (request, response) => {
    answer(request, response, sources);
  });
  server.maxConnections = CONNECTIONS_MAX;
  const { hostname, port } = new URL(address);
  server.listen(Number(port || 80), hostname.replace(/^\[(.*)\]$/, '$1'));
  try {
    await once(server, 'listening');
  } catch (cause) {
    throw new TransportError(`cannot listen on ${address}: ${whyNot(cause)}`, { cause });
  }
  return { address: `http://${hostname}:${portOf(server)}`, close: () => close(server) };
}

function answer(request: IncomingMessage, response: ServerResponse, sources: HttpSources): void {
  const path = (request.url ?? '').split('?')[0];
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD');
    json(response, 405, { error: 'this endpoint only shows: use GET' });
  } else if (path === '/health') {
    const { node, role, term, leader } = sources.status();
    const healthy = sources.healthy();
    json(response, healthy ? 200 : 503, { healthy, node, role, term, leader });
  } else if (path === '/status') {
    json(response, 200, sources.status());
  } else if (path === '/metrics') {
    send(response, 200, 'text/plain; version=0.0.4; charset=utf-8', exposition(sources.metrics()));
  } else {
    json(response, 404, { error: 'there are /health, /status and /metrics' });
  }
}

function json(response: ServerResponse, code: number, body: Record<string, unknown>): void {
  send(response, code, 'application/json', `${JSON.stringify(body)}\n`);
}

function send(response: ServerResponse, code: number, type: string, body: string): void {
  response.writeHead(code, { 'content-type': type, 'cache-control': 'no-store' });
  response.end(body);
}

/**
 * The Prometheus text format.
 *
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
 */
function exposition(metrics: readonly Metric[]): string {
  const lines: string[] = [];
  const families = new Map<string, Metric[]>();
  for (const metric of metrics) {
    const family = families.get(metric.name);
    if (family) family.push(metric);
    else families.set(metric.name, [metric]);
  }
  for (const [name, family] of families) {
    const [{ help, type }] = family as [Metric];
    lines.push(`# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}`);
    lines.push(`# TYPE ${name} ${type}`);
    for (const { labels, value } of family) lines.push(`${name}${labelled(labels)} ${value}`);
  }
  return `${lines.join('\n')}\n`;
}

function labelled(labels: Metric['labels']): string {
  if (labels === undefined) return '';
  // JSON escapes what the format wants escaped: backslash, quote and line feed
  const pairs = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return `{${pairs.join(',')}}`;
}

function whyNot(cause: unknown): string {
  const { code, message } = cause as NodeJS.ErrnoException;
  return WHY_NOT[code ?? ''] ?? message;
}

const WHY_NOT: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the port is in use; stop what uses it, or change `http` of this node',
  EADDRNOTAVAIL: 'this machine has no such address; change `http` of this node',
  EACCES: 'this user may not open the port; use one above 1023',
  ENOTFOUND: 'the host name is not known; change `http` of this node',
};

function portOf(server: Server): number {
  const bound = server.address();
  return typeof bound === 'object' && bound !== null ? bound.port : 0;
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}
