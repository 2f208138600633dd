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
  const usedMs = (): number => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  };
  const endMs = usedMs() + options.seconds * 1000;
  for (let seed = options.firstSeed; usedMs() < endMs; seed += 1) {
    const { violation } = await play(seed);
    if (violation) return { kind: violation.kind, rule: violation.message, seed };
  }
  return null;
}
