import { CONFIG_OPTIONS, type OptionTable } from './arguments.ts';

const ENDPOINTS = {
  value: 'LIST',
  means: 'where to connect, as tcp://HOST:PORT,… (the nodes of the configuration)',
};
const TIMEOUT = { value: 'MS', means: 'how long a command may take (5000)' };

const RECORD = {
  value: 'BYTES',
  bare: String(64 << 20),
  means: 'keep the newest turns on disk, for raftmq replay (64 MiB of them)',
};

/** The options of each command, by its name: what is parsed, and what the help shows. */
export const OPTIONS = {
  start: { record: RECORD },
  node: {
    id: { value: 'N', means: 'which node this is: one of the configuration, or a new one' },
    join: {
      value: 'LIST',
      means: 'add it to the cluster of which these are client endpoints: tcp://HOST:PORT,…',
    },
    peer: { value: 'ENDPOINT', means: 'where it listens for other nodes (as the configuration)' },
    client: { value: 'ENDPOINT', means: 'where it listens for clients' },
    events: { value: 'ENDPOINT', means: 'where it publishes events' },
    record: RECORD,
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
  watch: {
    endpoints: ENDPOINTS,
    since: { value: 'REV', means: 'begin with the change after this rev; 0 for all (from now on)' },
    reread: {
      value: null,
      means: 'where changes that are next are gone, print all keys and go on from there (fail)',
    },
    json: { value: null, means: 'print each change as JSON' },
  },
  shell: {
    endpoints: ENDPOINTS,
    timeout: TIMEOUT,
    history: {
      value: 'FILE',
      means: 'where typed lines are kept (~/.raftmq_history); none to keep none',
    },
  },
  replay: {
    at: {
      value: 'MS',
      means: 'show the turn at MS since the recording began, or at a time of the log',
    },
    turn: { value: 'N', means: 'show turn N: inputs, decisions, state, and why' },
    from: { value: 'N', means: 'tell all turns from N on, a line each thing' },
    to: { value: 'N', means: 'tell all turns up to N' },
    find: { value: 'TEXT', means: 'tell what says TEXT, such as alarm, candidate or term=7' },
    json: { value: null, means: 'print each turn, or the summary, as a line of JSON' },
  },
  doctor: {
    json: { value: null, means: 'print each finding as a line of JSON' },
  },
  log: {
    batches: { value: null, means: 'a line each batch: what one sync made durable' },
    entries: { value: null, means: 'a line each entry, and what it asks for' },
    from: { value: 'INDEX', means: 'entries from this one on' },
    to: { value: 'INDEX', means: 'entries up to this one' },
    term: { value: 'T', means: 'only entries of this term' },
    limit: { value: 'N', means: 'at most so many lines of entries or batches' },
    json: { value: null, means: 'print the summary, and each line, as a line of JSON' },
  },
  backup: {
    out: { value: 'FILE', means: 'the file to write; it must not exist yet' },
    'as-is': {
      value: null,
      means: 'take the newest snapshot as it is, without asking a running node for another',
    },
    json: { value: null, means: 'print what was written as a line of JSON' },
  },
  restore: {
    in: { value: 'FILE', means: 'the backup' },
    id: { value: 'N', means: 'only the directory of this node (all nodes of the configuration)' },
    json: { value: null, means: 'print each directory as a line of JSON' },
  },
  recover: {
    yes: { value: null, means: 'do it; without, it is only said what would be done' },
  },
  bench: {
    op: { value: 'OP', means: 'put, get or mixed: as many puts as gets (put)' },
    outstanding: {
      value: 'LIST',
      means: 'requests on their way at a time, a level each (1,64,256,1000)',
    },
    seconds: { value: 'S', means: 'how long each level is measured, after a warm-up (5)' },
    size: { value: 'BYTES', means: 'length of a value (100)' },
    keys: { value: 'COUNT', means: 'keys that requests are spread over (100000)' },
    nodes: { value: 'K', means: 'nodes of the cluster (3)' },
    runtime: {
      value: 'NAME',
      means: 'async or threaded; async,threaded compares them by turns (as the settings say)',
    },
    rounds: { value: 'N', means: 'pairs at each level, of two runtimes (5)' },
    data: { value: 'DIR', means: 'where the data goes, in a directory that is removed again (.)' },
    json: { value: null, means: 'print each level as a line of JSON' },
  },
  simulate: {
    seed: { value: 'N', means: 'the first seed (1); alone: just this run' },
    seeds: { value: 'N', means: 'how many seeds' },
    seconds: { value: 'S', means: 'for how long (20, unless seeds are given)' },
    nodes: { value: 'K', means: 'servers of each cluster (as the seed has it)' },
    faults: { value: 'LIST', means: 'only these classes of faults; none for none (as the seed)' },
    keep: { value: 'LIST', means: 'only these actions of the script, by place; none for none' },
    trouble: { value: 'MS', means: 'how long there is trouble, in simulated time (as the seed)' },
    connections: { value: 'N', means: 'connections of clients (as the seed)' },
    calm: { value: 'X', means: 'clients pause so many times as long (1)' },
    twice: { value: null, means: 'play every seed twice: both runs must be the same' },
    watch: { value: 'HOW', means: 'show one run as a transcript, story, diagram or svg' },
    from: { value: 'MS', means: 'where the diagram begins (shortly before the end)' },
    to: { value: 'MS', means: 'where it ends (at the end)' },
    json: { value: null, means: 'print one line of JSON' },
  },
} as const satisfies Readonly<Record<string, OptionTable>>;

/** One line an option, aligned. */
export function describeOptions(own: OptionTable, configured: boolean): string {
  // what a command means by an option of its own counts
  const all = Object.entries({ ...own, ...(configured ? CONFIG_OPTIONS : {}), ...own });
  const rows = all.map(([name, { value, bare, means }]) => {
    const shown = bare === undefined ? ` ${value ?? ''}` : `[=${value}]`;
    return [`  --${name}${shown}`.trimEnd(), means] as const;
  });
  const width = Math.max(0, ...rows.map(([left]) => left.length));
  return rows.map(([left, means]) => `${left.padEnd(width)}  ${means}\n`).join('');
}
