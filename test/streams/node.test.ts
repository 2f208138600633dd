import test from 'ava';
import { Subject } from 'rxjs';
import { makeEntry } from '../../lib/core/entry.ts';
import type { Message } from '../../lib/core/message.ts';
import { foundedBy } from '../../lib/core/quorum.ts';
import type { Settings } from '../../lib/core/settings.ts';
import { begin } from '../../lib/core/state.ts';
import type { View } from '../../lib/core/view.ts';
import { StorageError } from '../../lib/kit/errors.ts';
import { SILENT } from '../../lib/kit/logger.ts';
import type { LogStore } from '../../lib/store/log-store.ts';
import type { StateMachine } from '../../lib/store/state-machine.ts';
import { decodeMail, encodeMail } from '../../lib/wire/peer.ts';
import { raftNode } from '../../streams/node.ts';
import type { World } from '../../streams/world.ts';
import { FakeNetwork } from './fake-network.ts';
import { manualClock } from './manual-clock.ts';

const SETTINGS: Settings = {
  heartbeatMs: 50,
  electionMsMin: 300,
  electionMsMax: 600,
  leaseMs: 270,
  diskStallMs: 5000,
  inflightMessagesMax: 64,
  inflightBytesMax: 1 << 22,
  messageBytesMax: 1 << 20,
  windowBytesMax: 1 << 26,
  uncommittedBytesMax: 1 << 26,
  keepEntries: 10,
};

const member = (id: number) => ({
  id,
  peer: `p${id}`,
  client: `c${id}`,
  events: `e${id}`,
  incarnation: null,
});
const identity = (node: number) => ({ cluster: 'test', node, incarnation: node * 11 });

/** Server 2 of three, with a disk that syncs when it is told to, and a story of what happened. */
function setUp() {
  const story: string[] = [];
  const network = new FakeNetwork();
  const clock = manualClock(0);
  const leaving$ = new Subject<void>();
  const errors: unknown[] = [];
  let views: View | null = null;
  let isComplete = false;
  let sync: { done: () => void; fail: (reason: Error) => void } | null = null;

  network.toPeer = (to, frames) => {
    const mail = decodeMail(frames, identity(to), { recordBytes: 1 << 20 });
    if (typeof mail === 'string' || mail.kind !== 'Received') throw new Error('mail is readable');
    story.push(`to ${to}: ${mail.message.kind}`);
    return true;
  };
  const log = {
    commit: (writes: readonly { readonly entries: readonly unknown[] }[]) => {
      story.push(`write ${writes.flatMap(({ entries }) => entries).length} entries`);
      return new Promise<void>((resolve, reject) => {
        sync = { done: resolve, fail: reject };
      });
    },
  };
  const world: World = {
    clock,
    network,
    log: log as unknown as LogStore,
    machine: { applied: 0, rev: 0 } as StateMachine,
    logger: SILENT,
    identity: identity(2),
    listens: member(2),
    configured: [],
    isJoining: false,
    onRemoved: () => {},
    limits: {
      valueBytes: 1 << 20,
      recordBytes: 1 << 21,
      pendingRequests: 10,
      pendingBytes: 1 << 20,
    },
    version: '0',
    firstToken: 1,
    startedAt: 0,
    leaving$,
  };
  const configurations = [
    { index: 0, configuration: foundedBy([member(1), member(2), member(3)]) },
  ];
  const boot = begin({ id: 2, configurations, settings: SETTINGS, seed: 7 });
  const running = raftNode(boot, world).subscribe({
    next: ({ view }) => {
      views = view;
    },
    error: (reason: unknown) => errors.push(reason),
    complete: () => {
      isComplete = true;
    },
  });

  /** Lets everything that can happen now happen. */
  const quiet = async (): Promise<void> => {
    for (let i = 0; i < 5; i += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      clock.runDeferred();
    }
  };
  const hear = (from: number, message: Message): void => {
    network.fromPeers.put(encodeMail({ from, to: 2, message }, identity(from)).map(asBuffer));
  };
  return {
    story,
    network,
    clock,
    leaving$,
    errors,
    running,
    quiet,
    hear,
    view: () => views,
    isComplete: () => isComplete,
    synced: () => sync?.done(),
    syncFails: (reason: Error) => sync?.fail(reason),
    takeStory: () => story.splice(0),
  };
}

const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes);
const append = (prev: number, ...indexes: number[]): Message => ({
  kind: 'AppendEntries',
  term: 1,
  prev: { index: prev, term: prev === 0 ? 0 : 1 },
  entries: indexes.map((index) => makeEntry(index, 1, 'noop')),
  commit: 0,
});

