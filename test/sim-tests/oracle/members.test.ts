import test from 'ava';
import { encodeConfiguration } from '../../../lib/core/configuration-code.ts';
import { type EntryKind, makeEntry } from '../../../lib/core/entry.ts';
import { votersOnly } from '../../../lib/core/quorum.ts';
import type { Configuration, Index } from '../../../lib/core/types.ts';
import { server } from '../../core/servers.ts';
import { History } from '../../sim/oracle/history.ts';
import { Members } from '../../sim/oracle/members.ts';
import type { Watched } from '../../sim/oracle/oracle.ts';

const FOUNDED = votersOnly([1, 2, 3]);
const JOINT: Configuration = { ...votersOnly([1, 2]), outgoing: [1, 2, 3] };
const LEFT = votersOnly([1, 2]);

/** Entries of term 1: a change of voters at 2 and 3, and nothing from then on. */
const LOG = new History(
  [null, JOINT, LEFT, null, null, null].map((configuration, i) => {
    const kind: EntryKind = configuration ? 'config' : 'noop';
    const payload = configuration ? encodeConfiguration(configuration) : new Uint8Array();
    return makeEntry(i + 1, 1, kind, payload);
  }),
);
const WATCHED: Watched = { id: 1, log: LOG, disk: { hard: { term: 1, vote: null }, log: LOG } };

const ROWS: readonly [what: string, index: Index, base: Index, commit: Index, isRight: boolean][] =
  [
    ['where the change has its entry', 3, 0, 6, true],
    ['if all was so from the beginning', 0, 0, 6, true],
    ['at an entry of something else', 5, 0, 6, false],
    ['at a joint configuration', 2, 0, 6, false],
    ['before it is committed', 3, 0, 2, false],
    ['at the end of the snapshot that the log begins with', 5, 5, 6, true],
    ['after the end of that snapshot', 6, 5, 6, false],
    ['at the end of a snapshot in a joint configuration', 2, 2, 6, false],
  ];

for (const [what, index, base, commit, isRight] of ROWS) {
  test(`a change is ${isRight ? '' : 'not '}complete ${what}`, (t) => {
    const members = new Members(FOUNDED);
    const state = server(1, { log: '1 1 1 1 1 1', applied: commit });
    if (base > 0) state.log.compact(base);
    const judge = (): void => members.isComplete(WATCHED, index, state);
    if (isRight) t.notThrows(judge);
    else t.throws(judge, { message: /calls the change at \d complete/ });
  });
}
