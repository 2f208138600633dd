import { CONFIG_OPTIONS, type OptionTable } from './arguments.ts';

/** The options of each command, by its name: what is parsed, and what the help shows. */
export const OPTIONS = {
  start: {},
  node: {
    id: { value: 'N', means: 'which node of the configuration this is' },
    runtime: { value: 'async', means: 'everything in one thread; the only runtime so far' },
    join: { value: 'ENDPOINT', means: 'not available yet: nodes are named in the configuration' },
  },
} as const satisfies Readonly<Record<string, OptionTable>>;

/** One line an option, aligned. */
export function describeOptions(own: OptionTable, configured: boolean): string {
  const all = Object.entries({ ...own, ...(configured ? CONFIG_OPTIONS : {}) });
  const rows = all.map(([name, { value, means }]) => {
    return [`  --${name}${value === null ? '' : ` ${value}`}`, means] as const;
  });
  const width = Math.max(0, ...rows.map(([left]) => left.length));
  return rows.map(([left, means]) => `${left.padEnd(width)}  ${means}\n`).join('');
}
