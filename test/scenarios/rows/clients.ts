import { type Row, withoutSessions } from './row.ts';

export const CLIENTS: readonly Row[] = [
  withoutSessions('C01', 'a command whose reply was lost has one effect, and the same reply again'),
  withoutSessions('C02', 'a request that comes ten times, over a change of leader, has one effect'),
  withoutSessions('C03', 'an old request after a newer one has no effect'),
  withoutSessions('C05', 'sessions survive snapshots and restarts'),
  {
    id: 'C06',
    rule: 'what is rejected never takes effect; what may have is called unknown',
    in: ['sim-rows/clients.test.ts'],
  },
  {
    id: 'C07',
    rule: 'a write that was called unknown may be committed later, once',
    in: ['sim-rows/clients.test.ts'],
  },
  {
    id: 'C09',
    rule: 'clients of a minority wait, and are served when the network is whole again',
    in: ['sim-rows/clients.test.ts'],
  },
  {
    id: 'C10',
    rule: 'a thousand clients that repeat at once do not bring it down',
    in: ['sim-rows/clients.test.ts'],
  },
  {
    id: 'C11',
    rule: 'requests that race a stop or a restart are all answered, none mixed up',
    in: ['sim-rows/clients.test.ts'],
  },
];
