import { inChapter } from '../mutant.ts';

const INSTALL = 'lib/core/install.ts';
const PROGRESS = 'lib/core/progress.ts';
const REPLICATION = 'lib/core/replication.ts';
const COMPACTION = 'lib/core/compaction.ts';

/** Snapshots in place of the log, on both sides. */
export const SNAPSHOTS = inChapter('snapshots', [
  {
    id: 'sn1',
    name: 'log-that-parts-from-a-snapshot-is-kept',
    breaks: 'state machine safety',
    source: ['m30'],
    edits: [
      {
        file: INSTALL,
        find: 'if (!log.has(snapshot)) {',
        replace: 'if (log.last.index < snapshot.index) {',
      },
    ],
  },
  {
    id: 'sn2',
    name: 'older-snapshot-installed',
    breaks: 'commit never falls',
    source: ['m31', 'bug 62'],
    edits: [
      {
        file: INSTALL,
        find: '  if (snapshot.index <= state.commit) return noteSnapshot(state, snapshot);\n',
        replace: '',
      },
    ],
  },
  {
    id: 'sn3',
    name: 'configuration-not-taken-from-the-snapshot',
    breaks: 'a server goes by another configuration than its log has',
    source: ['m33'],
    edits: [
      {
        file: INSTALL,
        find: '    beginConfigurations(state, { index: snapshot.index, configuration: snapshot.configuration });\n',
        replace: '',
      },
      {
        file: INSTALL,
        find: "import { beginConfigurations } from './configurations.ts';\n",
        replace: '',
      },
    ],
  },
  {
    id: 'sn4',
    name: 'follower-stays-in-snapshot-mode-after-it',
    breaks: 'liveness',
    source: ['m37'],
    edits: [
      {
        file: PROGRESS,
        find: "progress.mode === 'snapshot' && progress.match >= base;",
        replace: "progress.mode === 'snapshot' && progress.match > progress.pending && base >= 0;",
      },
      {
        file: INSTALL,
        find: '  noteDelivered(progress, ok);\n',
        replace: '  if (!ok) noteDelivered(progress, ok);\n',
      },
    ],
  },
  {
    id: 'sn5',
    name: 'snapshot-not-sent-to-whom-nothing-else-is-sent',
    breaks: 'liveness',
    source: ['m38'],
    edits: [
      {
        file: REPLICATION,
        find: '  if (progress.next < log.first) {\n',
        replace: '  if (progress.next < log.first && log.first <= log.last.index) {\n',
      },
    ],
  },
  {
    id: 'sn6',
    name: 'needs-a-snapshot-one-entry-late',
    breaks: 'liveness',
    source: ['bug 45'],
    edits: [
      {
        file: REPLICATION,
        find: '  if (progress.next < log.first) {\n',
        replace: '  if (progress.next < log.first - 1) {\n',
      },
    ],
  },
  {
    id: 'sn7',
    name: 'lets-go-of-more-than-the-snapshot-holds',
    breaks: 'a snapshot stands for whatever the log has let go',
    source: ['bug 47'],
    edits: [
      {
        file: COMPACTION,
        find: 'Math.min(snapshot.index - settings.keepEntries, released, neededFrom(state));',
        replace: 'Math.min(released - settings.keepEntries, neededFrom(state));',
      },
    ],
  },
  {
    id: 'sn9',
    name: 'parts-of-two-snapshots-mixed',
    breaks: 'a snapshot arrives damaged for ever',
    source: ['m36'],
    edits: [
      {
        file: 'streams/receive-snapshots.ts',
        find: 'this.#snapshot !== null && isSameSnapshot(this.#snapshot, snapshot);',
        replace: 'this.#snapshot !== null && isSameSnapshot(this.#snapshot, this.#snapshot);',
      },
    ],
  },
  {
    id: 'sn10',
    name: 'sender-goes-on-behind-a-gap',
    breaks: 'liveness',
    source: ['bug 64'],
    edits: [
      {
        file: 'streams/send-snapshot.ts',
        find: '      this.#done = offset;\n      this.#sent = offset;\n    }\n    if (isNews)',
        replace: '      this.#done = offset;\n    }\n    if (isNews)',
      },
      {
        file: 'streams/send-snapshot.ts',
        find: '    this.#granted = 0;\n    this.#say(',
        replace: '    this.#granted = Math.max(0, this.#granted);\n    this.#say(',
      },
    ],
  },
]);
