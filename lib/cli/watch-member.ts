import { setTimeout as pause } from 'node:timers/promises';
import { type Client, type Members, RaftmqError } from '../client/client.ts';

const LOOK_EVERY_MS = 300;
const LOOK_MS = 2000;

/**
 * Tells how a node gets on that was added, until it votes or is no member any more. A line each time
 * that there is something new to say.
 *
 * @param isOver true once nobody wants to know any more.
 */
export async function watchMember(
  client: Pick<Client, 'members'>,
  id: number,
  say: (line: string) => void,
  isOver: () => boolean,
): Promise<void> {
  let said = '';
  while (!isOver()) {
    const { line, isEnd } = await stateOf(client, id);
    if (isOver()) return;
    if (line !== said) say(line);
    if (isEnd) return;
    said = line;
    await pause(LOOK_EVERY_MS);
  }
}

type State = { readonly line: string; readonly isEnd: boolean };

async function stateOf(client: Pick<Client, 'members'>, id: number): Promise<State> {
  try {
    return tell(await client.members({ timeoutMs: LOOK_MS }), id);
  } catch (reason) {
    if (!(reason instanceof RaftmqError)) throw reason;
    return { line: `nobody says how node ${id} gets on: ${reason.reply.message}`, isEnd: false };
  }
}

function tell({ members, catchingUp, joint }: Members, id: number): State {
  const member = members.find((one) => one.id === id);
  if (!member) return { line: `node ${id} is no member any more`, isEnd: true };
  if (member.role === 'voter' && !joint) return { line: `node ${id} votes`, isEnd: true };
  if (member.role === 'voter') return { line: `node ${id} is about to vote`, isEnd: false };
  const behind = catchingUp.find((one) => one.id === id);
  if (!behind) return { line: `node ${id} is a learner`, isEnd: false };
  if (behind.match === 0) {
    const line = `node ${id} is a learner, and was not heard yet (Ctrl-C does not wait for it)`;
    return { line, isEnd: false };
  }
  const { match, target, round } = behind;
  return {
    line: `node ${id} catches up: holds ${match} of ${target} entries (round ${round})`,
    isEnd: false,
  };
}
