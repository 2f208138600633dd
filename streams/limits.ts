import type { Config } from '../config/schema.ts';
import type { NetworkLimits } from '../lib/net/sockets.ts';
import type { MachineLimits } from '../lib/store/database/machine.ts';
import { REQUEST_OVERHEAD_BYTES } from '../lib/wire/client.ts';
import type { Limits } from './world.ts';

/** Messages on their way to one peer: more than the leader's window of entries ever holds. */
const PEER_MESSAGES = 1024;
/** Frames of clients up to here are refused with a reply; larger ones end the connection. */
const REFUSED_FRAME_BYTES = 16 << 20;
/** A reply may hold so much besides one value. */
const REPLY_BYTES = 1 << 20;

/** Sizes that follow from the configuration, in bytes. */
export function limitsOf({ client, raft, snapshot }: Config): Limits & NetworkLimits {
  const recordBytes = client.valueBytes + REQUEST_OVERHEAD_BYTES + REPLY_BYTES;
  return {
    ...client,
    recordBytes,
    peerFrameBytes: 2 * Math.max(raft.messageBytes, recordBytes, snapshot.chunkBytes),
    clientFrameBytes: Math.max(REFUSED_FRAME_BYTES, 2 * recordBytes),
    peerMessages: PEER_MESSAGES,
  };
}

/** What the key-value database holds at most. */
export function machineLimitsOf({ client, db }: Config): MachineLimits {
  return {
    valueBytes: client.valueBytes,
    history: { revs: db.historyRevs, bytes: db.historyBytes },
    sessions: client.sessions,
    leases: client.leases,
  };
}
