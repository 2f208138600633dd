import test from 'ava';
import type { Input } from '../../../lib/core/input.ts';
import { openInput, sealInput } from '../../../streams/threads/letters.ts';

const INPUTS: readonly Input[] = [
  { kind: 'Asked', tokens: [1, 2], byLease: true },
  { kind: 'TransferAsked', token: 5, to: null },
  {
    kind: 'Proposed',
    proposals: [
      { token: 7, payload: Buffer.from('put') },
      { token: 8, payload: Buffer.from('lease'), timed: true },
    ],
  },
];

for (const input of INPUTS) {
  test(`an input of the service is the same to the loop: ${input.kind}`, (t) => {
    const { letter, bytes } = sealInput(input);
    const arrived = openInput(structuredClone(letter, { transfer: bytes ? [bytes.buffer] : [] }));
    t.deepEqual(arrived, input);
  });
}
