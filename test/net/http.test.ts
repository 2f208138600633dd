import { connect } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { TransportError } from '../../lib/kit/errors.ts';
import { type HttpSources, openHttp } from '../../lib/net/http.ts';

const LEADING = { node: 1, cluster: 'local', role: 'leader', term: 3, leader: 1, commit: 9 };

async function endpoint(t: ExecutionContext, sources: Partial<HttpSources> = {}): Promise<string> {
  const opened = await openHttp('http://127.0.0.1:0', {
    status: () => LEADING,
    healthy: () => true,
    metrics: () => [],
    ...sources,
  });
  t.teardown(opened.close);
  return opened.address;
}

test('/health is 200 while the node knows a leader, and 503 otherwise', async (t) => {
  let healthy = true;
  const address = await endpoint(t, { healthy: () => healthy });
  const well = await fetch(`${address}/health`);
  t.is(well.status, 200);
  t.deepEqual(await well.json(), { healthy: true, node: 1, role: 'leader', term: 3, leader: 1 });
  healthy = false;
  const ill = await fetch(`${address}/health`);
  t.is(ill.status, 503);
  t.like(await ill.json(), { healthy: false, node: 1 });
});

test('/status shows what the request `status` answers', async (t) => {
  const address = await endpoint(t);
  const reply = await fetch(`${address}/status?pretty=1`);
  t.is(reply.headers.get('content-type'), 'application/json');
  t.deepEqual(await reply.json(), LEADING);
});

test('/metrics speaks the Prometheus text format', async (t) => {
  const metric = { type: 'gauge', help: 'Current term.' } as const;
  const address = await endpoint(t, {
    metrics: () => [
      { ...metric, name: 'raftmq_term', value: 3 },
      { name: 'raftmq_peer_up', type: 'gauge', help: 'A\nB', value: 1, labels: { peer: '2' } },
      { ...metric, name: 'raftmq_commit_index', value: 9 },
      { name: 'raftmq_peer_up', type: 'gauge', help: 'A\nB', value: 0, labels: { peer: 'a"\\' } },
    ],
  });
  const reply = await fetch(`${address}/metrics`);
  t.regex(reply.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
  t.is(
    await reply.text(),
    `# HELP raftmq_term Current term.
# TYPE raftmq_term gauge
raftmq_term 3
# HELP raftmq_peer_up A\\nB
# TYPE raftmq_peer_up gauge
raftmq_peer_up{peer="2"} 1
raftmq_peer_up{peer="a\\"\\\\"} 0
# HELP raftmq_commit_index Current term.
# TYPE raftmq_commit_index gauge
raftmq_commit_index 9
`,
  );
});

test('other paths and methods are told what there is', async (t) => {
  const address = await endpoint(t);
  t.is((await fetch(`${address}/`)).status, 404);
  const posted = await fetch(`${address}/status`, { method: 'POST', body: 'x' });
  t.is(posted.status, 405);
  t.is(posted.headers.get('allow'), 'GET, HEAD');
  t.is((await fetch(`${address}/health`, { method: 'HEAD' })).status, 200);
});

test('a port in use is a TransportError that names the address and the setting', async (t) => {
  const address = await endpoint(t);
  const error = await t.throwsAsync(
    openHttp(address, { status: () => ({}), healthy: () => true, metrics: () => [] }),
    { instanceOf: TransportError },
  );
  t.regex(error.message, new RegExp(`cannot listen on ${address}: the port is in use.*\`http\``));
});

test('closing does not wait for clients that keep their connection or say nonsense', async (t) => {
  const opened = await openHttp('http://127.0.0.1:0', {
    status: () => LEADING,
    healthy: () => true,
    metrics: () => [],
  });
  const idle = connect(Number(new URL(opened.address).port), '127.0.0.1');
  idle.on('error', () => {}); // it is closed in mid-sentence, which is the point
  const spoke = new Promise((resolve) => idle.once('connect', resolve));
  await spoke;
  idle.write('GET /status HTTP/1.1\r\nHost: x\r\n');
  const gone = new Promise((resolve) => idle.once('close', resolve));
  await fetch(`${opened.address}/status`);
  await opened.close();
  await gone;
  await t.throwsAsync(fetch(`${opened.address}/status`));
});
