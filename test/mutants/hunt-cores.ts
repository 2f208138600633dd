import { InvariantViolation } from '../../lib/kit/errors.ts';
import { play } from '../core/trouble.ts';
import type { Finding, Hunt } from './hunters.ts';

/** Every so manieth seed is played twice, to see that it plays alike. */
const AUDITED_EVERY = 20;

/** Hunts with clusters of bare cores in trouble, one a seed. */
export const huntCores: Hunt = async ({ firstSeed, seconds }) => {
  const cpu = process.cpuUsage();
  const isTimeLeft = (): boolean => {
    const { user, system } = process.cpuUsage(cpu);
    return user + system < seconds * 1e6;
  };
  for (let seed = firstSeed; isTimeLeft(); seed += 1) {
    const finding = seed % AUDITED_EVERY === 0 ? audit(seed) : find(seed);
    if (finding !== null) return finding;
  }
  return null;
};

function find(seed: number, trace: ((line: string) => void) | null = null): Finding | null {
  try {
    play(seed, trace);
    return null;
  } catch (error) {
    return { kind: kindOf(error), rule: String(error), seed };
  }
}

function audit(seed: number): Finding | null {
  const [first, second] = [storyOf(seed), storyOf(seed)];
  if (first.finding !== null) return first.finding;
  if (first.story === second.story) return null;
  return { kind: 'invariant', rule: 'determinism: one seed plays two stories', seed };
}

function storyOf(seed: number): { readonly finding: Finding | null; readonly story: string } {
  const lines: string[] = [];
  const finding = find(seed, (line) => lines.push(line));
  return { finding, story: lines.join('\n') };
}

function kindOf(error: unknown): Finding['kind'] {
  if (!(error instanceof InvariantViolation)) return 'crash';
  return /^(?:liveness|stability)/.test(error.message) ? 'liveness' : 'invariant';
}
