import { setTimeout as pause } from 'node:timers/promises';
import { type Client, RaftmqError, type Status } from '../../lib/client/client.ts';
import { BenchFault } from '../fault.ts';

/** When the new node was so far, in seconds from the start of its process. */
export type Steps = {
  readonly answers: number;
  /** It has replaced its database by the snapshot. */
  readonly installed: number;
  readonly votes: number;
  /** It has applied what was committed when it first voted. */
  readonly caughtUp: number;
};

/** A node that is on its way. */
export type Added = {
  readonly id: number;
  readonly startedAt: number;
  /** Asks nobody but that node. */
  readonly itself: Client;
  /** Asks the others. */
  readonly members: Client;
};

/** Longer than anything but a node that never gets there. */
const BOUND_MS = 300_000;
const LOOK_EVERY_MS = 20;
const ASK_MS = 1_000;

/** Resolves once the node says what it is. */
export function untilAnswers({ itself, startedAt }: Added): Promise<number> {
  return since(startedAt, 'answers', async () => (await statusOf(itself)) !== null);
}

/**
 * Follows the node until it is a voter that holds everything.
 *
 * @param snapshotIndex entry of the snapshot that it gets.
 * @throws {BenchFault} if that takes longer than anybody would wait for.
 */
export async function untilCaughtUp(
  { id, itself, members, startedAt }: Added,
  snapshotIndex: number,
): Promise<Omit<Steps, 'answers'>> {
  const hasApplied = async (index: number): Promise<boolean> =>
    ((await statusOf(itself))?.applied ?? 0) >= index;
  const installed = await since(startedAt, 'has the snapshot', () => hasApplied(snapshotIndex));
  const votes = await since(startedAt, 'votes', () => isVoter(members, id));
  const { commit } = await members.status({ timeoutMs: BOUND_MS });
  const caughtUp = await since(startedAt, 'holds all', () => hasApplied(commit));
  return { installed, votes, caughtUp };
}

async function since(
  startedAt: number,
  what: string,
  isSo: () => Promise<boolean>,
): Promise<number> {
  while (!(await isSo())) {
    if (performance.now() - startedAt > BOUND_MS) {
      throw new BenchFault(`after ${BOUND_MS / 1000} s it is not so that the new node ${what}`);
    }
    await pause(LOOK_EVERY_MS);
  }
  return (performance.now() - startedAt) / 1000;
}

/** Null while the node does not answer, as while it replaces its database. */
async function statusOf(node: Client): Promise<Status | null> {
  return await orNull(node.status({ timeoutMs: ASK_MS }));
}

async function isVoter(members: Client, id: number): Promise<boolean> {
  const found = await orNull(members.members({ timeoutMs: ASK_MS }));
  const member = found?.members.find((one) => one.id === id);
  return member?.role === 'voter' && found?.joint === false && found.committed;
}

async function orNull<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (reason) {
    if (reason instanceof RaftmqError) return null;
    throw reason;
  }
}
