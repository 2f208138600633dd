import type { Envelope } from '../../lib/core/message.ts';
import type { Still } from './still.ts';

/**
 * True if an answer comes too late for ever: its receiver holds no office of that term, and cannot
 * gain one, because its disk remembers the term and nobody stands twice in one term. Such an answer
 * changes nothing whenever it arrives, so worlds with and without it are the same.
 */
export function isSpent({ message: m }: Envelope, { hard, disk, role }: Still): boolean {
  if (disk.hard.term < m.term) return false;
  const isInOffice = hard.term === m.term;
  switch (m.kind) {
    case 'RequestVoteReply':
      return !isInOffice || role.name !== 'candidate';
    case 'AppendEntriesReply':
    case 'HeartbeatReply':
      return !isInOffice || (role.name !== 'candidate' && role.name !== 'leader');
    default:
      return false;
  }
}
