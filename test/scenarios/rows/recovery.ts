import type { Row } from './row.ts';

export const RECOVERY: readonly Row[] = [
  {
    id: 'V01',
    rule: 'a healed majority elects, agrees and serves, whatever the others do',
    in: ['sim-rows/recovery.test.ts'],
  },
  {
    id: 'V02',
    rule: 'all healed: everybody agrees, and every acknowledged write is there',
    in: ['sim-rows/recovery.test.ts'],
  },
  {
    id: 'V03',
    rule: 'links that clog and come free in any order do no lasting harm',
    in: ['sim-rows/recovery.test.ts'],
  },
  {
    id: 'V05',
    rule: 'clocks and timeouts that differ leave one stable leader',
    in: ['sim-rows/recovery.test.ts'],
  },
  {
    id: 'V06',
    rule: 'after too much load queues are short again within seconds',
    in: ['sim-rows/recovery.test.ts'],
  },
  {
    id: 'V07',
    rule: 'clusters of 1, 2, 4, 6, 7 and 9 decide by their majorities',
    in: ['sim-rows/recovery.test.ts'],
  },
  {
    id: 'V09',
    rule: 'commits go on though each leader dies after its first',
    in: ['sim-rows/recovery.test.ts'],
  },
  {
    id: 'V10',
    rule: 'ten idle days change nothing',
    in: ['sim-rows/recovery.test.ts'],
    lacks: 'more than five hours: an idle server looks twenty times a second whose time is up',
  },
];
