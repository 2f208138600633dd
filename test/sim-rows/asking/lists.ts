import type { Answer, Ask, Expect, History } from '../../sim/history/operation.ts';
import type { Subject } from '../../sim/subject.ts';

const KEY = 'list';

/** The list as a client saw it last: items with blanks between, and what it has to be for a cas. */
type Seen = { readonly list: string; readonly expect: Expect };

/** Each client appends its items to one list, one after another, by compare and swap. */
export const lists: Subject<Ask>['asking'] = () => {
  const seen = new Map<number, Seen>();
  const counts = new Map<number, number>();
  return {
    draw: (_, __, client) => {
      const known = seen.get(client);
      if (!known) return { op: 'get', key: KEY, read: 'linearizable' };
      const item = `${client}.${counts.get(client) ?? 0}`;
      return { op: 'cas', key: KEY, expect: known.expect, value: `${known.list} ${item}`.trim() };
    },
    isLocal: () => false,
    learn: (client, ask, answer) => {
      if (answer.kind !== 'ok' || !('key' in ask)) return;
      const { swapped, found, rev, value } = answer.reply;
      if (ask.op === 'get') {
        const expect = found === true ? { rev: Number(rev) } : { absent: true as const };
        seen.set(client, { list: String(value ?? ''), expect });
      } else if (swapped !== true) {
        seen.delete(client);
      } else if (ask.op === 'cas') {
        counts.set(client, (counts.get(client) ?? 0) + 1);
        seen.set(client, { list: String(ask.value), expect: { rev: Number(rev) } });
      }
    },
  };
};

/** The last list has every item that was acknowledged once, no item twice, and each client's in order. */
export function wrongInList({ operations }: History): string | null {
  const last = operations.findLast(
    ({ ask, answer }) => ask.op === 'get' && answer.kind === 'ok' && answer.reply['found'] === true,
  );
  if (last?.answer.kind !== 'ok') return 'nobody has read the list';
  const items = String(last.answer.reply['value']).split(' ');
  if (new Set(items).size < items.length) return 'an item is in the list twice';
  for (const { ask, answer } of operations) {
    const item = itemOf(ask, answer);
    if (item !== null && !items.includes(item)) return `item ${item} was acknowledged and is lost`;
  }
  const counts = new Map<string, number>();
  for (const item of items) {
    const [client = '', count] = item.split('.');
    if (Number(count) !== (counts.get(client) ?? 0)) return `item ${item} is out of order`;
    counts.set(client, Number(count) + 1);
  }
  return null;
}

/** The item that was acknowledged, or null. */
function itemOf(ask: Ask, answer: Answer): string | null {
  if (ask.op !== 'cas' || answer.kind !== 'ok' || answer.reply['swapped'] !== true) return null;
  return String(ask.value).split(' ').at(-1) ?? null;
}
