import { NEVER } from 'rxjs';
import type { Input } from '../../lib/core/input.ts';
import type { Outcome } from '../../lib/core/outcome.ts';
import { foundedBy } from '../../lib/core/quorum.ts';
import type { View } from '../../lib/core/view.ts';
import { SILENT } from '../../lib/kit/logger.ts';
import type { Client } from '../../lib/net/network.ts';
import type { LogStore } from '../../lib/store/log-store.ts';
import type { StateMachine } from '../../lib/store/state-machine.ts';
import { encodeRequest, refuse } from '../../lib/wire/client.ts';
import { Desk } from '../../streams/desk.ts';
import type { World } from '../../streams/world.ts';
import { FakeNetwork } from './fake-network.ts';
import { type ManualClock, manualClock } from './manual-clock.ts';

/** Takes `put` and `get`; a get answers with what has been applied. */
export class FakeMachine {
  applied = 0;
  rev = 0;

  route(op: string): 'write' | 'read' | null {
    return op === 'put' ? 'write' : op === 'get' ? 'read' : null;
  }

  check(request: { readonly args: ReadonlyMap<string, unknown> }) {
    return request.args.has('key') ? null : refuse('BAD_REQUEST', 'key is missing');
  }

  read() {
    return { ok: true, at: this.rev };
  }
}

export const ALICE: Client = { route: Buffer.from('alice'), delimited: false };
export const BOB: Client = { route: Buffer.from('bob'), delimited: false };
export const REQ: Client = { route: Buffer.from('req'), delimited: true };

const member = (id: number) => ({
  id,
  peer: `tcp://127.0.0.1:${7100 + id}`,
  client: `tcp://127.0.0.1:${7200 + id}`,
  events: `tcp://127.0.0.1:${7300 + id}`,
  incarnation: null,
});

type SetUp = {
  readonly desk: Desk;
  readonly network: FakeNetwork;
  readonly machine: FakeMachine;
  readonly clock: ManualClock;
  readonly inputs: Input[];
  readonly decide: (change: Partial<Outcome>, view?: Partial<View>) => void;
  readonly ask: (client: Client, ...frames: readonly Buffer[]) => void;
};

export function setUp({ leader = 1 as number | null, pendingRequests = 100 } = {}): SetUp {
  const network = new FakeNetwork();
  const machine = new FakeMachine();
  const clock = manualClock(1000);
  const inputs: Input[] = [];
  const world: World = {
    clock,
    network,
    machine: machine as unknown as StateMachine,
    log: {} as LogStore,
    logger: SILENT,
    identity: { cluster: 'test', node: 1, incarnation: 11 },
    listens: member(1),
    configured: [],
    isJoining: false,
    onRemoved: () => {},
    limits: { valueBytes: 1 << 20, recordBytes: 2 << 20, pendingRequests, pendingBytes: 1 << 20 },
    version: '1.2.3',
    firstToken: 1,
    startedAt: 0,
    leaving$: NEVER,
  };
  const desk = new Desk(world, (input) => inputs.push(input), null);
  let view: View = {
    id: 1,
    role: leader === 1 ? 'leader' : 'follower',
    term: 5,
    leader,
    commit: 10,
    first: 1,
    last: 10,
    snapshot: 0,
    configurations: [],
    configuration: foundedBy([member(1), member(2), member(3)]),
    configurationIndex: 0,
    catchingUp: [],
    isRemoved: false,
  };
  const nothing = {
    accepted: [],
    refused: [],
    transferred: [],
    readable: [],
    reconfigured: [],
  };
  const decide = (change: Partial<Outcome>, news: Partial<View> = {}): void => {
    view = { ...view, ...news };
    desk.onDecided({ ...nothing, ...change, view } as unknown as Outcome);
  };
  decide({});
  return {
    desk,
    network,
    machine,
    clock,
    inputs,
    decide,
    ask: (client, ...frames) => desk.onMessage({ client, frames }),
  };
}

export const put = (id: number, args: object = {}): Buffer =>
  encodeRequest(id, 'put', { key: 'k', value: id, ...args });
export const get = (id: number, args: object = {}): Buffer =>
  encodeRequest(id, 'get', { key: 'k', ...args });

/** The tokens under which the desk knows the requests it submitted. */
export const tokens = (inputs: readonly Input[]): number[] =>
  inputs.flatMap((input) => {
    if (input.kind === 'Proposed') return input.proposals.map(({ token }) => token);
    return input.kind === 'Asked' ? [...input.tokens] : [];
  });
