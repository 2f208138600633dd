import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { TransportError } from '../../lib/kit/errors.ts';
import { SILENT } from '../../lib/kit/logger.ts';
import { type Addresses, openNetwork } from '../../lib/net/open-network.ts';
import { addresses, LIMITS, open, openAll, reader, within } from './nodes.ts';

const PORTS = ['peer', 'client', 'events'] as const;

async function alone(self: Addresses, peers: readonly Addresses[] = []) {
  return openNetwork({ self, peers, limits: LIMITS, logger: SILENT });
}

for (const port of PORTS) {
  test(`a ${port} port that is in use is an error that says so, and leaves nothing open`, async (t) => {
    const [holder, self] = (await addresses(2)) as [Addresses, Addresses];
    await open(t, [holder]);
    const error = await t.throwsAsync(alone({ ...self, [port]: holder[port] }), {
      instanceOf: TransportError,
    });
    t.is(
      error.message,
      `cannot listen on ${holder[port]} (${port} of node 2): the port is in use; stop what listens there (another node?), or give this node another port`,
    );
    await (await alone(self)).close();
    t.pass('the other ports are free again');
  });
}

const isRefused = test.macro({
  async exec(t, endpoint: string, says: RegExp) {
    const [self, peer] = (await addresses(2)) as [Addresses, Addresses];
    for (const port of PORTS) {
      const error = await t.throwsAsync(alone({ ...self, [port]: endpoint }), {
        instanceOf: TransportError,
      });
      t.regex(error.message, says);
      t.true(error.message.includes(endpoint) && error.message.includes(`${port} of node 1`));
    }
    await (await alone(self, [peer])).close();
  },
  title: (_, endpoint) => `listening on ${endpoint} is refused with the reason`,
});

// an address of a network that is kept for documentation
test(isRefused, 'tcp://192.0.2.1:7101', /not on this machine; give one that is/);
test(isRefused, 'tcp://no-such-host.invalid:7101', /not on this machine/);
test(isRefused, 'tcp://127.0.0.1:99999', /from 1 to 65535/);
test(isRefused, 'udp://127.0.0.1:7101', /tcp:\/\/HOST:PORT/);

test('a peer with an endpoint that is none is refused, where ZeroMQ would dial it for ever', async (t) => {
  const [self, peer] = (await addresses(2)) as [Addresses, Addresses];
  for (const port of ['peer', 'events'] as const) {
    await t.throwsAsync(alone(self, [{ ...peer, [port]: 'tcp://127.0.0.1:99999' }]), {
      instanceOf: TransportError,
      message: new RegExp(`^${port} of node 2: found .*99999`),
    });
  }
  await (await alone(self, [peer])).close();
});

test('a name is listened on and dialled', async (t) => {
  const named = (await addresses(2)).map((node) => ({
    ...node,
    peer: node.peer.replace('127.0.0.1', 'localhost'),
  }));
  const [one, two] = await openAll(t, named);
  one?.toPeer(2, [Buffer.from('hello')]);
  t.deepEqual(await reader((two as NonNullable<typeof two>).fromPeers).next(), [
    Buffer.from('hello'),
  ]);
});

test('closing ends whoever reads, frees the ports, and may be done again', async (t) => {
  const all = await addresses(2);
  const [one, two] = await openAll(t, all);
  if (!one || !two) return t.fail();
  const reads = [one.fromPeers, one.fromClients, one.beats, one.links].map(async (source) => {
    const read: unknown[] = [];
    for await (const value of source) read.push(value);
    return read;
  });
  await Promise.all([one.close(), one.close()]);
  t.deepEqual(await within(Promise.all(reads), 'somebody still reads'), [[], [], [], []]);
  await one.close();
  t.false(one.toPeer(2, [Buffer.from('x')]));
  one.toClient({ route: Buffer.from('x'), delimited: false }, [Buffer.from('x')]);
  one.publish('raft.role', Buffer.from('x'));
  for (let i = 0; i < 100; i++) await (await alone(all[0] as Addresses, all.slice(1))).close();
});

test('closing works while messages are under way', async (t) => {
  const all = await addresses(2);
  const [one, two] = await openAll(t, all);
  if (!one || !two) return t.fail();
  let got = 0;
  const read = (async () => {
    for await (const frames of two.fromPeers) {
      if (frames.length === 1 && ++got === 10) void two.close();
    }
  })();
  for (let i = 0; i < 60; i++) one.toPeer(2, [Buffer.alloc(1000)]);
  await within(read, 'it does not end');
  t.true(got >= 10);
  for (let i = 0; i < 60; i++) one.toPeer(2, [Buffer.alloc(1000)]);
  await within(Promise.all([one.close(), two.close()]), 'it does not end');
});

test('a process ends by itself once its network is closed', async (t) => {
  const program = fileURLToPath(new URL('open-and-close.js', import.meta.url));
  const child = fork(program, [JSON.stringify(await addresses(2))], { stdio: 'inherit' });
  t.teardown(() => child.kill('SIGKILL'));
  const [code, signal] = await within(once(child, 'exit'), 'the process does not end');
  t.is(signal, null);
  t.is(code, 0);
});
