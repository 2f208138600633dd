import { cpuUsedMs } from './cpu-used.ts';
import { play } from './play.ts';
import type { ViolationKind } from './violation.ts';

export type Quarry = {
  readonly kind: ViolationKind;
  readonly rule: string;
  readonly seed: number;
};

/** Plays seed after seed until one breaks a rule, or so much CPU time is used up. */
export async function hunt(options: {
  readonly firstSeed: number;
  readonly seconds: number;
}): Promise<Quarry | null> {
  const endMs = cpuUsedMs() + options.seconds * 1000;
  for (let seed = options.firstSeed; cpuUsedMs() < endMs; seed += 1) {
    const { violation } = await play(seed);
    if (violation) return { kind: violation.kind, rule: violation.message, seed };
  }
  return null;
}
