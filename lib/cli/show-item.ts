import type { Change, WatchItem } from '../client/client.ts';
import type { Paint } from './colours.ts';
import { toJson } from './json.ts';

/** What a watch hands over, on one line, for people. */
export function showItem(item: WatchItem, paint: Paint): string {
  if (!('reread' in item)) return showChange(item, paint);
  const { reread, rev, oldest } = item;
  return reread === 'begin'
    ? paint('yellow', `changes up to rev ${oldest} are gone; all keys, as they are at rev ${rev}:`)
    : paint('yellow', `changes after rev ${rev}:`);
}

export function showChange(change: Change, paint: Paint): string {
  const what = change.deleted ? 'deleted' : `= ${toJson(change.value)}`;
  return `${shownKey(change.key)} ${what}  ${paint('dim', `rev ${change.rev}`)}`;
}

/** Keys are shown as they would be typed. */
export function shownKey(key: string): string {
  return /^[^\s"'{[#\p{C}]+$/u.test(key) ? key : toJson(key);
}
