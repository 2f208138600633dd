import type { Change } from './change.ts';
import { latestConfiguration } from './configurations.ts';
import type { RaftState } from './state.ts';
import type { Configuration, NodeId } from './types.ts';

/** Says in words who takes part, and what is changed about it. */

/** Nothing as long as the configuration is the one that the log starts from. */
export function tellMembers(state: RaftState): string {
  const { index, configuration } = latestConfiguration(state);
  const isFirst = state.configurations.length === 1;
  return isFirst ? '' : ` members=${tellConfiguration(configuration)}@${index}`;
}

/** `n1,n2,n3`; `n1,n4<n1,n2` while joint; learners after a `+`, with a `^` if they are promoted. */
export function tellConfiguration(configuration: Configuration): string {
  const { voters, outgoing, learners, promoting } = configuration;
  const name = (id: NodeId): string => `n${id}${promoting.includes(id) ? '^' : ''}`;
  const parts = [voters.map(name).join()];
  if (outgoing.length > 0) parts.push(`<${outgoing.map(name).join()}`);
  if (learners.length > 0) parts.push(`+${learners.map(name).join()}`);
  return parts.join('');
}

/** `add(n4 voter)`, `remove(n1)`. */
export function tellChange(change: Change): string {
  switch (change.kind) {
    case 'add':
      return `add(n${change.member.id} ${change.as})`;
    case 'update':
      return `update(n${change.member.id})`;
    default:
      return `${change.kind}(n${change.id})`;
  }
}
