import type { CatchUp } from './catch-up.ts';
import { isRemoved, latestConfiguration } from './configurations.ts';
import type { RaftState } from './state.ts';
import type { MembersView } from './view.ts';

const NOBODY: readonly CatchUp[] = [];

/** What a server shows of who takes part. */
export function membersSeenBy(
  state: Pick<RaftState, 'id' | 'configurations' | 'commit' | 'role'>,
): MembersView {
  const { index, configuration } = latestConfiguration(state);
  return {
    configuration,
    configurationIndex: index,
    configurations: state.configurations,
    catchingUp: state.role.name === 'leader' ? state.role.catchUps : NOBODY,
    isRemoved: isRemoved(state),
  };
}
