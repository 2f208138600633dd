import { inChapter } from '../mutant.ts';

const OUTBOX = 'streams/outbox.ts';
const NODE = 'streams/node.ts';
const DURABLE = 'streams/durable.ts';
const APPLY = 'streams/apply.ts';

/** The loop around the core: what leaves when, and that nothing gets lost on the way. */
export const STREAMS = inChapter('streams', [
  {
    id: 's1',
    name: 'sworn-mail-leaves-at-once',
    breaks: 'durability',
    source: ['m8', 'm21'],
    edits: [
      {
        file: OUTBOX,
        find: `      mergeMap(({ free, beat }) => {
        const lost = send(world, free);`,
        replace: `      mergeMap(({ free, sworn, beat }) => {
        const lost = send(world, [...free, ...sworn]);`,
      },
      {
        file: OUTBOX,
        find: 'outcomes.flatMap(({ sworn }) => send(world, sworn))',
        replace: 'outcomes.flatMap(() => send(world, []))',
      },
    ],
  },
  {
    id: 's2',
    name: 'receipts-before-the-sync',
    breaks: 'durability',
    source: ['m21', 'bug 35'],
    edits: [
      { file: NODE, find: 'import {\n  filter,', replace: 'import {\n  map,\n  filter,' },
      {
        file: NODE,
        find: '    receipts(durable$),\n',
        replace: '    receipts(decided$.pipe(map((outcome) => [outcome] as never))),\n',
      },
    ],
  },
  {
    id: 's3',
    name: 'mail-without-a-write-does-not-wait-for-the-disk',
    breaks: 'durability',
    source: ['bug 36'],
    edits: [
      {
        file: OUTBOX,
        find: `      mergeMap(({ free, beat }) => {
        const lost = send(world, free);`,
        replace: `      mergeMap(({ write, free, sworn, beat }) => {
        const lost = send(world, write === null ? [...free, ...sworn] : free);`,
      },
      {
        file: OUTBOX,
        find: 'outcomes.flatMap(({ sworn }) => send(world, sworn))',
        replace: 'outcomes.flatMap(({ write, sworn }) => send(world, write === null ? [] : sworn))',
      },
    ],
  },
  {
    id: 's4',
    name: 'mail-without-a-write-never-leaves',
    breaks: 'liveness',
    source: ['bug 36'],
    edits: [
      {
        file: NODE,
        find: 'function needsDisk({ write, sworn }: Outcome): boolean {\n  return write !== null || sworn.length > 0;',
        replace: 'function needsDisk({ write }: Outcome): boolean {\n  return write !== null;',
      },
    ],
  },
  {
    id: 's5',
    name: 'commit-not-waited-for',
    breaks: 'durability',
    source: ['m21', 'm29'],
    edits: [
      {
        file: DURABLE,
        find: 'return writes.length === 0 ? proven : (log.commit(writes)?.then(() => proven) ?? proven);',
        replace: 'if (writes.length > 0) void log.commit(writes);\n    return proven;',
      },
    ],
  },
  {
    id: 's6',
    name: 'only-the-last-write-of-a-batch-stored',
    breaks: 'durability',
    source: ['m1', 'm9'],
    edits: [
      {
        file: DURABLE,
        find: '.filter(isWrite);',
        replace: '.filter(isWrite).slice(-1);',
      },
    ],
  },
  {
    id: 's7',
    name: 'mail-speaks-in-the-term-when-it-leaves',
    breaks: 'election safety',
    source: ['bug 51'],
    edits: [
      {
        file: OUTBOX,
        find: '  return merge(\n    decided$.pipe(\n      mergeMap(({ free, beat }) => {\n',
        replace:
          '  let now = 0;\n  return merge(\n    decided$.pipe(\n      mergeMap(({ free, beat, view }) => {\n        now = view.term;\n',
      },
      {
        file: OUTBOX,
        find: 'send(world, sworn))',
        replace:
          'send(world, sworn.map((mail) => ({ ...mail, message: { ...mail.message, term: now } }))))',
      },
    ],
  },
  {
    id: 's8',
    name: 'no-mailbox',
    breaks: 'turns do not nest',
    source: ['re-entrancy'],
    edits: [
      {
        file: 'streams/take-turns.ts',
        find: 'if (waiting.push(input) === 1) clock.defer(turn);',
        replace: 'waiting.push(input);\n          turn();',
      },
    ],
  },
  {
    id: 's9',
    name: 'inputs-that-come-during-a-turn-lost',
    breaks: 'liveness',
    source: ['m63'],
    edits: [
      {
        file: 'streams/take-turns.ts',
        find: '        waiting = waiting.length <= inputsMax ? [] : waiting.slice(inputsMax);\n        if (waiting.length > 0) clock.defer(turn);\n        subscriber.next({ now: clock.now(), inputs });\n',
        replace:
          '        subscriber.next({ now: clock.now(), inputs });\n        waiting = inputs === waiting ? [] : waiting.slice(inputsMax);\n        if (waiting.length > 0) clock.defer(turn);\n',
      },
    ],
  },
  {
    id: 's10',
    name: 'alarm-rings-once',
    breaks: 'liveness',
    source: ['timers'],
    edits: [
      {
        file: 'streams/wake-ups.ts',
        find: 'const ring = (): void => {\n      ringsAt = Number.POSITIVE_INFINITY;\n',
        replace: 'const ring = (): void => {\n',
      },
    ],
  },
  {
    id: 's11',
    name: 'group-commit-sleeps-after-a-batch',
    breaks: 'liveness',
    source: ['group commit'],
    edits: [
      {
        file: 'streams/batch-map.ts',
        find: '        subscriber.next(result);\n        pump();\n',
        replace: '        subscriber.next(result);\n        if (hasEnded) pump();\n',
      },
    ],
  },
  {
    id: 's12',
    name: 'two-commits-at-once',
    breaks: 'durability',
    source: ['m29', 'bug 56'],
    edits: [{ file: 'streams/batch-map.ts', find: '        isBusy = true;\n', replace: '' }],
  },
  {
    id: 's13',
    name: 'entries-read-back-applied-last',
    breaks: 'applied in order',
    source: ['bug 97'],
    edits: [{ file: APPLY, find: 'waiting.unshift(', replace: 'waiting.push(' }],
  },
  {
    id: 's14',
    name: 'applying-stops-after-a-batch',
    breaks: 'liveness',
    source: ['bug 89'],
    edits: [
      {
        file: APPLY,
        find: '      if (machine.applied < upTo) clock.defer(goOn);\n      else isBusy = false;\n',
        replace: '      isBusy = false;\n',
      },
    ],
  },
  {
    id: 's15',
    name: 'restarted-node-does-not-read-back',
    breaks: 'liveness',
    source: ['bug 97'],
    edits: [
      {
        file: APPLY,
        find: 'if (!run || (run[0] as Entry).index > next) {',
        replace: 'if (!run) {',
      },
    ],
  },
  {
    id: 's16',
    name: 'entries-read-back-go-to-nobody',
    breaks: 'liveness',
    source: ['bug 50'],
    edits: [{ file: NODE, find: '    readBack(log, decided$),\n', replace: '' }],
  },
  {
    id: 's17',
    name: 'mail-of-a-wiped-server-taken',
    breaks: 'identity',
    source: ['bug 55', 'bug 79'],
    edits: [
      {
        file: 'streams/peers.ts',
        find: 'return pinned === null || pinned === incarnation;',
        replace: 'return pinned === null || incarnation > 0;',
      },
    ],
  },
]);
