import type { Change } from '../core/change.ts';
import type { Member, NodeId } from '../core/types.ts';
import { endpointProblem } from '../kit/endpoint.ts';
import { Arguments } from './arguments.ts';
import type { Refusal, Request } from './client.ts';
import { NODE_MAX } from './fields.ts';
import type { Raw } from './raw.ts';
import { isNil, readBoolean, readString, scanArray, scanMap } from './scan.ts';

/**
 * The operations that change who takes part (INTERFACE §3): `member.add`, `member.promote`,
 * `member.demote`, `member.remove` and `member.update` make one change each, `member.change`
 * several as one step.
 */
const PREFIX = 'member.';
const SEVERAL = 'member.change';
/** Most changes in one request. */
export const CHANGES_MAX = 64;

/** @param id the member, for what takes no more than that, if no argument says which. */
type Take = (args: Arguments, id: NodeId | null) => Change;

const TAKES: ReadonlyMap<string, Take> = new Map<string, Take>([
  ['add', takeAdd],
  ['promote', (args, id) => ({ kind: 'promote', id: takeId(args, id) })],
  ['demote', (args, id) => ({ kind: 'demote', id: takeId(args, id) })],
  ['remove', (args, id) => ({ kind: 'remove', id: takeId(args, id) })],
  ['update', (args) => ({ kind: 'update', member: takeNode(args) })],
]);

/**
 * The changes that a request asks for, why it cannot be taken, or null if it asks for none.
 *
 * A map has one `id`, which names the request. So a member is named by `node`; where that is left
 * out it is the member of the request's own id, as INTERFACE has it.
 */
export function changesIn({
  id,
  op,
  args,
}: Pick<Request, 'id' | 'op' | 'args'>): readonly Change[] | Refusal | null {
  const take = op.startsWith(PREFIX) ? TAKES.get(op.slice(PREFIX.length)) : undefined;
  if (!take && op !== SEVERAL) return null;
  const taken = new Arguments(args, op, 0);
  const changes = take ? [take(taken, id)] : takeSeveral(taken);
  return taken.refusal ?? changes;
}

function takeSeveral(taken: Arguments): readonly Change[] {
  taken.only('changes');
  const raw = taken.optional('changes');
  const items = raw ? scanArray(raw, CHANGES_MAX) : [];
  if (typeof items === 'string' || items.length === 0) {
    taken.refuse(`changes must be a list of 1 to ${CHANGES_MAX} changes`);
    return [];
  }
  return items.flatMap((item, place) => takeOne(taken, item, `changes[${place}]`) ?? []);
}

function takeOne(taken: Arguments, item: Raw, place: string): Change | null {
  const members = scanMap(item.bytes);
  const op = typeof members === 'string' ? null : textIn(members, 'op');
  const take = op === null ? undefined : TAKES.get(op);
  if (typeof members === 'string' || !take) {
    const ops = [...TAKES.keys()].join(', ');
    taken.refuse(`${place} must be a map with op, one of ${ops}, and what that takes`);
    return null;
  }
  members.delete('op');
  return taken.within(members, place, (one) => take(one, null));
}

function takeAdd(args: Arguments): Change {
  const raw = args.optional('learner');
  const learner = raw ? readBoolean(raw) : false;
  if (learner === null) args.refuse('learner must be true or false');
  return { kind: 'add', member: takeNode(args, 'learner'), as: learner ? 'learner' : 'voter' };
}

function takeId(args: Arguments, id: NodeId | null): NodeId {
  if (id === null) {
    args.only('id');
    return args.uint('id', 1, NODE_MAX);
  }
  args.only('node');
  const named = args.uint('node', 1, NODE_MAX, id);
  if (named < 1 || named > NODE_MAX) args.refuse(`node must be an integer from 1 to ${NODE_MAX}`);
  return named;
}

/** A node and its addresses, each of which others must be able to dial. */
function takeNode(args: Arguments, ...others: readonly string[]): Member {
  args.only('node', ...others);
  const raw = args.optional('node');
  const members = raw ? scanMap(raw.bytes) : 'missing';
  if (typeof members === 'string') {
    args.refuse('node must be a map {id, peer, client, events}');
    return { id: 1, peer: '', client: '', events: '', incarnation: null };
  }
  return args.within(members, 'node', (node): Member => {
    node.only('id', 'peer', 'client', 'events', 'incarnation');
    const id = node.uint('id', 1, NODE_MAX);
    const peer = takeEndpoint(node, members, 'peer');
    const client = takeEndpoint(node, members, 'client');
    const events = takeEndpoint(node, members, 'events');
    if (new Set([peer, client, events]).size < 3) {
      node.refuse('peer, client and events must be three endpoints, and two are the same');
    }
    return { id, peer, client, events, incarnation: takeIncarnation(node) };
  });
}

function takeEndpoint(node: Arguments, members: ReadonlyMap<string, Raw>, port: string): string {
  const written = textIn(members, port);
  const problem =
    written === null ? 'an endpoint such as tcp://10.0.0.1:7101' : endpointProblem(written);
  if (problem !== null) node.refuse(`${port}: ${problem}`);
  return written ?? '';
}

/** Of the directory that the node has; null if whoever asks does not know it. */
function takeIncarnation(node: Arguments): number | null {
  const raw = node.optional('incarnation');
  return !raw || isNil(raw) ? null : node.uint('incarnation', 0, Number.MAX_SAFE_INTEGER);
}

function textIn(members: ReadonlyMap<string, Raw>, name: string): string | null {
  const raw = members.get(name);
  return raw ? readString(raw) : null;
}
