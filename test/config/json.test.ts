import test from 'ava';
import fc from 'fast-check';
import { jsonFault } from '../../config/json.ts';

const faultAt = test.macro({
  exec(t, text: string, place: string, found: string, allowed: string) {
    const fault = jsonFault(text);
    t.is(`${fault?.line}:${fault?.column}`, place);
    t.like(fault, { found, allowed });
  },
  title: (_, text, place) => `${JSON.stringify(text)} is wrong at ${place}`,
});

test(faultAt, '', '1:1', 'the end of the file', 'a value');
test(faultAt, '{', '1:2', 'the end of the file', 'a name in double quotes or "}"');
test(faultAt, '{"a":1,}', '1:8', '}', 'a name in double quotes');
test(faultAt, '{\n  "a": 1\n  "b": 2\n}', '3:3', '"b"', '"," or "}"');
test(faultAt, '{"a" 1}', '1:6', '1', '":"');
test(faultAt, "{'a': 1}", '1:2', "'", 'a name in double quotes or "}"');
test(faultAt, '{"a": 01}', '1:7', '01', 'a value');
test(faultAt, '{"a": tru}', '1:7', 'tru', 'a value');
test(faultAt, '[1, 2', '1:6', 'the end of the file', '"," or "]"');
test(faultAt, '[1]]', '1:4', ']', 'the end of the file');
test(faultAt, '[1}', '1:3', '}', '"," or "]"');
test(faultAt, '{\r\n\t"a": // why\r\n1}', '2:7', '/', 'a value');
test(faultAt, '1 2', '1:3', '2', 'the end of the file');

test('a fault is found exactly where JSON.parse finds one', (t) => {
  const bits = ['{', '}', '[', ']', ',', ':', '"a"', '"\\u00e9"', '1', '-0.5e+3', '01', 'true'];
  const garbage = ['null', ' ', '\n', '"', "'", '\\', '.', '-', 'nul', '\u0001', '\u0085', 'é'];
  const pieces = fc.array(fc.constantFrom(...bits, ...garbage), { maxLength: 8 });
  const texts = fc.oneof(
    pieces.map((parts) => parts.join('')),
    fc
      .json()
      .chain((text) =>
        fc
          .tuple(fc.nat(text.length), fc.nat(2), fc.constantFrom('', ...bits, ...garbage))
          .map(([at, cut, insert]) => text.slice(0, at) + insert + text.slice(at + cut)),
      ),
    fc.json(),
  );
  fc.assert(
    fc.property(texts, (text) => {
      t.is(jsonFault(text) === null, isJson(text), text);
    }),
    { numRuns: 5000 },
  );
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false; // that it throws is the answer
  }
}
