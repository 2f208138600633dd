import type { LogFields } from '../kit/logger.ts';

/**
 * The vocabulary of the log: what each event says. `{name}` stands for a field; fields that the
 * sentence does not mention follow it as name=value. An event that is not here is its own sentence.
 */
const LINES: Readonly<Record<string, string | ((fields: LogFields) => string)>> = {
  // life of the process
  'node.start': 'starts raftmq {version} in term {term}, with a log up to entry {last}',
  stopping: 'stopping ({reason})',
  ended: 'ends at once ({reason}); what it has promised is on disk',
  stopped: 'stopped',
  fatal: 'cannot go on: {reason}',

  // Raft
  role: ({ role }) => ROLES[String(role)] ?? 'is now {role} in term {term}',
  leader: 'follows node {leader}, the leader of term {term}',
  'leader.lost': ({ former }) =>
    typeof former === 'number'
      ? 'has lost its leader, node {former} (term {term})'
      : 'knows no leader in term {term}',
  members: ({ outgoing }) =>
    outgoing === undefined
      ? 'the voters are {voters} (entry {index})'
      : 'the voters are to be {voters}, in place of {outgoing}, and both decide until then (entry {index})',
  alarm: '{alarm}',
  'mail.refused': 'refused a message of a peer: {reason}',
  'beat.refused': 'refused a heartbeat: {reason}',

  // snapshots
  'snapshot.taken': 'took a snapshot up to entry {index}, {bytes} bytes',
  'snapshot.failed': 'took no snapshot: {reason}',
  'snapshot.send': 'sends node {to} the snapshot up to entry {index}, {bytes} bytes',
  'snapshot.again':
    'node {to} does not catch up: sends it a snapshot for the {attempt}th time, up to entry {index}, {bytes} bytes',
  'snapshot.sent': 'node {to} has the whole snapshot up to entry {index}',
  'snapshot.lost':
    'the snapshot up to entry {index}, on its way to node {to}, is gone: sends another',
  'snapshot.received': 'has the whole snapshot of node {from}, up to entry {index}',
  'snapshot.damaged':
    'the snapshot of node {from}, up to entry {index}, arrived damaged: asks for it again',
  'snapshot.install': 'replaces its database by the snapshot up to entry {index}, {bytes} bytes',

  // disk
  'log.note': 'log: {note}',
  'database.note': 'database: {note}',

  // flight recorder
  'record.start': 'records every turn in {path}',
  'record.gap': 'the disk could not keep up: {turns} turns are missing in the recording',
  'record.stopped': 'records no longer: {reason}',

  // who takes part
  'node.refused': ({ reason }) => NOT_TAKEN[String(reason)] ?? 'refused node {id} at {peer}',
  'peer.foreign':
    'node {id} refuses this node: at its address there is a node of the cluster {cluster}; correct the address with member.update, or remove it',
  'peer.unusable': 'cannot dial a member: {problem}',
  'members.differ':
    'the configuration names the nodes {configured}, and the members of the cluster are {members}: those of the log count',
  removed:
    'was removed from the cluster (entry {index}) and stops. To bring this machine back: start it with --join, under a new id or with an empty data directory',
  'join.waiting': 'cannot reach the cluster at {endpoints} yet: {reason}',
  'join.asking': 'asks the cluster to add it, as node {id}',
  'join.refused': 'is not added yet: {reason}',
  'join.added': 'is a learner of the cluster: it catches up, and votes when it has',
  'join.behind': 'catches up: has entry {last}, the cluster has committed {commit}',
  'join.promoted': 'has caught up, and votes',

  // links
  'peer.up': 'link to node {peer} is up',
  'peer.down': 'link to node {peer} is down',
  'reply.undelivered': ({ reason }) =>
    reason === 'full'
      ? 'a client does not read its replies: dropped some'
      : 'a client left before its replies came',
};

/** The events that have a sentence of their own. */
export const EVENTS: readonly string[] = Object.keys(LINES);

const NOT_TAKEN: Readonly<Record<string, string>> = {
  wiped:
    'refused node {id} at {peer}: it has other data than the member of that name. Its disk was wiped, or two processes have one id: remove {id} and add it anew, or give it a new id',
  foreign: 'refused node {id} at {peer}: it is of the cluster {cluster}',
  namesake: 'refused a node at {peer}: it has the id of this one, {id}',
};

const ROLES: Readonly<Record<string, string>> = {
  follower: 'is a follower in term {term}',
  precandidate: 'asks whether it would win an election after term {term}',
  candidate: 'stands for election in term {term}',
  leader: 'LEADER of term {term}',
};

/** Fields that the sentence's own wording says. */
const SAID: Readonly<Record<string, readonly string[]>> = {
  'node.refused': ['reason', 'cluster'],
  role: ['role'],
  'leader.lost': ['former'],
  'reply.undelivered': ['reason'],
};

/** Said of repeated events (lib/kit/rate-limit.ts). */
const SUPPRESSED = ' ({suppressed} more like this were not shown)';

export type Sentence = {
  readonly text: string;
  /** What the text does not say. */
  readonly rest: readonly (readonly [name: string, value: unknown])[];
};

/** One event as a person reads it. */
export function sentence(event: string, fields: LogFields): Sentence {
  const line = LINES[event];
  const template = typeof line === 'function' ? line(fields) : (line ?? event);
  const said = new Set(SAID[event] ?? []);
  const more = fields['suppressed'] === undefined ? '' : SUPPRESSED;
  const text = (template + more).replace(/\{(\w+)\}/g, (_, name: string) => {
    said.add(name);
    return show(fields[name]);
  });
  const rest = Object.entries(fields).filter(
    ([name, value]) => !said.has(name) && value !== undefined,
  );
  return { text, rest };
}

/**
 * A value in a line of text. Control characters are spelled out: some texts come from other machines,
 * and a line must stay one line, and must not command the terminal.
 */
export function show(value: unknown): string {
  if (Array.isArray(value)) return value.map(show).join(',');
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing');
  return text.replace(/\p{Cc}/gu, (control) => {
    return `\\x${(control.codePointAt(0) ?? 0).toString(16).padStart(2, '0')}`;
  });
}
