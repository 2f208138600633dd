import test from 'ava';
import fc from 'fast-check';
import { pack, packr } from '../../lib/wire/pack.ts';
import { Raw } from '../../lib/wire/raw.ts';
import { COMPARED_BYTES_MAX, sameValue } from '../../lib/wire/same-value.ts';
import { anyValue } from './values.ts';

const raw = (hex: string): Raw => new Raw(Buffer.from(hex.replaceAll(' ', ''), 'hex'));

const compares = test.macro({
  exec(t, a: string, b: string, same: boolean) {
    t.is(sameValue(raw(a), raw(b)), same);
    t.is(sameValue(raw(b), raw(a)), same);
  },
  title: (name = '', a, b, same) =>
    `${a} and ${b} are ${same ? 'the same' : 'not the same'}: ${name}`,
});

test('width of an integer', compares, '01', 'cf 0000000000000001', true);
test('signed or not', compares, 'd3 0000000000000001', 'cc 01', true);
test('negative', compares, 'ff', 'd2 ffffffff', true);
test('a float that is whole', compares, '01', 'cb 3ff0000000000000', true);
test('width of a float', compares, 'ca 3f800000', 'cb 3ff0000000000000', true);
test('0.1 in two widths is two numbers', compares, 'ca 3dcccccd', 'cb 3fb999999999999a', false);
test('zero has no sign', compares, '00', 'cb 8000000000000000', true);
test('NaN', compares, 'ca 7fc00000', 'cb 7ff8000000000001', true);
test('beyond 2^53, exactly', compares, 'cf 1000000000000000', 'cb 43b0000000000000', true);
test('beyond 2^53, off by one', compares, 'cf 1000000000000001', 'cb 43b0000000000000', false);
test('length of text', compares, 'a1 61', 'db 00000001 61', true);
test('length of bytes', compares, 'c4 01 61', 'c6 00000001 61', true);
test('text is not bytes', compares, 'a1 61', 'c4 01 61', false);
test('true is not 1', compares, 'c3', '01', false);
test('nil is not false', compares, 'c0', 'c2', false);
test('nil is not an empty map', compares, 'c0', '80', false);
test('an array is not a map', compares, '90', '80', false);
test('length of an array', compares, '92 01 02', 'dc 0002 01 02', true);
test('order of an array', compares, '92 01 02', '92 02 01', false);
test('order of a map', compares, '82 a161 01 a162 02', 'de 0002 a162 02 a161 01', true);
test('a map with more', compares, '81 a161 01', '82 a161 01 a162 02', false);
test('other names', compares, '82 a161 01 a162 02', '82 a161 01 a163 02', false);
test('a name of every object', compares, '81 a161 01', '81 a8 746f537472696e67 01', false);
test('keys that are numbers', compares, '81 01 02', '81 cc01 02', true);
test('a number is not its text as a key', compares, '81 01 02', '81 a131 02', false);
test('extensions as they are', compares, 'd4 05 01', 'd4 05 02', false);
test('nanoseconds count', compares, 'd7ff 0000000400000001', 'd7ff 0000000800000001', false);
test('text that is not UTF-8, as it is', compares, 'a1 ff', 'a1 fe', false);
test('no value at all', compares, '', '01', false);
test('bytes that are no value', compares, 'c1', 'c101', false);

test('a value is the same as itself, however another encoder writes it', (t) => {
  fc.assert(
    fc.property(anyValue, anyValue, (value, other) => {
      const [a, b] = [new Raw(pack(value)), new Raw(packr.pack(value))];
      fc.pre(Math.max(a.bytes.length, b.bytes.length) <= COMPARED_BYTES_MAX);
      // msgpackr writes integers beyond 32 bits as floats, and lengths wider than they need
      t.true(sameValue(a, b));
      const c = new Raw(pack(other));
      t.is(sameValue(a, c), sameValue(c, a));
    }),
    { numRuns: 500 },
  );
});

test('long values are compared byte by byte', (t) => {
  const [long, short] = ['x'.repeat(COMPARED_BYTES_MAX), 'x'.repeat(100)];
  for (const [text, same] of [
    [long, false],
    [short, true],
  ] as const) {
    const [a, b] = [
      { a: 1, text },
      { text, a: 1 },
    ];
    t.true(sameValue(new Raw(pack(a)), new Raw(pack(a))));
    t.is(sameValue(new Raw(pack(a)), new Raw(pack(b))), same);
  }
});
