import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { BOUNDS, type Bounds, disksOf } from '../explore/bounds.ts';
import type { hunt } from '../explore/hunt.ts';

/** One place of one module of lib/core, as it is compiled, and what is put there. */
export type Edit = { readonly module: string; readonly right: string; readonly wrong: string };

export type Bug = Edit & {
  readonly name: string;
  /** Bounds within which there is a way to it. */
  readonly bounds: Bounds;
  /** What breaks first. */
  readonly breaks: RegExp;
  /** Takes seconds of a processor to find. */
  readonly isDeep?: true;
};

export const NOTHING: Bounds = { ...BOUNDS, terms: 1, values: 0, crashes: 0 };

/** Bugs that Raft systems have had, or nearly. */
export const BUGS: readonly Bug[] = [
  {
    name: 'a vote is forgotten when a candidate steps down in its own term',
    module: 'election',
    right: 'if (term !== state.hard.term)\n        enterTerm',
    wrong: 'enterTerm',
    bounds: NOTHING,
    breaks: /a vote stands as long as its term/,
  },
  {
    name: 'a server votes again in the same term',
    module: 'election',
    right: 'const isFree = vote === null || vote === from;',
    wrong: 'const isFree = true;',
    bounds: NOTHING,
    breaks: /a vote that is granted is the vote that is cast/,
  },
  {
    name: 'a vote leaves before it is on the disk',
    module: 'message',
    right: 'RequestVoteReply: true',
    wrong: 'RequestVoteReply: false',
    bounds: NOTHING,
    breaks: /speaks in term 1, its disk is in 0/,
  },
  {
    name: 'a vote of an earlier term is counted',
    module: 'step',
    right: 'if (m.term === term)',
    wrong: "if (m.term === term || m.kind === 'RequestVoteReply')",
    bounds: { ...NOTHING, terms: 2 },
    breaks: /speaks in term 2, its disk is in 1/,
  },
  {
    name: 'logs are compared by length only',
    module: 'types',
    right: 'return a.term > b.term || (a.term === b.term && a.index >= b.index);',
    wrong: 'return a.index >= b.index;',
    bounds: { ...NOTHING, terms: 3, disks: disksOf(['', '', '1']) },
    breaks: /leader completeness/,
  },
  {
    name: 'a leader counts itself before its disk has the entry',
    module: 'commit',
    right: 'log.stored',
    wrong: 'log.last.index',
    bounds: NOTHING,
    breaks: /is not on the disks of a quorum/,
  },
  {
    name: 'a leader commits what one server has',
    module: 'quorum',
    right: 'values[Math.floor(members.length / 2)]',
    wrong: 'values[0]',
    bounds: NOTHING,
    breaks: /is not on the disks of a quorum/,
  },
  {
    name: 'an entry of an earlier term is committed by counting',
    module: 'commit',
    right: '|| log.termAt(commit) !== state.hard.term',
    wrong: '',
    bounds: { ...NOTHING, terms: 2, disks: disksOf(['1', '', '']) },
    breaks: /a leader commits by counting only entries of its own term/,
  },
  {
    name: 'entries are acknowledged before they are on the disk',
    module: 'message',
    right: 'AppendEntriesReply: true',
    wrong: 'AppendEntriesReply: false',
    bounds: NOTHING,
    breaks: /speaks in term 1, its disk is in 0|acknowledges/,
  },
  {
    name: 'whatever follows is replaced, also if it is the same',
    module: 'log',
    right: 'entries.findIndex((entry) => this.termAt(entry.index) !== entry.term)',
    wrong: 'entries.length - 1',
    bounds: { ...NOTHING, values: 1, duplicates: 1 },
    breaks: /the log has no gaps/,
  },
  {
    name: 'only the place of the entry before is compared, not its term',
    module: 'follower',
    right: '!state.log.has(m.prev)',
    wrong: 'm.prev.index > state.log.last.index',
    bounds: { ...NOTHING, terms: 3, disks: disksOf(['2', '1', '']) },
    breaks: /log matching/,
  },
  {
    name: 'a follower commits as far as its leader, whatever it holds itself',
    module: 'follower',
    right: 'commitTo(state, Math.min(m.commit, index))',
    wrong: 'commitTo(state, m.commit)',
    bounds: { ...NOTHING, terms: 2, disks: disksOf(['1', '1', '']) },
    breaks: /commit is at most last/,
  },
  {
    name: 'a beat commits whatever is in the place that it names',
    module: 'follower',
    right: 'if (state.log.has(m.commit))\n        commitTo(state, m.commit.index)',
    wrong: 'commitTo(state, Math.min(m.commit.index, state.log.last.index))',
    bounds: { ...NOTHING, terms: 2, beats: 1, disks: disksOf(['1', '', '']) },
    breaks: /does not hold the committed entry/,
  },
  {
    name: 'news of a write that was overtaken is believed',
    module: 'log',
    right: 'if (epoch === this.#epoch)\n            this.#stored = Math.max(this.#stored, last)',
    wrong: 'this.#stored = Math.max(this.#stored, Math.min(last, this.#last.index))',
    bounds: { ...NOTHING, terms: 2, beats: 1 },
    breaks: /state machine safety/,
    isDeep: true,
  },
  {
    name: 'the word of an old leader is believed',
    module: 'step',
    right: "return m.kind === 'PreVoteReply';",
    wrong: "return m.kind === 'PreVoteReply' || m.kind === 'AppendEntries';",
    bounds: { ...NOTHING, terms: 2 },
    breaks: /claims to lead term 2/,
  },
  {
    name: 'a vote is given without a look at the log',
    module: 'election',
    right: 'isFree && upToDate(m.last, state.log.last)',
    wrong: 'isFree',
    bounds: { ...NOTHING, terms: 2 },
    breaks: /leader completeness/,
  },
];

/** All that the explorer needs, and the core. */
const COPIED = ['lib/core', 'lib/kit', 'test/core', 'test/explore', 'test/sim/chance.js'];

/** Makes a copy of the built core and of its explorer in `directory`, with bugs in it. */
export async function plant(edits: readonly Edit[], directory: string): Promise<typeof hunt> {
  for (const part of COPIED) {
    cpSync(join(DIST, part), join(directory, part), { recursive: true });
  }
  writeFileSync(join(directory, 'package.json'), '{ "type": "module" }');
  for (const { module, right, wrong } of edits) {
    const path = join(directory, 'lib/core', `${module}.js`);
    const [before, after, ...others] = readFileSync(path, 'utf8').split(right);
    if (before === undefined || after === undefined || others.length > 0) {
      throw new Error(`${module} does not hold the place of the bug once: ${right}`);
    }
    writeFileSync(path, `${before}${wrong}${after}`);
  }
  const copy = await import(pathToFileURL(join(directory, 'test/explore/hunt.js')).href);
  return copy.hunt;
}

const DIST = fileURLToPath(new URL('../../', import.meta.url));
