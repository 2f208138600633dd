import test from 'ava';
import type { Message } from '../../lib/core/message.ts';
import { tellLog } from '../../lib/core/tell.ts';
import { type Term, upToDate } from '../../lib/core/types.ts';
import { from, leader, office, saidTo, server, step, turn } from './servers.ts';

/** How a leader and a follower find the place where their logs part (thesis §3.5, §10.2.2). */

/** Lets server 2 follow server 1, which leads from `log` in `term`, until it has its log. */
function agree(log: string, other: string, term: Term): { refusals: number; isEqual: boolean } {
  const n1 = leader(1, { log, term: term - 1 });
  const n2 = server(2, { log: other, term: term - 1 });
  const { next = 0 } = office(n1).progress.get(2) ?? {};
  const prev = { index: next - 1, term: n1.log.termAt(next - 1) ?? 0 };
  const entries = n1.log.slice(next, 1000) ?? [];
  let mail: readonly Message[] = [{ kind: 'AppendEntries', term, prev, entries, commit: 0 }];
  let refusals = 0;
  for (let round = 0; round < 20 && mail.length > 0; round += 1) {
    const replies = mail.flatMap((message) => saidTo(1, step(n2, turn(from(1, message)))));
    refusals += replies.filter((m) => 'result' in m && m.result === 'conflict').length;
    mail = replies.flatMap((message) => saidTo(2, step(n1, turn(from(2, message)))));
  }
  return { refusals, isEqual: tellLog(n1.log) === tellLog(n2.log) };
}

const refuses = test.macro({
  exec(t, log: string, other: string, refusals: number) {
    t.deepEqual(agree(log, other, 9), { refusals, isEqual: true });
  },
  title: (_, log, other, refusals) =>
    `R22: [${other}] gets [${log}] after ${refusals} refusal${refusals === 1 ? '' : 's'}`,
});

test(refuses, '1 3 3 3 5 5 5 5', '1 1 1 1 2 2', 1);
test(refuses, '1 2 2 4 4 4 4', '1 2 2 3 3 3 3 3', 1);
test(refuses, '1 2 2 3 4 4 4 5', '1 2 2 3 3 3 3 3', 1);
test(refuses, '1 1 1 1', '1 1 2 2 4', 1);
test(refuses, '1 1 1 1 1 1', '1 1 2 2 4', 1);
test(refuses, '1 1 1 4 5', '1 1 1 4', 1);
test(refuses, '1 1 1 4 5', '1 1 1 4 4 4 4', 1);
test(refuses, '2 5 5 5 5 5 5', '2 4 4 4 4 4', 1);
test(refuses, '2 2 2 2 2', '2 4 4 4 4 4', 1);
test(refuses, '1 2 3 4 5 6 7 8', '', 1);
test(refuses, '', '1 2 3 4 5 6 7 8', 0);
// each has terms that the other lacks, in turn
test(refuses, '1 1 2 2 5 5 7 7 7 7 7 7', '1 1 2 3 4 4 6 6', 3);

/** All logs of at most `length` entries of the terms up to `term`. */
function logsUpTo(length: number, term: Term): readonly (readonly Term[])[] {
  if (length === 0) return [[]];
  const shorter = logsUpTo(length - 1, term);
  const longest = shorter.filter((log) => log.length === length - 1);
  const longer = longest.flatMap((log) => {
    const least = log.at(-1) ?? 1;
    return Array.from({ length: term - least + 1 }, (_, i) => [...log, least + i]);
  });
  return [...shorter, ...longer];
}

/** Log Matching: logs that share an entry share all before it. */
function canBeInOneCluster(a: readonly Term[], b: readonly Term[]): boolean {
  const shared = a.findLastIndex((term, i) => b[i] === term);
  return a.slice(0, shared + 1).every((term, i) => b[i] === term);
}

function end(log: readonly Term[]): { index: number; term: Term } {
  return { index: log.length, term: log.at(-1) ?? 0 };
}

test('R22: no two logs take more refusals than the follower has terms that differ, and one', (t) => {
  const logs = logsUpTo(5, 4);
  let pairs = 0;
  let most = 0;
  for (const log of logs) {
    for (const other of logs) {
      if (!canBeInOneCluster(log, other) || !upToDate(end(log), end(other))) continue;
      pairs += 1;
      const { refusals, isEqual } = agree(log.join(' '), other.join(' '), 5);
      const differing = new Set(other.filter((term, i) => log[i] !== term)).size;
      if (!isEqual || refusals > differing + 1) {
        return t.fail(`[${log}] over [${other}]: ${refusals} refusals`);
      }
      most = Math.max(most, refusals);
    }
  }
  t.true(pairs > 1000, `${pairs} pairs`);
  t.true(most > 1, 'some take more than one');
});
