import {
  BEAT,
  CAMPAIGN,
  crashOf,
  DROP,
  ofMail,
  ofServer,
  PROPOSE,
  RECEIVE,
  REPEAT,
  RESIGN,
  SYNC,
} from './step-code.ts';
import type { Row, Worlds } from './world.ts';

/** More than can ever be possible at once. */
export const CODES_MAX = 1000;

/** Writes the codes of all that may happen in `row` to `codes`. @returns how many they are. */
export function possibleSteps(worlds: Worlds, row: Row, length: number, codes: Row): number {
  const { firstMail, catalogue } = worlds;
  let count = 0;
  for (let i = 0; i < worlds.bounds.nodes; i += 1)
    count = ofOneServer(worlds, row, i, codes, count);
  const mayRepeat = worlds.left(row, 'duplicates') > 0;
  const mayDrop = worlds.left(row, 'drops') > 0;
  for (let at = firstMail; at < length; at += 1) {
    const mail = row[at] as number;
    if (at > firstMail && mail === row[at - 1]) continue;
    codes[count++] = ofMail(RECEIVE, mail);
    if (!mayRepeat && !mayDrop) continue;
    const { kind } = catalogue.mail.get(mail).message;
    if (mayRepeat && kind !== 'Heartbeat') codes[count++] = ofMail(REPEAT, mail);
    if (mayDrop && kind === 'AppendEntries') codes[count++] = ofMail(DROP, mail);
  }
  return count;
}

/** What may happen to one server by itself. */
function ofOneServer(worlds: Worlds, row: Row, server: number, codes: Row, from: number): number {
  const { bounds } = worlds;
  const { role, hard, jobs, crashes, released } = worlds.still(row, server);
  let count = from;
  if (jobs.length > 0) codes[count++] = ofServer(SYNC, server);
  if (role.name === 'leader') {
    const values = worlds.left(row, 'values');
    if (values > 0) codes[count++] = ofServer(PROPOSE, server, bounds.values - values + 1);
    if (worlds.left(row, 'beats') > 0) codes[count++] = ofServer(BEAT, server);
    if (worlds.left(row, 'resignations') > 0) codes[count++] = ofServer(RESIGN, server);
  } else if (hard.term < bounds.terms) codes[count++] = ofServer(CAMPAIGN, server);
  if (crashes >= bounds.crashes) return count;
  for (let survivors = 0; survivors <= jobs.length; survivors += 1) {
    codes[count++] = crashOf(server, survivors, false);
    if (released > 0) codes[count++] = crashOf(server, survivors, true);
  }
  return count;
}
