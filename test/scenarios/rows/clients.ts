import { onWholeNodes, type Row, withoutSessions } from './row.ts';

export const CLIENTS: readonly Row[] = [
  withoutSessions('C01', 'a command whose reply was lost has one effect, and the same reply again'),
  withoutSessions('C02', 'a request that comes ten times, over a change of leader, has one effect'),
  withoutSessions('C03', 'an old request after a newer one has no effect'),
  withoutSessions('C05', 'sessions survive snapshots and restarts'),
  onWholeNodes('C06', 'what is rejected never takes effect; what may have is called unknown'),
  onWholeNodes('C07', 'a write that was called unknown may be committed later, once'),
  onWholeNodes('C09', 'clients of a minority wait, and are served when the network is whole again'),
  onWholeNodes('C10', 'a thousand clients that repeat at once do not bring it down'),
  onWholeNodes('C11', 'requests that race a stop or a restart are all answered, none mixed up'),
];
