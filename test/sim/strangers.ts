import { makeEntry } from '../../lib/core/entry.ts';
import type { Message } from '../../lib/core/message.ts';
import type { NodeId } from '../../lib/core/types.ts';
import { beatFields, encodeEvent, HEARTBEAT } from '../../lib/wire/event.ts';
import { pack } from '../../lib/wire/pack.ts';
import { encodeMail } from '../../lib/wire/peer.ts';
import type { Chance } from './chance.ts';
import { CLUSTER, INCARNATION } from './identity.ts';

type Draw = (chance: Chance, from: NodeId, to: NodeId) => readonly Uint8Array[];

/** A term far ahead: whoever believed it would stop whoever leads. */
const TERM = 1_000_000;
const LEAD: Message = {
  kind: 'AppendEntries',
  term: TERM,
  prev: { index: 0, term: 0 },
  entries: [],
  commit: 0,
};
const VOTE: Message = { kind: 'RequestVote', term: TERM, last: { index: 900, term: TERM - 1 } };

function sealed(cluster: string, from: NodeId, to: NodeId, message: Message): Uint8Array[] {
  return encodeMail({ from, to, message }, { cluster, node: from, incarnation: INCARNATION });
}

/** Frames that must have no effect, whoever gets them. */
const STRANGERS: readonly Draw[] = [
  // bytes that are no mail
  () => [],
  () => [Buffer.alloc(0)],
  (chance) => [bytes(chance, chance.whole(1, 200))],
  (chance) => [bytes(chance, 20), bytes(chance, 20), bytes(chance, 20)],
  () => [Buffer.alloc(1 << 20, 0x91)],
  () => [pack([1, CLUSTER, 1])],
  // another cluster, another server, nobody
  (chance, from, to) => sealed('another', from, to, chance.pick([VOTE, LEAD])),
  (chance, from, to) => sealed(CLUSTER, from, to + 1, chance.pick([VOTE, LEAD])),
  (chance, _, to) => sealed(CLUSTER, to, to, chance.pick([VOTE, LEAD])),
  (chance, _, to) => sealed(CLUSTER, 99, to, chance.pick([VOTE, LEAD])),
  // what no server can say
  (_, from, to) => sealed(CLUSTER, from, to, { ...VOTE, term: 2 ** 53 - 1 }),
  (_, from, to) => sealed(CLUSTER, from, to, { ...VOTE, term: Number.NaN }),
  (_, from, to) => sealed(CLUSTER, from, to, { ...VOTE, term: -1 }),
  (_, from, to) => sealed(CLUSTER, from, to, { ...VOTE, last: { index: 5, term: TERM + 1 } }),
  (_, from, to) => sealed(CLUSTER, from, to, gapped()),
  // the header of an entry whose bytes are others
  (chance, from, to) => {
    const [header = Buffer.alloc(0)] = sealed(CLUSTER, from, to, gapped());
    return [header, bytes(chance, 64)];
  },
];

export function strangeMail(chance: Chance, from: NodeId, to: NodeId): readonly Buffer[] {
  return chance.pick(STRANGERS)(chance, from, to) as readonly Buffer[];
}

/** Beats that must have no effect: of another cluster, of nobody, or not what their checksum is of. */
export function strangeBeat(chance: Chance, from: NodeId): readonly Buffer[] {
  const [cluster, node, changed] = chance.pick([
    ['another', from, {}],
    [CLUSTER, 99, {}],
    [CLUSTER, from, { term: TERM + 1 }],
  ] as const);
  const commit = { index: 0, term: 0 };
  const beat = { kind: 'Heartbeat', term: TERM, round: 1, commit } as const;
  const fields = beatFields(beat, { cluster, node, incarnation: INCARNATION });
  const event = { node, at: 1, seq: 1, ...fields, ...changed };
  return [Buffer.from(HEARTBEAT), encodeEvent(event)];
}

/** Entries that do not follow what they are said to follow. */
function gapped(): Message {
  const entries = [makeEntry(12, TERM, 'noop')];
  return { kind: 'AppendEntries', term: TERM, prev: { index: 10, term: 2 }, entries, commit: 12 };
}

function bytes(chance: Chance, length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => chance.whole(0, 255)));
}
