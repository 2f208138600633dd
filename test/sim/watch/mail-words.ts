import type { Entry } from '../../../lib/core/entry.ts';
import type { Message } from '../../../lib/core/message.ts';
import type { NodeId } from '../../../lib/core/types.ts';
import { unreachable } from '../../../lib/kit/assert.ts';
import { decodeBeat } from '../../../lib/wire/event.ts';
import { decodeMail, OPCODES } from '../../../lib/wire/peer.ts';
import { CLUSTER } from '../identity.ts';

/** What a picture distinguishes: mail by its name on the wire, and what cannot be read. */
export type MailKind = keyof typeof OPCODES | 'Unreadable';

export const MAIL_KINDS: readonly MailKind[] = [
  ...(Object.keys(OPCODES) as (keyof typeof OPCODES)[]),
  'Unreadable',
];

/** Mail in a word or a few, as a person reads it. `term` is null for what servers pass on. */
export type MailWords = {
  readonly kind: MailKind;
  readonly term: number | null;
  readonly text: string;
};

/** Whatever a record of a simulated server may weigh. */
const LIMITS = { recordBytes: 1 << 30 };

/** Says what frames are: mail, a beat (two frames, the first a topic), or nothing of ours. */
export function tellMail(frames: readonly Uint8Array[], to: NodeId): MailWords {
  const identity = { cluster: CLUSTER, node: to, incarnation: 0 };
  const [topic, body] = frames;
  if (topic && body) {
    const beat = decodeBeat(topic, body, identity);
    if (typeof beat !== 'string') return wordsOf(beat.heartbeat);
  }
  const mail = decodeMail(frames, identity, LIMITS);
  if (typeof mail === 'string') return { kind: 'Unreadable', term: null, text: 'damaged' };
  switch (mail.kind) {
    case 'Received':
      return byMail(wordsOf(mail.message));
    case 'Forward':
      return { kind: mail.kind, term: null, text: `Forward ${mail.requests.length}` };
    case 'Answer':
      return { kind: mail.kind, term: null, text: `Answer ${mail.answers.length}` };
    case 'Introduction':
      return { kind: mail.kind, term: null, text: `this is n${mail.from}` };
    case 'Refused':
      return { kind: mail.kind, term: null, text: `refused as ${mail.reason}` };
    case 'AskIndex':
      return { kind: mail.kind, term: null, text: 'asks for an index' };
    case 'Index':
      return { kind: mail.kind, term: null, text: `index ${mail.index ?? 'refused'}` };
    default:
      return unreachable(mail);
  }
}

/** A beat that is sent to one server alone, and not published. */
function byMail(words: MailWords): MailWords {
  return words.kind === 'Heartbeat' ? { ...words, text: `${words.text}, by mail` } : words;
}

function wordsOf(message: Message): MailWords {
  return { kind: message.kind, term: message.term, text: textOf(message) };
}

function textOf(m: Message): string {
  switch (m.kind) {
    case 'PreVote':
      return `${m.kind} term ${m.term}, last ${m.last.index}/${m.last.term}`;
    case 'RequestVote':
      return `${m.kind} term ${m.term}, last ${m.last.index}/${m.last.term}${m.isTransfer ? ', for the leader' : ''}`;
    case 'PreVoteReply':
    case 'RequestVoteReply':
      return `${m.kind === 'PreVoteReply' ? 'pre-vote' : 'vote'} ${m.granted ? 'granted' : 'refused'}, term ${m.term}`;
    case 'AppendEntries':
      return `Append ${tellRange(m.entries)} after ${m.prev.index}/${m.prev.term}, commit ${m.commit}`;
    case 'AppendEntriesReply':
      return m.result === 'matched'
        ? `matched ${m.index}`
        : `conflict at ${m.rejected}, hint ${m.hint.index}/${m.hint.term}`;
    case 'Heartbeat':
      return `beat ${m.round}, commit ${m.commit.index}/${m.commit.term}`;
    case 'HeartbeatReply':
      return `answers beat ${m.round}, last ${m.last.index}/${m.last.term}`;
    case 'InstallSnapshot':
      return `snapshot ${m.snapshot.index}/${m.snapshot.term}, ${m.chunk.length} bytes at ${m.offset} of ${m.snapshot.bytes}`;
    case 'InstallSnapshotReply':
      return `snapshot ${m.index}: ${m.result} at ${m.offset}`;
    case 'TimeoutNow':
      return `stand for election now, term ${m.term}`;
    default:
      return unreachable(m);
  }
}

/** Entries as `first..last`; nothing for none. */
function tellRange(entries: readonly Entry[]): string {
  const first = entries[0]?.index;
  const last = entries.at(-1)?.index;
  if (first === undefined || last === undefined) return 'nothing';
  return first === last ? `${first}` : `${first}..${last}`;
}
