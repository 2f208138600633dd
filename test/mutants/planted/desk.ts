import { inChapter } from '../mutant.ts';

const DESK = 'streams/desk.ts';
const FORWARDS = 'streams/forwards.ts';
const QUEUE = 'streams/read-queue.ts';

/** What clients are told. */
export const DESK_MUTANTS = inChapter('desk', [
  {
    id: 'a1',
    name: 'answered-when-accepted',
    breaks: 'linearizability',
    source: ['m21'],
    edits: [
      {
        file: DESK,
        find: 'if (pending) this.#pending.place(pending, first + i);',
        replace:
          'if (pending) this.#answer(pending, { ok: true, rev: first + i, index: first + i });',
      },
    ],
  },
  {
    id: 'a2',
    name: 'lost-leadership-told-as-rejected',
    breaks: 'what is rejected never happens',
    source: ['m52', 'bug 85'],
    edits: [
      {
        file: DESK,
        find: "refuse('LEADERSHIP_LOST', 'this node stopped leading before that was committed')",
        replace: "refuse('NO_LEADER', 'this node stopped leading before that was committed')",
      },
    ],
  },
  {
    id: 'a3',
    name: 'timeout-told-as-rejected',
    breaks: 'what is rejected never happens',
    source: ['m52', 'bug 85'],
    edits: [
      {
        file: 'lib/wire/client.ts',
        find: "  TIMEOUT: 'unknown',\n",
        replace: "  TIMEOUT: 'rejected',\n",
      },
    ],
  },
  {
    id: 'a4',
    name: 'lost-contact-told-as-rejected',
    breaks: 'what is rejected never happens',
    source: ['m52', 'bug 85'],
    edits: [
      {
        file: FORWARDS,
        find: "return refuse('LEADERSHIP_LOST', `contact with",
        replace: "return refuse('NO_LEADER', `contact with",
      },
    ],
  },
  {
    id: 'a5',
    name: 'lost-leadership-not-told',
    breaks: 'every client hears of its own write',
    source: ['m52', 'bug 85'],
    edits: [{ file: DESK, find: '      this.#loseLeadership(view);\n', replace: '' }],
  },
  {
    id: 'a6',
    name: 'stopping-node-rejects-what-is-in-the-log',
    breaks: 'what is rejected never happens',
    source: ['m52', 'bug 85'],
    edits: [
      {
        file: DESK,
        find: "this.#answer(pending, pending.kind === 'read' ? rejected : unknown);",
        replace: 'this.#answer(pending, pending.index > 0 ? rejected : unknown);',
      },
    ],
  },
  {
    id: 'a7',
    name: 'forwarded-request-answered-twice',
    breaks: 'every request is answered once',
    source: ['bug 86'],
    edits: [
      {
        file: FORWARDS,
        find: '      this.#pending.remove(pending);\n      this.#replies.pass(pending.asker, frame);\n',
        replace: '      this.#replies.pass(pending.asker, frame);\n',
      },
    ],
  },
  {
    id: 'a8',
    name: 'request-forwarded-twice',
    breaks: 'a write happens once',
    source: ['bug 86'],
    edits: [
      {
        file: FORWARDS,
        find: 'const refused = messages.findIndex((frames) => !network.toPeer(leader, frames));',
        replace:
          'const refused = messages.findIndex((frames) => !network.toPeer(leader, frames) || !network.toPeer(leader, frames));',
      },
    ],
  },
  {
    id: 'a9',
    name: 'reads-ask-for-no-index',
    breaks: 'liveness',
    source: ['m63'],
    edits: [
      {
        file: DESK,
        find: 'this.#indexes.ask(reads, leaseReads);',
        replace: 'if (leader === null) this.#indexes.ask(reads, leaseReads);',
      },
    ],
  },
  {
    id: 'a10',
    name: 'answers-to-forwarded-requests-dropped',
    breaks: 'liveness',
    source: ['m63'],
    edits: [
      {
        file: DESK,
        find: "if (mail.kind === 'Answer') this.#forwards.onAnswer(mail.from, mail);",
        replace:
          "if (mail.kind === 'Answer' && !this.#view) this.#forwards.onAnswer(mail.from, mail);",
      },
    ],
  },
  {
    id: 'a11',
    name: 'deadline-of-a-request-not-kept',
    breaks: 'every request is answered',
    source: ['m63'],
    edits: [
      {
        file: DESK,
        find: '({ deadline }) => deadline <= now',
        replace: '({ deadline }) => deadline <= now - 1e9',
      },
    ],
  },
  {
    id: 'a12',
    name: 'read-served-before-it-is-applied',
    breaks: 'linearizability',
    source: ['m53'],
    edits: [
      {
        file: QUEUE,
        find: 'if (read.index <= applied && read.rev <= rev)',
        replace: 'if (applied >= 0 && read.rev <= rev)',
      },
    ],
  },
  {
    id: 'a13',
    name: 'rev-that-a-client-has-seen-not-waited-for',
    breaks: 'a client never reads backwards',
    source: ['m53'],
    edits: [
      {
        file: QUEUE,
        find: 'if (read.index <= applied && read.rev <= rev)',
        replace: 'if (read.index <= applied && rev >= 0)',
      },
    ],
  },
  {
    id: 'a14',
    name: 'every-read-is-stale',
    breaks: 'linearizability',
    source: ['m47'],
    edits: [
      {
        file: DESK,
        find: "if (kind === 'read' && readModeOf(request) === 'stale')",
        replace: "if (kind === 'read' && (readModeOf(request) === 'stale' || this.#view !== null))",
      },
    ],
  },
  {
    id: 'a15',
    name: 'place-in-the-log-not-forgotten',
    breaks: 'every request is answered once',
    source: ['bug 86'],
    edits: [
      {
        file: 'streams/pending.ts',
        find: '    if (pending.index > 0) this.#byIndex.delete(pending.index);\n',
        replace: '',
      },
    ],
  },
  {
    id: 'a16',
    name: 'names-of-requests-used-again-after-a-restart',
    breaks: 'every client hears of its own write',
    source: ['m61'],
    edits: [
      {
        file: DESK,
        find: 'new PendingTable(world.firstToken, pendingRequests, pendingBytes)',
        replace: 'new PendingTable(1, pendingRequests, pendingBytes)',
      },
    ],
  },
  {
    id: 'a17',
    name: 'refusals-of-the-core-not-passed-on',
    breaks: 'every request is answered',
    source: ['m63'],
    edits: [
      {
        file: DESK,
        find: '    for (const refusal of refused) this.#onRefused(refusal);\n',
        replace: '    for (const refusal of refused.slice(1)) this.#onRefused(refusal);\n',
      },
    ],
  },
]);
