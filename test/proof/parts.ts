/** One kind of proof, as a program that runs for a time and prints JSON. */
export type Part = {
  readonly name: string;
  readonly shows: string;
  /** Share of all the time there is. */
  readonly share: number;
  readonly argv: (seconds: number) => readonly string[];
  /** The figures of its report that are worth a line, by what they are. */
  readonly figures: (report: Report) => Readonly<Record<string, unknown>>;
};

/** What a program printed. */
export type Report = Readonly<Record<string, unknown>>;

const EXPLORE = ['dist/test/explore/main.js', '--json', '--states', '20000000'];
const SIMULATE = ['dist/lib/cli/main.js', 'simulate', '--json'];

/** Everything that is proved, the most telling first. */
export const PARTS: readonly Part[] = [
  {
    name: 'whole nodes',
    shows: 'shipped nodes in simulated trouble and peace break no rule',
    share: 0.45,
    argv: (seconds) => [...SIMULATE, '--seed', '1', '--seconds', `${seconds}`],
    figures: simulated,
  },
  {
    name: 'the same twice',
    shows: 'every seed plays the same run again',
    share: 0.05,
    argv: (seconds) => [...SIMULATE, '--twice', '--seed', '1000001', '--seconds', `${seconds}`],
    figures: simulated,
  },
  {
    name: 'exploration',
    shows: 'no order of events within the bounds breaks a rule of the core',
    share: 0.15,
    argv: (seconds) => [...EXPLORE, '--seconds', `${seconds}`],
    figures: (report) =>
      only(report, [
        'bounds',
        'states',
        'transitions',
        'depth',
        'isExhausted',
        'cpuSeconds',
        'found',
      ]),
  },
  {
    name: 'crash states of the log',
    shows: 'whatever a crash leaves of the log is recovered as it was promised',
    share: 0.1,
    argv: (seconds) => [
      'dist/test/store/crash-states/main.js',
      '--json',
      '--operations',
      '4',
      '--seconds',
      `${seconds}`,
    ],
    figures: (report) =>
      only(report, [
        'sequences',
        'states',
        'distinct',
        'exhaustiveTo',
        'distinctPerCpuMinute',
        'failure',
      ]),
  },
  {
    name: 'mutants',
    shows: 'every planted bug is found',
    share: 0.25,
    argv: (seconds) => ['dist/test/mutants/main.js', '--json', '--minutes', `${seconds / 60}`],
    figures: (report) =>
      only(report, [
        'planted',
        'killed',
        'survivors',
        'left',
        'medianCpuSeconds',
        'maxCpuSeconds',
        'kinds',
        'hunters',
      ]),
  },
];

function simulated(report: Report): Report {
  const named = ['seeds', 'events', 'operations', 'leader_changes', 'simulated_hours'];
  const figures = only(report, [...named, 'per_cpu_minute', 'idle_faults', 'missed_places']);
  const { failed } = report;
  return failed === undefined ? figures : { ...figures, failed };
}

/** A report that could not be read is given as it is. */
function only(report: Report, names: readonly string[]): Report {
  if ('output' in report) return report;
  return Object.fromEntries(names.map((name) => [name, report[name] ?? null]));
}
