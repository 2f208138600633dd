import type { Commit, Stand } from './recording.ts';
import type { Flight } from './scene.ts';

/** What a server has become. */
export function tellStand({ id, role, term }: Stand): string {
  if (role === 'down') return `n${id} is down`;
  return role === 'leader' ? `n${id} leads term ${term}` : `n${id} is a ${role} in term ${term}`;
}

/** Whose mail it is, what it says and how it fared. */
export function tellFlight({ from, to, words, sentAt, at, isAgain, isUnderWay }: Flight): string {
  const head = `n${from} → n${to}  ${words.text}`;
  if (at === null) return `${head}  (${isUnderWay ? 'under way' : 'never arrives'})`;
  const sent = sentAt === null ? 'not sent like this' : `sent ${sentAt.toFixed(2)}`;
  return `${head}  (${sent}${isAgain ? ', once more' : ''})`;
}

/** What a leader has found committed. */
export function tellCommit({ id, first, index }: Commit): string {
  return `n${id} commits ${first === index ? index : `${first}..${index}`}`;
}
