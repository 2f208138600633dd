import test from 'ava';
import fc from 'fast-check';
import { Unpackr } from 'msgpackr';
import { pack, packr } from '../../lib/wire/pack.ts';
import { Raw } from '../../lib/wire/raw.ts';
import { unpack } from '../../lib/wire/unpack.ts';
import { anyValue } from './values.ts';

const unpacked = (bytes: Uint8Array): unknown => {
  const box = unpack(bytes);
  if (typeof box === 'string') throw new Error(box);
  return box.value;
};
const hex = (value: unknown): string => pack(value).toString('hex');

test('every value comes back as it went in', (t) => {
  fc.assert(
    fc.property(anyValue, (value) => {
      t.deepEqual(unpacked(pack(value)), value);
    }),
    { numRuns: 1000 },
  );
});

test('msgpackr reads what we write, and we read what msgpackr writes', (t) => {
  // its types do not know 'auto', which gives a bigint where a number would not be exact
  const options: object = { useRecords: false, int64AsType: 'auto' };
  const unpackr = new Unpackr(options);
  fc.assert(
    fc.property(anyValue, (value) => {
      // msgpackr renames a member that is called __proto__
      fc.pre(!JSON.stringify(value, (_, v) => (typeof v === 'bigint' ? 0 : v)).includes('__proto'));
      t.deepEqual(unpackr.unpack(pack(value)), value);
      t.deepEqual(unpacked(packr.pack(value)), value);
    }),
    { numRuns: 500 },
  );
});

const packsAs = test.macro({
  exec(t, value: unknown, expected: string) {
    t.is(hex(value), expected.replaceAll(' ', ''));
  },
  title: (_, value, expected) => `${typeof value} ${String(value).slice(0, 20)} is ${expected}`,
});

for (const [value, expected] of [
  [0, '00'],
  [127, '7f'],
  [128, 'cc 80'],
  [256, 'cd 0100'],
  [65_536, 'ce 00010000'],
  [2 ** 32, 'cf 0000000100000000'],
  [Number.MAX_SAFE_INTEGER, 'cf 001fffffffffffff'],
  [-1, 'ff'],
  [-32, 'e0'],
  [-33, 'd0 df'],
  [-129, 'd1 ff7f'],
  [-32_769, 'd2 ffff7fff'],
  [-(2 ** 31) - 1, 'd3 ffffffff7fffffff'],
  [1.5, 'cb 3ff8000000000000'],
  [-0, 'cb 8000000000000000'],
  [2 ** 60, 'cb 43b0000000000000'],
  [5n, '05'],
  [2n ** 63n, 'cf 8000000000000000'],
  [-(2n ** 63n), 'd3 8000000000000000'],
  ['é', 'a2 c3a9'],
  [undefined, 'c0'],
] as const) {
  test(packsAs, value, expected);
}

test('members that are undefined are left out, items that are undefined are nil', (t) => {
  t.is(hex({ a: undefined, b: 1 }), '81a16201');
  t.is(hex([undefined, 1]), '92c001');
});

test('raw values are embedded as they are, at any depth', (t) => {
  const raw = new Raw(Buffer.from('cf0000000000000001', 'hex'));
  t.is(hex(raw), 'cf0000000000000001');
  t.is(hex({ a: [raw], b: new Map([[1, raw]]) }), hexOf('82a16191', raw, 'a1628101', raw));
});

function hexOf(...parts: readonly (string | Raw)[]): string {
  return parts
    .map((part) => (typeof part === 'string' ? part : Buffer.from(part.bytes).toString('hex')))
    .join('');
}

test('any view of memory is written as its bytes', (t) => {
  const numbers = new Uint16Array([1, 2, 3]).subarray(1);
  t.deepEqual(unpacked(pack(numbers)), Buffer.from(numbers.buffer, 2, 4));
  t.deepEqual(
    unpacked(pack(new DataView(numbers.buffer, 4, 2))),
    Buffer.from(numbers.buffer, 4, 2),
  );
});

test('a map with keys that are not text comes back as a Map', (t) => {
  const map = new Map<unknown, unknown>([
    ['a', 1],
    [2, [3]],
    [null, new Map([[true, 'x']])],
  ]);
  t.deepEqual(unpacked(pack(map)), map);
});

test('a member may have any name without touching a prototype', (t) => {
  const value = unpacked(
    pack(JSON.parse('{"__proto__":{"polluted":1},"constructor":2,"toString":3}')),
  );
  t.is(Object.getPrototypeOf(value), Object.prototype);
  t.deepEqual(Object.keys(value as object), ['__proto__', 'constructor', 'toString']);
  t.false('polluted' in {});
});

test('dates are timestamps; other extensions stay as they came', (t) => {
  for (const date of [new Date(0), new Date(1234), new Date(-1234), new Date(1e15)]) {
    t.deepEqual(unpacked(pack(date)), date);
  }
  // msgpackr would take these for a record definition, a huge integer and a regular expression
  for (const bytes of ['d40500', 'd47240', 'c70342ffffff', 'd47800', 'd80500'.padEnd(36, '0')]) {
    const raw = new Raw(Buffer.from(bytes, 'hex'));
    t.deepEqual(unpacked(raw.bytes), raw);
  }
  const nanos = Buffer.from('d7ff0000000400000001', 'hex');
  t.deepEqual(unpack(nanos, false), { value: new Raw(nanos) });
});

test('what was packed is not touched by what is packed later', (t) => {
  const first = pack(['first', 'x'.repeat(200)]);
  const copy = Buffer.from(first);
  for (let i = 0; i < 1000; i += 1) pack(['later', 'y'.repeat(i)]);
  pack('z'.repeat(1 << 20));
  t.deepEqual(first, copy);
});

test('a value that holds itself, and an integer beyond 64 bits, cannot be written', (t) => {
  const loop: unknown[] = [];
  loop.push(loop);
  t.throws(() => pack(loop), { instanceOf: RangeError, message: /nested deeper than 32/ });
  t.throws(() => pack(2n ** 64n), { instanceOf: RangeError });
  t.is(hex([1]), '9101', 'and the next one is written as if nothing had been');
});
