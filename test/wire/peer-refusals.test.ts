import test from 'ava';
import { type Entry, makeEntry } from '../../lib/core/entry.ts';
import { checksum } from '../../lib/kit/checksum.ts';
import { decodeMail, encodeMail, type Identity, type Mail } from '../../lib/wire/peer.ts';
import { snapshot } from '../core/of-snapshots.ts';
import { sealed } from './sealed.ts';

const two: Identity = { cluster: 'local', node: 2, incarnation: 7 };
const limits = { recordBytes: 1000 };
const read = (frames: readonly Uint8Array[]): Mail | string => decodeMail(frames, two, limits);

/** Consecutive entries after `prev`, with these terms. */
function entriesAfter(prev: number, terms: readonly number[]): Entry[] {
  return terms.map((term, i) => makeEntry(prev + 1 + i, term, 'command', Buffer.from(`${term}`)));
}

const runOf = (entries: readonly Entry[]): Buffer =>
  Buffer.concat(entries.map(({ record }) => record));

const refuses = test.macro({
  exec(t, fields: readonly unknown[], reason: RegExp, run?: Uint8Array) {
    const mail = read(sealed(fields, run));
    t.is(typeof mail, 'string');
    t.regex(mail as string, reason);
  },
  title: (name) => `${name} is refused`,
});

const head = [1, 'local', 1, 2, 7];
const max = Number.MAX_SAFE_INTEGER;
test('N04: another format', refuses, [2, 'local', 1, 2, 7, 2, 1, true], /mail of format 2/);
test(
  'N05: another cluster',
  refuses,
  [1, 'prod', 1, 2, 7, 2, 1, true],
  /of cluster "prod", where this is "local"/,
);
test('a cluster that is no text', refuses, [1, [[]], 1, 2, 7, 2, 1, true], /of cluster a object/);
test(
  'N05: another receiver',
  refuses,
  [1, 'local', 1, 3, 7, 2, 1, true],
  /to 3, where this is server 2/,
);
test('N05: ourselves', refuses, [1, 'local', 2, 2, 7, 2, 1, true], /two nodes have one id/);
test('N05: nobody', refuses, [1, 'local', 0, 2, 7, 2, 1, true], /from nobody/);
test(
  'N05: a sender that is NaN',
  refuses,
  [1, 'local', Number.NaN, 2, 7, 2, 1, true],
  /from nobody/,
);
test('no incarnation', refuses, [1, 'local', 1, 2, null, 2, 1, true], /without an incarnation/);
test('N04: an unknown kind', refuses, [...head, 99, 1], /unknown kind, 99/);
test('N04: a kind by name', refuses, [...head, 'PreVote', 1], /unknown kind, "PreVote"/);
test('N04: a kind that every object has', refuses, [...head, '__proto__', 1], /unknown kind/);
test('a header that is a map', refuses, { a: 1 } as never, /not an array/);
test('N04: a header with too little', refuses, [...head, 2, 1], /the vote is not a boolean/);
test('N04: a header with too much', refuses, [...head, 2, 1, true, 5], /1 fields too many/);
test(
  'N03: a header that goes on and on',
  refuses,
  [...head, 2, ...Array(20_000).fill(1)],
  /header of \d+ bytes/,
);
for (const bad of [-1, 0, 1.5, Number.NaN, Infinity, max, 2n ** 63n, '1', null, [1], 2 ** 40 + 1]) {
  const shown = typeof bad === 'bigint' ? `${bad}n` : JSON.stringify(bad);
  test(
    `N07: the term ${shown} (${String(bad)})`,
    refuses,
    [...head, 4, bad, true],
    /the term is not an integer/,
  );
}
for (const bad of [-1, 1.5, Number.NaN, 2 ** 48, max, 'x', null]) {
  test(
    `N07: the index ${String(bad)}`,
    refuses,
    [...head, 6, 1, true, bad],
    /the matched index is not/,
  );
  test(`N07: the round ${String(bad)}`, refuses, [...head, 7, 1, 0, 0, bad], /the round is not/);
}
test('a vote of 1', refuses, [...head, 4, 1, 1], /the vote is not a boolean/);
test('N08: a last entry of the term that is asked for', refuses, [...head, 3, 5, 9, 5], /above 4/);
test(
  'N08: a commit of a term to come',
  refuses,
  [...head, 7, 5, 9, 6, 1],
  /term of the commit is above 5/,
);
test(
  'N08: an index without a term',
  refuses,
  [...head, 7, 5, 9, 0, 1],
  /an index or a term, but not both/,
);
test(
  'a term without an index',
  refuses,
  [...head, 7, 5, 0, 3, 1],
  /an index or a term, but not both/,
);
test(
  'a run where none belongs',
  refuses,
  [...head, 4, 5, true],
  /message that has none/,
  Buffer.alloc(9),
);

