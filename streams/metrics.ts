import type { Metric } from '../lib/net/http.ts';

/** What each number of the status says to those who watch many nodes. */
const GAUGES: readonly (readonly [member: string, name: string, help: string])[] = [
  ['term', 'raftmq_term', 'Current term.'],
  ['commit', 'raftmq_commit_index', 'Last log index known to be committed.'],
  ['applied', 'raftmq_applied_index', 'Last log index applied to the state machine.'],
  ['last', 'raftmq_last_index', 'Last log index of this node.'],
  [
    'first',
    'raftmq_first_index',
    'First log index of this node; a snapshot stands for what is before.',
  ],
  [
    'snapshot',
    'raftmq_snapshot_index',
    'Last log index in the newest snapshot, 0 if there is none.',
  ],
  ['rev', 'raftmq_revision', 'Writes that have changed the store.'],
  ['leader', 'raftmq_leader', 'Id of the leader, 0 if none is known.'],
  ['membersIndex', 'raftmq_members_index', 'Log index of the configuration of the cluster.'],
  ['uptime', 'raftmq_uptime_milliseconds', 'Time since this node started.'],
];

const NOTHING_SENT: { readonly sending: readonly { readonly attempt: number }[] } = { sending: [] };

/** The status as Prometheus metrics, with what the process uses. */
export function metricsOf(status: Readonly<Record<string, unknown>>): readonly Metric[] {
  const gauges = GAUGES.map(([member, name, help]): Metric => {
    const value = status[member];
    return { name, type: 'gauge', help, value: typeof value === 'number' ? value : 0 };
  });
  const { user, system } = process.cpuUsage();
  const { sending } = (status['snapshots'] ?? NOTHING_SENT) as typeof NOTHING_SENT;
  return [
    ...gauges,
    {
      name: 'raftmq_members',
      type: 'gauge',
      help: 'Nodes of the cluster, voters and learners.',
      value: Array.isArray(status['members']) ? status['members'].length : 0,
    },
    {
      name: 'raftmq_is_voter',
      type: 'gauge',
      help: '1 if this node votes.',
      value: status['voter'] === true ? 1 : 0,
    },
    {
      name: 'raftmq_is_leader',
      type: 'gauge',
      help: '1 if this node leads.',
      value: status['role'] === 'leader' ? 1 : 0,
    },
    {
      name: 'raftmq_snapshot_attempts',
      type: 'gauge',
      help: 'Snapshots sent to the follower that needs most of them before it catches up; 0 if none is sent.',
      value: Math.max(0, ...sending.map(({ attempt }) => attempt)),
    },
    {
      name: 'process_resident_memory_bytes',
      type: 'gauge',
      help: 'Resident memory.',
      value: process.memoryUsage.rss(),
    },
    {
      name: 'process_cpu_seconds_total',
      type: 'counter',
      help: 'CPU time used.',
      value: (user + system) / 1e6,
    },
  ];
}
