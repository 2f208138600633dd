import { type Entry, makeEntry } from '../../lib/core/entry.ts';
import { assert } from '../../lib/kit/assert.ts';
import { decodeReply, decodeRequest, encodeReply, encodeRequest } from '../../lib/wire/client.ts';
import { parseCommand } from '../../lib/wire/command.ts';
import { decodeMail, encodeForward, encodeMail } from '../../lib/wire/peer.ts';
import { BATCHES, putEntries, putFrame } from './requests.ts';
import type { Case } from './timing.ts';

const LIMITS = { valueBytes: 1 << 20, recordBytes: 1 << 21 };
const LEADER = { cluster: 'bench', node: 1, incarnation: 1 };
const FOLLOWER = { cluster: 'bench', node: 2, incarnation: 2 };

/** Bytes to values and back, in the order in which a put meets them. */
export function codecCases(): readonly Case[] {
  const frame = putFrame(1);
  const reply = encodeReply(1, { ok: true, rev: 123_456, index: 123_456 });
  const value = 'v'.repeat(100);
  return [
    alone('client: encode a put', () => encodeRequest(1, 'put', { key: 'bench/00000001', value })),
    alone('leader: scan and check a put', () => {
      const request = decodeRequest(frame, LIMITS);
      if ('op' in request) parseCommand(request, LIMITS);
    }),
    alone('leader: make the record of an entry', () => makeEntry(1, 1, 'command', frame)),
    ...BATCHES.flatMap(appendCases),
    ...BATCHES.flatMap(forwardCases),
    alone('leader: encode a reply', () =>
      encodeReply(1, { ok: true, rev: 123_456, index: 123_456 }),
    ),
    alone('client: decode a reply', () => decodeReply(reply)),
  ];
}

function appendCases(count: number): readonly Case[] {
  const entries = putEntries(1, count);
  const send = (to: number, run: readonly Entry[]) =>
    encodeMail({ from: 1, to, message: append(run) }, LEADER);
  const frames = send(2, entries);
  assert(typeof decodeMail(frames, FOLLOWER, LIMITS) !== 'string', 'the mail is readable');
  return [
    {
      name: `leader: encode AppendEntries of ${count}, to two followers`,
      commands: count,
      run: () => {
        const run = [...entries]; // a new run for each turn, the same for both followers
        send(2, run);
        send(3, run);
      },
    },
    {
      name: `follower: decode and check AppendEntries of ${count}`,
      commands: count,
      run: () => {
        decodeMail(frames, FOLLOWER, LIMITS);
      },
    },
  ];
}

function append(entries: readonly Entry[]) {
  const prev = { index: 0, term: 0 };
  return { kind: 'AppendEntries', term: 1, prev, entries, commit: 0 } as const;
}

function forwardCases(count: number): readonly Case[] {
  const items = Array.from({ length: count }, (_, i) => ({ token: i, frame: putFrame(i) }));
  return [
    {
      name: `follower: encode Forward of ${count}, leader: decode it`,
      commands: count,
      run: () => {
        for (const frames of encodeForward(items, 1, FOLLOWER)) decodeMail(frames, LEADER, LIMITS);
      },
    },
  ];
}

function alone(name: string, work: () => unknown): Case {
  return {
    name,
    commands: 1,
    run: () => {
      work();
    },
  };
}
