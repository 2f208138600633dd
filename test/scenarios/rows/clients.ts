import type { Row } from './row.ts';

export const CLIENTS: readonly Row[] = [
  {
    id: 'C01',
    rule: 'a command whose reply was lost has one effect, and the same reply again',
    in: ['sim-rows/sessions.test.ts', 'store/sessions.test.ts'],
  },
  {
    id: 'C02',
    rule: 'a request that comes ten times, over a change of leader, has one effect',
    in: ['sim-rows/sessions.test.ts', 'store/sessions.test.ts'],
  },
  {
    id: 'C03',
    rule: 'an old request after a newer one has its effect once, and none if it was acknowledged',
    in: ['sim-rows/sessions.test.ts', 'store/sessions.test.ts'],
  },
  {
    id: 'C05',
    rule: 'sessions survive restarts, with databases and without',
    in: ['sim-rows/sessions.test.ts', 'store/sessions.test.ts'],
  },
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
  {
    id: 'C12',
    rule: 'a session that is forgotten refuses its writes, on every server, for ever',
    in: ['sim-rows/sessions.test.ts'],
  },
  {
    id: 'C13',
    rule: 'keys of a lease go when nobody keeps it, not before, whoever leads',
    in: ['sim-rows/sessions.test.ts'],
  },
];
