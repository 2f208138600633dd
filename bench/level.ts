import type { Report, System } from './job.ts';
import type { Operation } from './workload.ts';

/** Figures of one level: what `--json` prints (INTERFACE §1), a line each. */
export type Level = {
  readonly system: System;
  readonly op: Operation;
  readonly outstanding: number;
  readonly ops_per_s: number;
  readonly p50_ms: number;
  readonly p99_ms: number;
  readonly p999_ms: number;
  readonly max_ms: number;
  readonly nodes: number;
  readonly fsync: true;
  readonly size: number;
  readonly seconds: number;
  /** What went wrong, and how often. Empty if all is well. */
  readonly failures: Readonly<Record<string, number>>;
  /** Share of one core that the driver took: near 1 it is the driver that is measured. */
  readonly driver_cpu: number;
};

export type LevelFacts = Pick<Level, 'system' | 'op' | 'outstanding' | 'nodes' | 'size'>;

export function levelOf(facts: LevelFacts, report: Report): Level {
  const { operations, elapsedMs, failures, cpu } = report;
  return {
    system: facts.system,
    op: facts.op,
    outstanding: facts.outstanding,
    ops_per_s: Math.round((operations / elapsedMs) * 1000),
    p50_ms: rounded(report.p50Ms),
    p99_ms: rounded(report.p99Ms),
    p999_ms: rounded(report.p999Ms),
    max_ms: rounded(report.maxMs),
    nodes: facts.nodes,
    fsync: true,
    size: facts.size,
    seconds: rounded(elapsedMs / 1000),
    failures,
    driver_cpu: rounded(cpu),
  };
}

/** Three digits after the point: microseconds of milliseconds. */
function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}

export function hasFailed({ failures, ops_per_s }: Level): boolean {
  return Object.keys(failures).length > 0 || ops_per_s === 0;
}

const COLUMNS: readonly (readonly [string, (level: Level) => string])[] = [
  ['outstanding', ({ outstanding }) => String(outstanding)],
  ['ops/s', ({ ops_per_s }) => ops_per_s.toLocaleString('en')],
  ['p50 ms', ({ p50_ms }) => p50_ms.toFixed(2)],
  ['p99 ms', ({ p99_ms }) => p99_ms.toFixed(2)],
  ['p99.9 ms', ({ p999_ms }) => p999_ms.toFixed(2)],
  ['max ms', ({ max_ms }) => max_ms.toFixed(2)],
  ['driver CPU', ({ driver_cpu }) => `${Math.round(driver_cpu * 100)} %`],
];

/** The head of a table whose rows are `levelRow`. */
export function levelHead(): string {
  return row(COLUMNS.map(([name]) => name));
}

export function levelRow(level: Level): string {
  const problems = Object.entries(level.failures).map(([name, count]) => `${count} ${name}`);
  const told = problems.length === 0 ? '' : `   failed: ${problems.join(', ')}`;
  return `${row(COLUMNS.map(([, cell]) => cell(level)))}${told}`;
}

function row(cells: readonly string[]): string {
  return cells.map((cell) => cell.padStart(11)).join(' ');
}
