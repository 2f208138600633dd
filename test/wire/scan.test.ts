import test from 'ava';
import fc from 'fast-check';
import { pack } from '../../lib/wire/pack.ts';
import { Raw } from '../../lib/wire/raw.ts';
import {
  isNil,
  readBoolean,
  readBytes,
  readString,
  readUint,
  scanArray,
  scanMap,
} from '../../lib/wire/scan.ts';
import { DEPTH_MAX, valueEnd } from '../../lib/wire/walk.ts';
import { anyValue } from './values.ts';

const raw = (hex: string): Raw => new Raw(Buffer.from(hex.replaceAll(' ', ''), 'hex'));

test('a map is cut into its members, whose bytes are untouched', (t) => {
  const name = fc.string({ minLength: 0, maxLength: 12, unit: 'grapheme' });
  fc.assert(
    fc.property(fc.dictionary(name, anyValue, { maxKeys: 20 }), (map) => {
      const members = scanMap(pack(map));
      if (typeof members === 'string') throw new Error(members);
      const names = [...members.keys()];
      return (
        names.join() === Object.keys(map).join() &&
        names.every((key) => {
          const bytes = members.get(key)?.bytes;
          return bytes !== undefined && pack(map[key]).equals(bytes);
        })
      );
    }),
    { numRuns: 300 },
  );
  t.pass();
});

test('an array is cut into its items, whose bytes are untouched', (t) => {
  fc.assert(
    fc.property(fc.array(anyValue, { maxLength: 20 }), (items) => {
      const scanned = scanArray(new Raw(pack(items)));
      if (typeof scanned === 'string') throw new Error(scanned);
      const packed = Buffer.concat(items.map((item) => pack(item)));
      return (
        scanned.length === items.length &&
        packed.equals(Buffer.concat(scanned.map(({ bytes }) => bytes)))
      );
    }),
    { numRuns: 300 },
  );
  t.pass();
});

test('a value that is cut short anywhere is told from a whole one', (t) => {
  fc.assert(
    fc.property(anyValue, (value) => {
      const bytes = pack(value);
      t.is(valueEnd(bytes, 0), bytes.length);
      for (let end = 0; end < bytes.length; end += 1)
        t.true(valueEnd(bytes.subarray(0, end), 0) < 0);
    }),
    { numRuns: 200 },
  );
});

test('nesting is taken to the limit and not beyond', (t) => {
  const nested = (depth: number): Buffer => Buffer.from(`${'91'.repeat(depth)}c0`, 'hex');
  t.is(valueEnd(nested(DEPTH_MAX), 0), DEPTH_MAX + 1);
  t.true(valueEnd(nested(DEPTH_MAX + 1), 0) < 0);
  t.is(typeof scanArray(new Raw(nested(DEPTH_MAX))), 'object');
});

test('an array of more items than asked for is refused before it is read', (t) => {
  t.is(scanArray(raw('93 01 02 03'), 2), 'an array with more than 2 items');
  t.is(scanArray(raw('dd ffffffff 01')), 'an array with more than 1024 items');
  t.is(scanArray(raw('80')), 'not an array');
  t.is(scanArray(raw('91 01 02')), 'bytes follow the end of the array');
});

const readsUint = test.macro({
  exec(t, hex: string, value: number | null) {
    t.is(readUint(raw(hex)), value);
  },
  title: (_, hex, value) => `as a count, ${hex || 'nothing'} is ${value}`,
});

for (const [hex, value] of [
  ['00', 0],
  ['7f', 127],
  ['cc ff', 255],
  ['cd ffff', 65_535],
  ['ce ffffffff', 4_294_967_295],
  ['cf 001fffffffffffff', Number.MAX_SAFE_INTEGER],
  ['cf 0020000000000000', null],
  ['cf ffffffffffffffff', null],
  ['cf 0000000000000001', 1],
  ['d0 7f', 127],
  ['d0 80', null],
  ['d1 7fff', 32_767],
  ['d2 7fffffff', 2_147_483_647],
  ['d3 0000000000000001', 1],
  ['d3 ffffffffffffffff', null],
  ['d3 8000000000000000', null],
  ['ca 40000000', 2],
  ['cb 4000000000000000', 2],
  ['cb 8000000000000000', 0],
  ['cb 3ff8000000000000', null],
  ['cb 7ff8000000000000', null],
  ['cb 7ff0000000000000', null],
  ['cb 4340000000000000', null],
  ['ff', null],
  ['c0', null],
  ['c3', null],
  ['a1 31', null],
  ['cc', null],
  ['01 01', null],
  ['', null],
] as const) {
  test(readsUint, hex, value);
}

test('text is read only if it is a str of valid UTF-8, whatever its header', (t) => {
  for (const hex of ['a3c3a461', 'd903c3a461', 'da0003c3a461', 'db00000003c3a461']) {
    t.is(readString(raw(hex)), 'äa');
  }
  t.is(readString(raw('a0')), '');
  t.is(readString(new Raw(pack('é'.repeat(500)))), 'é'.repeat(500));
  for (const hex of [
    'a2c3',
    'a1ff',
    'a3eda080',
    'c40161',
    '01',
    'c0',
    'a161 61',
    'd9',
    'dbff',
    '',
  ]) {
    t.is(readString(raw(hex)), null, hex);
  }
});

test('bytes, booleans and nil are told from everything else', (t) => {
  for (const hex of ['c402beef', 'c50002beef', 'c600000002beef']) {
    t.deepEqual(readBytes(raw(hex)), Buffer.from('beef', 'hex'));
  }
  for (const hex of ['a2beef', 'c402be', 'c401beef', 'c4', 'c0', ''])
    t.is(readBytes(raw(hex)), null);
  t.is(readBoolean(raw('c3')), true);
  t.is(readBoolean(raw('c2')), false);
  for (const hex of ['c0', '01', 'c3c3', '']) t.is(readBoolean(raw(hex)), null);
  t.true(isNil(raw('c0')));
  for (const hex of ['c2', '00', 'c0c0', '']) t.false(isNil(raw(hex)));
});
