import test from 'ava';
import { makeEntry } from '../../lib/core/entry.ts';
import { nextRandom } from '../../lib/kit/random.ts';
import { readOptions } from '../../lib/wire/arguments.ts';
import { decodeReply, decodeRequest, encodeReply, encodeRequest } from '../../lib/wire/client.ts';
import { parseCommand } from '../../lib/wire/command.ts';
import {
  beatFields,
  decodeBeat,
  decodeEvent,
  encodeEvent,
  HEARTBEAT,
} from '../../lib/wire/event.ts';
import { pack } from '../../lib/wire/pack.ts';
import { decodeMail, encodeForward, encodeMail, type Identity } from '../../lib/wire/peer.ts';
import { Raw } from '../../lib/wire/raw.ts';
import { sameValue } from '../../lib/wire/same-value.ts';
import { readBytes, readString, readUint, scanArray, scanMap } from '../../lib/wire/scan.ts';
import { unpack } from '../../lib/wire/unpack.ts';
import { bytesOf, MALFORMED } from './corpus.ts';
import { sealed } from './sealed.ts';

const one: Identity = { cluster: 'local', node: 1, incarnation: 5 };
const two: Identity = { cluster: 'local', node: 2, incarnation: 7 };
const limits = { valueBytes: 1 << 20, recordBytes: 1 << 20 };
const topic = Buffer.from(HEARTBEAT);

/** Everything that reads what strangers sent. */
function decodeAll(bytes: Buffer): void {
  scanMap(bytes);
  const raw = new Raw(bytes);
  scanArray(raw);
  readString(raw);
  readUint(raw);
  readBytes(raw);
  unpack(bytes);
  sameValue(raw, ONE);
  const request = decodeRequest(bytes, limits);
  if (!('refusal' in request)) {
    parseCommand(request, limits);
    readOptions(request.args);
  }
  decodeReply(bytes);
  decodeMail([bytes], two, limits);
  decodeMail([HEADER, bytes], two, limits);
  decodeMail([FORWARD_HEADER, bytes], two, limits);
  decodeBeat(topic, bytes, two);
  decodeEvent(topic, bytes);
}

const ONE = new Raw(Buffer.from([1]));
const appendEntries = encodeMail(
  {
    from: 1,
    to: 2,
    message: {
      kind: 'AppendEntries',
      term: 2,
      prev: { index: 3, term: 1 },
      entries: [4, 5].map((index) => makeEntry(index, 2, 'command', Buffer.from('payload'))),
      commit: 3,
    },
  },
  one,
);
const [HEADER = Buffer.alloc(0)] = appendEntries;
const forward = encodeForward([{ token: 1, frame: Buffer.from('request') }], 2, one)[0] ?? [];
const [FORWARD_HEADER = Buffer.alloc(0)] = forward;

const isRefused = test.macro({
  exec(t, bytes: Buffer) {
    const request = decodeRequest(bytes, limits);
    const taken = 'refusal' in request ? request : parseCommand(request, limits);
    t.true('refusal' in taken || 'ok' in taken);
    t.is(typeof decodeReply(bytes), 'string');
    t.is(typeof decodeMail([bytes], two, limits), 'string');
    t.is(typeof decodeBeat(topic, bytes, two), 'string');
    t.is(typeof decodeEvent(topic, bytes), 'string');
  },
  title: (what) => `refused by every decoder: ${what}`,
});

for (const malformed of MALFORMED) test(malformed.what, isRefused, bytesOf(malformed));

test.serial(
  'N03: the whole corpus takes little time and memory, and leaves nothing behind',
  (t) => {
    const corpus = MALFORMED.map(bytesOf);
    const rss = process.memoryUsage().rss;
    const cpu = process.cpuUsage();
    for (const bytes of corpus) decodeAll(bytes);
    const { user, system } = process.cpuUsage(cpu);
    t.true((user + system) / 1e6 < 2, `${(user + system) / 1e6} s of CPU time`);
    const grown = (process.memoryUsage().rss - rss) / (1 << 20);
    t.true(grown < 200, `${grown} MiB more memory`);

    t.deepEqual(Object.keys(Object.prototype), []);
    t.false('polluted' in {});
    t.like(decodeRequest(encodeRequest(1, 'get', { key: 'a' })), { id: 1, op: 'get' });
    t.deepEqual(unpack(pack({ a: [1] })), { value: { a: [1] } });
    t.is(typeof decodeMail(appendEntries, two, limits), 'object');
  },
);

test.serial('N14: whatever the bytes, no decoder throws', (t) => {
  const seed = (Math.random() * 2 ** 32) >>> 0;
  let state = seed;
  const below = (limit: number): number => {
    state = nextRandom(state);
    return state % limit;
  };
  const wellFormed = [
    encodeRequest(1, 'put', { key: 'orders/1', value: { a: [1, 'x', null], b: Buffer.alloc(9) } }),
    encodeRequest(2, 'txn', {
      if: [{ key: 'a', expect: { value: 1 } }],
      else: [
        { op: 'put', key: 'a', value: 1.5 },
        { op: 'range', prefix: 'b' },
      ],
    }),
    encodeReply(3, { ok: true, entries: [{ key: 'a', value: -7, rev: 2 ** 40 }] }),
    encodeEvent({
      node: 1,
      at: 1,
      seq: 1,
      ...beatFields({ kind: 'Heartbeat', term: 2, commit: { index: 3, term: 1 }, round: 4 }, one),
    }),
    ...appendEntries,
    ...forward,
  ].map((frame) => Buffer.from(frame));

  const noise = (): Buffer => {
    const bytes = Buffer.alloc(below(60));
    for (let at = 0; at < bytes.length; at += 1) bytes[at] = below(256);
    return bytes;
  };
  const mutation = (): Buffer => {
    const bytes = Buffer.from(wellFormed[below(wellFormed.length)] as Buffer);
    for (let i = below(4); i >= 0; i -= 1) bytes[below(bytes.length)] = below(256);
    return below(4) === 0 ? bytes.subarray(0, below(bytes.length)) : bytes;
  };
  const odd = [
    0,
    1,
    2,
    3,
    -1,
    1.5,
    Number.NaN,
    2 ** 48,
    2 ** 53 - 1,
    2n ** 63n,
    true,
    null,
    'x',
    [],
    {},
  ];
  const lies = (): readonly Uint8Array[] => {
    const fields = Array.from({ length: below(6) }, () => odd[below(odd.length)]);
    return sealed([1, 'local', 1, 2, 5, 1 + below(18), ...fields], below(2) ? noise() : undefined);
  };
  const deadline = performance.now() + 10_000;
  let tried = 0;
  for (; tried < 100_000 && performance.now() < deadline; tried += 1) {
    const bytes = tried % 2 === 0 ? noise() : mutation();
    try {
      decodeAll(bytes);
      decodeMail(lies(), two, limits);
    } catch (reason) {
      t.fail(`${bytes.toString('hex')} (seed ${seed}): ${reason}`);
      return;
    }
  }
  t.log(`${tried} buffers, seed ${seed}`);
  t.true(tried > 10_000);
});
