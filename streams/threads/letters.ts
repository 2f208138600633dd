import type { Input, Proposed } from '../../lib/core/input.ts';
import type { Index } from '../../lib/core/types.ts';
import { assert } from '../../lib/kit/assert.ts';
import type { LogFields, LogLevel } from '../../lib/kit/logger.ts';
import type { Peer } from '../../lib/net/network.ts';
import type { Change } from '../../lib/store/state-machine.ts';
import type { Answer, Forward, Mail } from '../../lib/wire/peer.ts';
import type { Decided } from '../decided.ts';
import type { IncomingSnapshot, OutgoingSnapshot } from '../snapshot-traffic.ts';
import type { Places } from '../world.ts';
import type { CallLetter } from './calls.ts';
import type { Fault } from './fault.ts';
import {
  type Packed,
  type PackedItems,
  packEntries,
  packItems,
  unpackEntries,
  unpackItems,
  withOwnBytes,
} from './packing.ts';

/** What the loop says to the service. */
export type ToService =
  | DecidedLetter
  | MailLetter
  | CallLetter
  /** The log is recovered: open the sockets, and serve. */
  | ({ readonly kind: 'Serve' } & Serving)
  /** Whom to dial from now on. */
  | { readonly kind: 'Peers'; readonly peers: readonly Peer[] }
  | TrafficLetter
  /** Whether changes of keys are worth sending: somebody watches, or nobody does. */
  | { readonly kind: 'Watched'; readonly isWatched: boolean }
  /** The node was asked to leave. */
  | { readonly kind: 'Leave' }
  /** All is over: close what is open, and end. */
  | { readonly kind: 'Close' };

/** What the service says to the loop. */
export type FromService =
  /** The state machine is open. */
  | ({ readonly kind: 'Opened'; readonly canBeCopied: boolean } & Progress)
  /** The sockets are open, too. */
  | { readonly kind: 'Ready' }
  | CallLetter
  | InputLetter
  | ({ readonly kind: 'Applied'; readonly changes: readonly Change[] } & Progress)
  | {
      readonly kind: 'Told';
      readonly level: LogLevel;
      readonly event: string;
      readonly fields: LogFields;
    }
  /** After `Leave`: nobody waits for an answer any more. */
  | { readonly kind: 'Left' }
  /** Why the service has ended. */
  | { readonly kind: 'Failed'; readonly fault: Fault };

/** What a service has to know when it begins. */
export type Serving = {
  /** In ms since the epoch: each thread counts from a beginning of its own. */
  readonly startedAt: number;
  readonly listens: Places;
};

/** Snapshots on their way, for the status. */
export type TrafficLetter = {
  readonly kind: 'Traffic';
  readonly outgoing: readonly OutgoingSnapshot[];
  readonly incoming: IncomingSnapshot | null;
};

/** How far the state machine is. */
export type Progress = { readonly applied: Index; readonly rev: number };

/** A letter, and the memory in it that is handed over. */
export type Sealed<Letter> = { readonly letter: Letter; readonly bytes?: Packed };

export type DecidedLetter = {
  readonly kind: 'Decided';
  /** Without the entries of its release, which are in `records`. */
  readonly decided: Decided;
  readonly records: Packed | null;
};

export function sealDecided(decided: Decided): Sealed<DecidedLetter> {
  const { release, ...rest } = decided;
  if (!release || release.entries.length === 0) {
    return { letter: { kind: 'Decided', decided: withOwnBytes(decided), records: null } };
  }
  const records = packEntries(release.entries);
  const without = { ...withOwnBytes(rest), release: { ...release, entries: [] } };
  return { letter: { kind: 'Decided', decided: without, records }, bytes: records };
}

export function openDecided({ decided, records }: DecidedLetter): Decided {
  const { release } = decided;
  if (!records || !release) return decided;
  return { ...decided, release: { ...release, entries: unpackEntries(records) } };
}

/** Mail of other desks; what it carries of clients is packed. */
export type MailLetter =
  | { readonly kind: 'Mail'; readonly mail: Mail; readonly items: null }
  | {
      readonly kind: 'Mail';
      readonly mail: (Omit<Forward, 'requests'> | Omit<Answer, 'answers'>) & WithIncarnation;
      readonly items: PackedItems;
    };

type WithIncarnation = Pick<Mail, 'incarnation'>;

export function sealMail(mail: Mail): Sealed<MailLetter> {
  if (mail.kind === 'Forward') {
    const { requests, ...rest } = mail;
    const items = packItems(requests);
    return { letter: { kind: 'Mail', mail: rest, items }, bytes: items.run };
  }
  if (mail.kind === 'Answer') {
    const { answers, ...rest } = mail;
    const items = packItems(answers);
    return { letter: { kind: 'Mail', mail: rest, items }, bytes: items.run };
  }
  return { letter: { kind: 'Mail', mail: withOwnBytes(mail), items: null } };
}

export function openMail({ mail, items }: MailLetter): Mail {
  if (items === null) return mail;
  if (mail.kind === 'Forward') return { ...mail, requests: unpackItems(items) };
  assert(mail.kind === 'Answer', 'requests and answers are packed, and nothing else');
  return { ...mail, answers: unpackItems(items) };
}

/** An input; of `Proposed` the proposals are packed, and the tokens of those that are timed said. */
export type InputLetter =
  | { readonly kind: 'Input'; readonly input: Exclude<Input, Proposed>; readonly items: null }
  | {
      readonly kind: 'Input';
      readonly input: NoProposals;
      readonly items: PackedItems;
      readonly timed: readonly number[];
    };

type NoProposals = Omit<Proposed, 'proposals'>;

export function sealInput(input: Input): Sealed<InputLetter> {
  if (input.kind !== 'Proposed') {
    return { letter: { kind: 'Input', input: withOwnBytes(input), items: null } };
  }
  const { proposals, ...rest } = input;
  const timed: number[] = [];
  const items = packItems(
    proposals.map(({ token, payload, timed: isTimed, ...others }) => {
      others satisfies Record<string, never>;
      if (isTimed) timed.push(token);
      return { token, frame: payload };
    }),
  );
  return { letter: { kind: 'Input', input: rest, items, timed }, bytes: items.run };
}

export function openInput(letter: InputLetter): Input {
  if (letter.items === null) return letter.input;
  const timed = new Set(letter.timed);
  const proposals = unpackItems(letter.items).map(({ token, frame: payload }) =>
    timed.has(token) ? { token, payload, timed: true } : { token, payload },
  );
  return { ...letter.input, proposals };
}
