import type { Row } from './row.ts';

export const OPERATIONS: readonly Row[] = [
  {
    id: 'O07',
    rule: 'a leader that is told to stop hands over first, and leaves nobody in doubt',
    in: ['e2e/transfer.test.ts', 'streams/transfer-desk.test.ts'],
  },
];
