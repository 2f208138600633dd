import type { Outcome } from '../../lib/core/outcome.ts';
import { votersOnly } from '../../lib/core/quorum.ts';
import type { Settings } from '../../lib/core/settings.ts';
import { begin } from '../../lib/core/state.ts';
import { step } from '../../lib/core/step.ts';
import type { View } from '../../lib/core/view.ts';

const SETTINGS: Settings = {
  heartbeatMs: 50,
  electionMsMin: 300,
  electionMsMax: 600,
  leaseMs: 250,
  diskStallMs: 5000,
  inflightMessagesMax: 64,
  inflightBytesMax: 1 << 22,
  messageBytesMax: 1 << 20,
  windowBytesMax: 1 << 26,
  uncommittedBytesMax: 1 << 26,
  keepEntries: 100,
};

/** What a turn of server 1 comes to in which nothing happened, but for its view. */
export function quietOutcome(view: Partial<View> = {}): Outcome {
  const configurations = [{ index: 0, configuration: votersOnly([1, 2, 3]) }];
  const boot = begin({ id: 1, configurations, settings: SETTINGS, seed: 7 });
  const outcome = step(boot, { now: 0, inputs: [] });
  return { ...outcome, view: { ...outcome.view, ...view } };
}
