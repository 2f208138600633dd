import type { Failure } from '../client/error.ts';
import type * as Op from '../client/operations.ts';
import type { Paint } from './colours.ts';
import { toJson } from './json.ts';
import { showChange, shownKey } from './show-item.ts';

/** A reply for people: one line, and the entries of a list if it is one. */
export type Shown = { readonly head: string; readonly items: readonly string[] };

type Reply = { readonly [member: string]: unknown };
type Show = (reply: Reply, paint: Paint) => Shown;

/** All on one line. */
export function onOneLine({ head, items }: Shown): string {
  return items.length === 0 ? head : `${head}: ${items.join(', ')}`;
}

export function showReply(op: string, reply: Reply, paint: Paint): Shown {
  const show = SHOWS[op] ?? showAll;
  return show(reply, paint);
}

export function showFailure({ code, outcome, message }: Failure, paint: Paint): Shown {
  const label = `error ${code} (${outcome})`;
  return {
    head: `${paint(outcome === 'unknown' ? 'yellow' : 'red', label)} ${message}`,
    items: [],
  };
}

const SHOWS: Readonly<Record<string, Show>> = {
  put: ({ rev }, paint) => line(`ok  ${paint('dim', `rev ${rev}`)}`),
  delete: ({ deleted, rev }, paint) =>
    line(deleted === true ? `deleted  ${paint('dim', `rev ${rev}`)}` : 'absent'),
  get: (reply, paint) => {
    const { found, value, rev, version } = reply as Partial<Op.Found>;
    if (found !== true) return line('absent');
    return line(`${toJson(value)}  ${paint('dim', `rev ${rev}, version ${version}`)}`);
  },
  cas: (reply, paint) => {
    const { swapped, rev } = reply;
    if (swapped === true) return line(`swapped  ${paint('dim', `rev ${rev}`)}`);
    const current = 'current' in reply ? toJson(reply['current']) : 'absent';
    return line(`not swapped, it is ${current}`);
  },
  range: (reply, paint) => {
    const { entries, more } = reply as Partial<Op.Entries>;
    const items = listOf(entries).map((entry) => {
      const { key, value, rev } = entry as Op.KeyValue;
      return `${shownKey(key)} = ${toJson(value)}  ${paint('dim', `rev ${rev}`)}`;
    });
    return list(items, 'key', more);
  },
  changes: (reply, paint) => {
    const { changes, more } = reply as Partial<Op.Changes>;
    const items = listOf(changes).map((change) => showChange(change as Op.Change, paint));
    return list(items, 'change', more);
  },
  'lease.grant': showLease,
  'lease.keep': showLease,
  'lease.revoke': ({ lease, rev }, paint) =>
    line(`revoked lease ${lease}  ${paint('dim', `rev ${rev}`)}`),
  status: (reply, paint) => {
    const { node, cluster, role, term, leader, commit, applied, uptime, version } = reply;
    const who = role === 'leader' ? 'leads' : leader ? `follows node ${leader}` : 'knows no leader';
    const rest = `commit ${commit}, applied ${applied}, up ${seconds(uptime)}, version ${version}`;
    return line(`node ${node} of ${toJson(cluster)} ${who} in term ${term}  ${paint('dim', rest)}`);
  },
  snapshot: ({ index, bytes }, paint) =>
    line(`snapshot up to entry ${index}  ${paint('dim', `${bytes} bytes`)}`),
  members: showMembership,
  'member.add': showMembership,
  'member.promote': showMembership,
  'member.demote': showMembership,
  'member.remove': showMembership,
  'member.update': showMembership,
  'member.change': showMembership,
  transfer: ({ leader, term }, paint) =>
    line(`node ${leader} leads  ${paint('dim', `term ${term}`)}`),
};

function showMembership(reply: Reply, paint: Paint): Shown {
  const { members, joint, catchingUp } = reply as Partial<Op.Members>;
  const items = listOf(members).map((member) => {
    const { id, role, client } = member as Op.Member;
    const behind = listOf(catchingUp).find((one) => (one as Op.CatchingUp).id === id);
    return `${id} ${role}${behind ? ', catches up' : ''}  ${paint('dim', client)}`;
  });
  const { head } = list(items, 'member', false);
  return { head: joint === true ? `${head} (changing)` : head, items };
}

/** Whatever it is: its members by name. */
function showAll(reply: Reply, paint: Paint): Shown {
  const members = Object.entries(reply).filter(([name]) => name !== 'ok');
  if (members.length === 0) return line('ok');
  return line(members.map(([name, value]) => `${paint('dim', name)} ${toJson(value)}`).join('  '));
}

function showLease({ lease, ttl }: Reply, paint: Paint): Shown {
  return line(`lease ${lease}  ${paint('dim', `lives for ${seconds(ttl)} unless it is kept`)}`);
}

function line(head: string): Shown {
  return { head, items: [] };
}

function list(items: readonly string[], what: string, more: unknown): Shown {
  const count = `${items.length} ${what}${items.length === 1 ? '' : 's'}`;
  return { head: more === true ? `${count}, and more` : count, items };
}

function listOf(items: readonly unknown[] | undefined): readonly unknown[] {
  return Array.isArray(items) ? items : [];
}

function seconds(ms: unknown): string {
  return `${(Number(ms) / 1000).toFixed(1)} s`;
}
