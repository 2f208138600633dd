import { setTimeout as pause } from 'node:timers/promises';
import { type Client, type Members, RaftmqError } from '../../lib/client/client.ts';

/** Only a hang exceeds it. */
const BOUND_MS = 40_000;
const LOOK_EVERY_MS = 50;

/** Resolves once exactly these vote, nobody learns, and no change is under way. */
export async function untilVoters(client: Client, ids: readonly number[]): Promise<Members> {
  const boundMs = performance.now() + BOUND_MS;
  for (;;) {
    const members = await membersNow(client);
    if (members && isSettled(members, ids)) return members;
    if (performance.now() > boundMs) {
      throw new Error(`not ${ids.join()} after ${BOUND_MS} ms: ${JSON.stringify(members)}`);
    }
    await pause(LOOK_EVERY_MS);
  }
}

/** Resolves once the leader has written down which process the member is. */
export async function untilPinned(client: Client, id: number): Promise<void> {
  const boundMs = performance.now() + BOUND_MS;
  for (;;) {
    const members = (await membersNow(client))?.members ?? [];
    if (members.some((member) => member.id === id && member.incarnation !== null)) return;
    if (performance.now() > boundMs) throw new Error(`member ${id} has no incarnation`);
    await pause(LOOK_EVERY_MS);
  }
}

async function membersNow(client: Client): Promise<Members | null> {
  try {
    return await client.members({ timeoutMs: 2000 });
  } catch (reason) {
    if (!(reason instanceof RaftmqError)) throw reason;
    return null;
  }
}

function isSettled({ members, joint, committed }: Members, ids: readonly number[]): boolean {
  const voters = members.filter(({ role }) => role === 'voter').map(({ id }) => id);
  const isSame = [...voters].sort().join() === [...ids].sort().join();
  return isSame && voters.length === members.length && !joint && committed;
}

/**
 * Makes a change until it is made: one whose outcome is unknown is looked up, and asked for again if
 * need be. Asking twice for the same members does no harm.
 */
export async function untilChanged(change: () => Promise<unknown>): Promise<void> {
  const boundMs = performance.now() + BOUND_MS;
  for (;;) {
    try {
      await change();
      return;
    } catch (reason) {
      if (!(reason instanceof RaftmqError) || performance.now() > boundMs) throw reason;
      if (reason.code === 'NOT_A_MEMBER') return;
      await pause(LOOK_EVERY_MS);
    }
  }
}
