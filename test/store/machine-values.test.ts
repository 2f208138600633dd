import { join } from 'node:path';
import test from 'ava';
import type { Members } from '../../lib/store/database/answer-read.ts';
import { openMachine } from '../../lib/store/database/machine.ts';
import type { Tables } from '../../lib/store/database/tables.ts';
import { LmdbTables } from '../../lib/store/database/tables-lmdb.ts';
import { MemoryTables } from '../../lib/store/database/tables-memory.ts';
import { Raw } from '../../lib/wire/raw.ts';
import { entriesAfter, LIMITS, put, request } from './machine-world.ts';
import { temporaryDirectory } from './temporary.ts';

const zeros = (bytes: number): string => '00'.repeat(bytes);

/** One or more of every format of msgpack, in encodings that no encoder of ours would choose. */
const VALUES: Readonly<Record<string, string>> = {
  nil: 'c0',
  false: 'c2',
  true: 'c3',
  'positive fixint': '7f',
  'negative fixint': 'e0',
  'uint 8 of 1': 'cc01',
  'uint 16 of 1': 'cd0001',
  'uint 32 of 1': 'ce00000001',
  'uint 64 of 1': 'cf0000000000000001',
  'uint 64, the largest': 'cfffffffffffffffff',
  'int 8 of 1': 'd001',
  'int 16': 'd1ffff',
  'int 32': 'd2ffffffff',
  'int 64, the smallest': 'd38000000000000000',
  'float 32': 'ca3f000000',
  'float 32 not a number': 'ca7fc00001',
  'float 64': 'cb3fb999999999999a',
  'float 64 not a number, with a payload': 'cb7ff8000000000001',
  'minus zero': 'cb8000000000000000',
  'empty str': 'a0',
  'str 8 of one letter': 'd90161',
  'str 16 of one letter': 'da000161',
  'str 32 of one letter': 'db0000000161',
  'str that is not UTF-8': 'a2ff80',
  'bin 8': 'c403010203',
  'bin 16 of nothing': 'c50000',
  'bin 32 of one byte': 'c60000000100',
  'empty array': '90',
  'array 16': 'dc0002c0c2',
  'array 32': 'dd00000001dc0001c0',
  'empty map': '80',
  'map with keys of all kinds': '8501a161c0a162ca3f000000a1639101a164a1ffa165',
  'map that names a member twice': '82a16101a16102',
  'map with __proto__': '81a95f5f70726f746f5f5f80',
  'map 16': 'de0001a161c0',
  'map 32': 'df00000001a161c0',
  'fixext 1': 'd40001',
  'fixext 2': 'd5010102',
  'fixext 4, a timestamp': 'd6ff00000000',
  'fixext 8': `d77f${zeros(8)}`,
  'fixext 16': `d880${zeros(16)}`,
  'ext 8 of nothing': 'c70005',
  'ext 8, a record of msgpackr': 'c70372010203',
  'ext 16': 'c8000142ff',
  'ext 32': 'c90000000170ff',
  'bin of 70,000 bytes': `c600011170${zeros(70_000)}`,
  'nested 20 deep': `${'91'.repeat(20)}c0`,
};

for (const [side, make] of [
  ['memory', () => new MemoryTables()],
  ['LMDB', (directory: string) => new LmdbTables(join(directory, 'db'), () => {})],
] as [string, (directory: string) => Tables][]) {
  test(`${side}: values of every type come back byte for byte`, async (t) => {
    const machine = openMachine(make(temporaryDirectory(t)), LIMITS);
    const raws = Object.entries(VALUES).map(
      ([name, hex]) => [name, Buffer.from(hex, 'hex')] as const,
    );
    const entries = entriesAfter(
      0,
      raws.map(([name, bytes]) => put(name, new Raw(bytes))),
    );
    const applied = machine.apply(entries);
    const cas = entriesAfter(
      machine.applied,
      raws.map(([name]) => ({ op: 'cas', key: name, expect: { absent: true }, value: 0 })),
    );
    const failed = machine.apply(cas).map(({ reply }) => reply as Members | null);
    const ranged = membersOf(machine.read(request({ op: 'range' })), 'entries');
    const changed = membersOf(machine.read(request({ op: 'changes', since: 0 })), 'changes');
    raws.forEach(([name, bytes], i) => {
      const read = machine.read(request({ op: 'get', key: name })) as Members;
      for (const [how, found] of [
        ['read', read['value']],
        ['told by cas', failed[i]?.['current']],
        ['ranged over', ranged.find(({ key }) => key === name)?.['value']],
        ['in the history', changed[i]?.['value']],
        ['told to watchers', new Raw(applied[i]?.changes[0]?.value ?? Buffer.alloc(0))],
      ] as const) {
        t.deepEqual(Buffer.from((found as Raw).bytes), bytes, `${name}, ${how}`);
      }
    });
    await machine.close();
  });
}

function membersOf(reply: object, name: string): readonly Members[] {
  return (reply as Record<string, readonly Members[]>)[name] ?? [];
}
