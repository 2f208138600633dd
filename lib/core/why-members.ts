import { committedConfiguration, latestConfiguration } from './configurations.ts';
import { tellConfiguration } from './tell-members.ts';
import type { Case } from './why-case.ts';

/** Why a turn changed who takes part, or did not. */
export function whyMembers({ before, outcome, state }: Case): readonly string[] {
  const lines: string[] = [];
  const { index, configuration } = latestConfiguration(state);
  const told = tellConfiguration(configuration);
  if (index < before.configurationIndex) {
    lines.push(
      `the entry ${before.configurationIndex} with a configuration was replaced: that of ${index} is effective again, ${told} (§4.1)`,
    );
  } else if (index > before.configurationIndex && state.role.name !== 'leader') {
    lines.push(`the configuration of entry ${index} is effective: ${told} (§4.1)`);
  } else if (index > before.configurationIndex) {
    lines.push(`${whyAppended(before.configurationIndex, configuration.outgoing)}: ${told}`);
  }
  for (const { token, index: at } of outcome.reconfigured) {
    lines.push(`the change ${token} is complete: the configuration of ${at} is committed (§4.3)`);
  }
  if (state.view.isRemoved && committedConfiguration(state).index > before.commit) {
    lines.push('its removal is committed: it takes part no more (§4.2.2)');
  }
  return lines;
}

function whyAppended(past: number, outgoing: readonly number[]): string {
  return outgoing.length > 0
    ? `other voters are to decide, so both sets must agree from now on (§4.3)`
    : `the configuration of ${past} is committed, and another follows it (§4.3)`;
}
