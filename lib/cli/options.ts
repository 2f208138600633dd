import { CONFIG_OPTIONS, type OptionTable } from './arguments.ts';

const ENDPOINTS = {
  value: 'LIST',
  means: 'where to connect, as tcp://HOST:PORT,… (the nodes of the configuration)',
};
const TIMEOUT = { value: 'MS', means: 'how long a command may take (5000)' };

/** The options of each command, by its name: what is parsed, and what the help shows. */
export const OPTIONS = {
  start: {},
  node: {
    id: { value: 'N', means: 'which node of the configuration this is' },
    runtime: { value: 'async', means: 'everything in one thread; the only runtime so far' },
    join: { value: 'ENDPOINT', means: 'not available yet: nodes are named in the configuration' },
  },
  client: {
    endpoints: ENDPOINTS,
    json: { value: null, means: 'print each reply as JSON' },
    timeout: TIMEOUT,
  },
  events: {
    endpoints: ENDPOINTS,
    json: { value: null, means: 'print each event as JSON' },
  },
  shell: {
    endpoints: ENDPOINTS,
    timeout: TIMEOUT,
    history: {
      value: 'FILE',
      means: 'where typed lines are kept (~/.raftmq_history); none to keep none',
    },
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
