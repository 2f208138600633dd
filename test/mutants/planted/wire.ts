import { inChapter } from '../mutant.ts';

const PEER = 'lib/wire/peer.ts';

/** Bytes from outside: nothing is believed that was not checked. */
export const WIRE = inChapter('wire', [
  {
    id: 'w1',
    name: 'checksum-of-a-header-not-compared',
    breaks: 'damaged mail has no effect',
    source: ['m59'],
    edits: [
      {
        file: PEER,
        find: "return bytes.readUInt32LE(end) === expected ? value : 'mail with a wrong checksum';",
        replace: 'return expected < 0 ? String(bytes.readUInt32LE(end)) : value;',
      },
    ],
  },
  {
    id: 'w2',
    name: 'checksum-does-not-cover-what-is-forwarded',
    breaks: 'damaged mail has no effect',
    source: ['m59'],
    edits: [
      {
        file: PEER,
        find: 'header.writeUInt32LE(run ? checksum(run, sum) : sum, packed.length);',
        replace: 'header.writeUInt32LE(run ? sum : sum, packed.length);',
      },
      {
        file: PEER,
        find: 'const expected = run && isOfAll ? checksum(run, sum) : sum;',
        replace: 'const expected = run && isOfAll ? sum : sum;',
      },
    ],
  },
  {
    id: 'w3',
    name: 'checksum-of-a-record-not-compared',
    breaks: 'damaged mail has no effect',
    source: ['m59'],
    edits: [
      {
        file: 'lib/core/entry.ts',
        find: "  if (record.readUInt32LE(4) !== checksum(record.subarray(8))) return 'checksum';\n",
        replace: '',
      },
    ],
  },
  {
    id: 'w4',
    name: 'checksum-of-a-beat-not-compared',
    breaks: 'damaged mail has no effect',
    source: ['m59'],
    edits: [
      {
        file: 'lib/wire/event.ts',
        find: "if (sum !== expected) return 'a beat with a wrong checksum';",
        replace: "if (sum < 0 && sum !== expected) return 'a beat with a wrong checksum';",
      },
    ],
  },
  {
    id: 'w5',
    name: 'mail-of-another-cluster-taken',
    breaks: 'mail of strangers has no effect',
    source: ['strangers'],
    edits: [
      {
        file: PEER,
        find: '  if (theirs !== cluster)\n',
        replace: "  if (typeof theirs !== 'string')\n",
      },
    ],
  },
  {
    id: 'w6',
    name: 'mail-for-another-server-taken',
    breaks: 'mail of strangers has no effect',
    source: ['strangers'],
    edits: [{ file: PEER, find: '  if (to !== node) return', replace: '  if (to === 0) return' }],
  },
  {
    id: 'w7',
    name: 'beat-of-another-cluster-taken',
    breaks: 'mail of strangers has no effect',
    source: ['strangers'],
    edits: [
      {
        file: 'lib/wire/event.ts',
        find: '  if (cluster !== identity.cluster) {',
        replace: "  if (typeof cluster !== 'string') {",
      },
      {
        file: 'lib/wire/event.ts',
        find: 'const expected = sumOf(identity.cluster, [',
        replace: 'const expected = sumOf(cluster, [',
      },
    ],
  },
  {
    id: 'w8',
    name: 'mail-of-a-server-that-is-no-member-taken',
    breaks: 'mail of strangers has no effect',
    source: ['strangers'],
    edits: [
      {
        file: 'streams/peers.ts',
        find: 'return isGuest ? null :',
        replace: 'return isGuest || from > 0 ? null :',
      },
    ],
  },
  {
    id: 'w9',
    name: 'length-of-a-record-trusted',
    breaks: 'damaged mail has no effect',
    source: ['m60'],
    edits: [
      {
        file: 'lib/core/entry.ts',
        find: "  if (length < RECORD_HEADER_BYTES || length > recordBytesMax) return 'length';\n  if (bytes.length - offset < length) return 'short';\n",
        replace: "  if (length > recordBytesMax) return 'length';\n",
      },
    ],
  },
  {
    id: 'w10',
    name: 'length-of-a-forwarded-request-trusted',
    breaks: 'damaged mail has no effect',
    source: ['m60'],
    edits: [
      {
        file: 'lib/wire/batch.ts',
        find: '    if (end > run.length) return',
        replace: '    if (end > run.length + 2 ** 40) return',
      },
      {
        file: PEER,
        find: 'const expected = run && isOfAll ? checksum(run, sum) : sum;',
        replace: 'const expected = run && isOfAll ? bytes.readUInt32LE(end) : sum;',
      },
    ],
  },
  {
    id: 'w11',
    name: 'run-of-other-entries-sent',
    breaks: 'log matching',
    source: ['bug 51'],
    edits: [
      {
        file: 'lib/wire/message.ts',
        find: 'if (entries !== lastEntries) {',
        replace: 'if (entries.length !== lastEntries.length) {',
      },
    ],
  },
]);
