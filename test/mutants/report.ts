import { median } from '../../bench/median.ts';
import type { Chased } from './chase.ts';

const RULE_CHARACTERS = 72;

/** One line: what has come of a mutant. */
export function tellChased({ mutant, hunters, finding, cpuMs }: Chased): string {
  const seconds = (cpuMs / 1000).toFixed(1).padStart(6);
  const head = `${mutant.id.padEnd(4)} ${mutant.name.padEnd(52)}`;
  if (hunters.length === 0) return `${head}        nobody hunts here`;
  if (finding === null) return `${head} ${seconds} SURVIVES ${hunters.join(', ')}`;
  const rule = ruleIn(finding.rule).slice(0, RULE_CHARACTERS);
  return `${head} ${seconds} ${hunters.at(-1)} ${finding.kind}: ${rule}`;
}

/** A rule without the state that broke it. */
function ruleIn(message: string): string {
  const [first = ''] = message.split('\n');
  return first.replace(/^\w+(?:Violation|Error): /, '').replace(/; but .*$/, '');
}

export type Score = {
  readonly planted: number;
  readonly killed: number;
  /** Not hunted, because nobody can: they count for nothing. */
  readonly unhunted: readonly string[];
  readonly survivors: readonly string[];
  /** Processor time until a mutant was killed, of those that were. */
  readonly medianCpuSeconds: number;
  readonly maxCpuSeconds: number;
  /** How many each kind of finding has killed, and each hunter. */
  readonly kinds: Readonly<Record<string, number>>;
  readonly hunters: Readonly<Record<string, number>>;
};

export function scoreOf(all: readonly Chased[]): Score {
  const hunted = all.filter(({ hunters }) => hunters.length > 0);
  const killed = hunted.filter(({ finding }) => finding !== null);
  const names = (some: readonly Chased[]) => some.map(({ mutant }) => mutant.name);
  const seconds = killed.map(({ cpuMs }) => cpuMs / 1000);
  return {
    planted: hunted.length,
    killed: killed.length,
    unhunted: names(all.filter(({ hunters }) => hunters.length === 0)),
    survivors: names(hunted.filter(({ finding }) => finding === null)),
    medianCpuSeconds: killed.length > 0 ? median(seconds) : 0,
    maxCpuSeconds: Math.max(0, ...seconds),
    kinds: count(killed.map(({ finding }) => finding?.kind ?? '')),
    hunters: count(killed.map(({ hunters }) => hunters.at(-1) ?? '')),
  };
}

function count(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}

/** The score in a few lines. */
export function tellScore(score: Score): readonly string[] {
  const { planted, killed, unhunted, survivors, medianCpuSeconds, maxCpuSeconds } = score;
  const told = (counts: Readonly<Record<string, number>>): string =>
    Object.entries(counts)
      .map(([name, many]) => `${name} ${many}`)
      .join(', ');
  const lines = [
    `${killed} of ${planted} killed: ${told(score.kinds)}; by ${told(score.hunters)}`,
    `processor time until killed: median ${medianCpuSeconds.toFixed(1)} s, at most ${maxCpuSeconds.toFixed(1)} s`,
  ];
  if (survivors.length > 0) lines.push(`survive: ${survivors.join(', ')}`);
  if (unhunted.length > 0) lines.push(`not hunted by anybody: ${unhunted.length}`);
  return lines;
}