const append = (count: unknown, [index, term]: [number, number] = [4, 2], of = 3): unknown[] => [
  ...head,
  5,
  of,
  index,
  term,
  4,
  count,
];
test(
  'N08: fewer entries than said',
  refuses,
  append(3),
  /2 entries in a run of 3/,
  runOf(entriesAfter(4, [2, 3])),
);
test(
  'N08: more entries than said',
  refuses,
  append(1),
  /2 entries in a run of 1/,
  runOf(entriesAfter(4, [2, 3])),
);
test(
  'a run, but no entries',
  refuses,
  append(0),
  /0 entries, and a run/,
  runOf(entriesAfter(4, [2])),
);
test('an empty run', refuses, append(1), /0 entries in a run of 1/, Buffer.alloc(0));
test('a number of entries that is none', refuses, append(-1), /number of entries/, Buffer.alloc(9));
test(
  'N08: entries after a gap',
  refuses,
  append(1),
  /entry 6 of term 2 does not follow 4 of 2/,
  runOf(entriesAfter(5, [2])),
);
test(
  'N08: entries that start too early',
  refuses,
  append(1),
  /does not follow/,
  runOf(entriesAfter(3, [2])),
);
test(
  'N08: an entry of an older term than the one before',
  refuses,
  append(1),
  /does not follow/,
  runOf(entriesAfter(4, [1])),
);
test(
  'N08: terms that fall within the run',
  refuses,
  append(2),
  /record 1 of the run does not follow/,
  runOf(entriesAfter(4, [3, 2])),
);
test(
  'N08: an entry of a term to come',
  refuses,
  append(1),
  /of term 4, above the term 3/,
  runOf(entriesAfter(4, [4])),
);
test('a first entry of term 0', refuses, append(1, [0, 0]), /term 0/, runOf(entriesAfter(0, [0])));
const far = makeEntry(5, 3, 'command', Buffer.alloc(2000));
test('N03: a record above the limit', refuses, append(1), /bad length/, Buffer.from(far.record));
const damaged = runOf(entriesAfter(4, [2]));
damaged.writeUInt8(damaged.readUInt8(24) ^ 1, 24);
test('N01: a record that was damaged', refuses, append(1), /bad checksum/, damaged);

test('a run of items that lies about itself is refused', (t) => {
  const items = (count: unknown, run: string): unknown => {
    const bytes = Buffer.from(run, 'hex');
    const [header, body] = sealed([...head, 16, count], bytes) as [Buffer, Buffer];
    const packed = header.subarray(0, -4);
    header.writeUInt32LE(checksum(bytes, checksum(packed)), packed.length);
    return read([header, body]);
  };
  t.like(items(1, '01000000000002000000beef'), { requests: { length: 1 } });
  t.regex(items(1, '010000000000ffffffffbeef') as string, /item 0 of the run is cut short/);
  t.regex(items(1, '01000000') as string, /item 0 of the run is cut short/);
  t.regex(items(2, '01000000000002000000beef') as string, /1 items in a run of 2/);
  t.regex(items(1, '01000000000000000000'.repeat(2)) as string, /more than 1 items/);
  t.regex(items(0, '') as string, /number of items/);
  t.regex(items(65_537, '01000000000000000000'.repeat(65_537)) as string, /number of items/);
  t.regex(read(sealed([...head, 16, 1])) as string, /no run of items/);
});

test('N13: a part of a snapshot that goes past its end is refused', (t) => {
  const one: Identity = { cluster: 'local', node: 1, incarnation: 7 };
  const part = (offset: number, length: number) => {
    const chunk = Buffer.alloc(length);
    const kind = 'InstallSnapshot' as const;
    const message = { kind, term: 1, snapshot: snapshot('7/1'), offset, chunk };
    return read(encodeMail({ from: 1, to: 2, message }, one));
  };
  t.is(typeof part(95, 5), 'object');
  t.regex(part(95, 6) as string, /a chunk beyond the 100 bytes/);
  t.regex(part(101, 0) as string, /a chunk beyond the 100 bytes/);
});