test('sworn mail waits for the disk, and one sync serves all who waited', async (t) => {
  const { hear, quiet, synced, takeStory, running } = setUp();
  hear(1, append(0, 1));
  await quiet();
  t.deepEqual(takeStory(), ['write 1 entries']);
  hear(1, append(1, 2));
  await quiet();
  hear(1, append(2, 3));
  await quiet();
  t.deepEqual(takeStory(), []);
  synced();
  await quiet();
  t.deepEqual(takeStory(), ['to 1: AppendEntriesReply', 'write 2 entries']);
  synced();
  await quiet();
  t.deepEqual(takeStory(), ['to 1: AppendEntriesReply', 'to 1: AppendEntriesReply']);
  running.unsubscribe();
});

test('the answer to a repeated append waits for the write of the first', async (t) => {
  const { hear, quiet, synced, takeStory, running } = setUp();
  hear(1, append(0, 1));
  await quiet();
  hear(1, append(0, 1));
  await quiet();
  t.deepEqual(takeStory(), ['write 1 entries']);
  synced();
  await quiet();
  t.deepEqual(takeStory(), ['to 1: AppendEntriesReply', 'to 1: AppendEntriesReply']);
  running.unsubscribe();
});

test('free mail does not wait: a beat is answered while the disk is busy', async (t) => {
  const { hear, quiet, takeStory, running } = setUp();
  hear(1, append(0, 1));
  await quiet();
  hear(1, { kind: 'Heartbeat', term: 1, commit: { index: 0, term: 0 }, round: 1 });
  await quiet();
  t.deepEqual(takeStory(), ['write 1 entries', 'to 1: HeartbeatReply']);
  running.unsubscribe();
});

test('a candidate asks for votes only once its own is durable', async (t) => {
  const { clock, hear, quiet, synced, takeStory, running, view } = setUp();
  await quiet();
  clock.advance(600);
  await quiet();
  t.deepEqual(takeStory(), ['to 1: PreVote', 'to 3: PreVote']);
  hear(1, { kind: 'PreVoteReply', term: 1, granted: true });
  await quiet();
  t.deepEqual(takeStory(), ['write 0 entries']);
  synced();
  await quiet();
  t.deepEqual(takeStory(), ['to 1: RequestVote', 'to 3: RequestVote']);
  t.is(view()?.role, 'candidate');
  running.unsubscribe();
});

test('a leader sends entries before its own disk has them', async (t) => {
  const { clock, hear, quiet, synced, takeStory, running, network } = setUp();
  await quiet();
  clock.advance(600);
  await quiet();
  hear(1, { kind: 'PreVoteReply', term: 1, granted: true });
  await quiet();
  synced();
  await quiet();
  takeStory();
  hear(1, { kind: 'RequestVoteReply', term: 1, granted: true });
  await quiet();
  t.deepEqual(takeStory(), ['to 1: AppendEntries', 'to 3: AppendEntries', 'write 1 entries']);
  t.true(network.published.some(({ topic }) => topic === 'raft.heartbeat'));
  running.unsubscribe();
});

test('D13: a failed sync ends the node, and nothing is said afterwards', async (t) => {
  const { hear, quiet, syncFails, takeStory, errors } = setUp();
  hear(1, append(0, 1));
  await quiet();
  takeStory();
  const reason = new StorageError('IO', 'the disk is gone');
  syncFails(reason);
  await quiet();
  hear(1, append(0, 1));
  await quiet();
  t.deepEqual(errors, [reason]);
  t.deepEqual(takeStory(), []);
});

test('N05: bytes that are no mail, or mail of strangers, change nothing', async (t) => {
  const { network, quiet, takeStory, errors, hear, running } = setUp();
  network.fromPeers.put([]);
  network.fromPeers.put([Buffer.from('GET / HTTP/1.1')]);
  network.beats.put([Buffer.from('raft.heartbeat')]);
  hear(9, append(0, 1));
  await quiet();
  t.deepEqual(takeStory(), []);
  t.deepEqual(errors, []);
  running.unsubscribe();
});

test('a node that is asked to leave ends by itself when nobody waits for an answer', async (t) => {
  const { leaving$, clock, quiet, isComplete } = setUp();
  await quiet();
  leaving$.next();
  t.false(isComplete());
  clock.advance(50);
  await quiet();
  t.true(isComplete());
});
