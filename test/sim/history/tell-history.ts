import type { Verdict } from './linearizable.ts';
import { type Answer, type Operation, tellAsk } from './operation.ts';

/** Of the order that was found, how much is drawn: its end, where it went wrong. */
const DRAWN_MAX = 8;

/**
 * A verdict for people: what fits nowhere, and a picture of the operations around it. The number of
 * an operation is its place in the longest order that was found; × is the one that fits nowhere,
 * and what has no number was not in the order.
 *
 *     part k1: 2 operations fit, and then operation 3 fits nowhere
 *        1  ├──┤        client 1  put k1 value=a  (1)  → rev=1 index=1
 *        2     ├──┤     client 2  put k1 value=b  (2)  → rev=2 index=2
 *        ×        ├──┤  client 1  get k1  (3)  → found=true value=a …
 *
 * @returns lines.
 */
export function tellHistory<A>(verdict: Verdict<A>): readonly string[] {
  const { result, partition, part, longest, stuck } = verdict;
  const where = partition === null ? 'the history' : `part ${partition}`;
  if (result === 'linearizable') return ['the history is linearizable'];
  const steps = `${where} of ${part.length} operations is undecided after ${verdict.steps} steps`;
  if (stuck === null) return [steps];
  const head = `${where}: ${longest.length} operations fit, and then operation ${stuck.id} fits nowhere`;
  const isOrdered = new Set(longest);
  const beside = part.filter((other) => !isOrdered.has(other) && doOverlap(stuck, other));
  const drawn = [...longest.slice(-DRAWN_MAX), ...beside];
  const marks = new Map(longest.map((operation, i) => [operation.id, `${i + 1}`]));
  return [head, ...drawOperations(drawn, marks.set(stuck.id, '×'))];
}

function doOverlap(a: Operation<unknown>, b: Operation<unknown>): boolean {
  return a.calledAt <= endOf(b) && b.calledAt <= endOf(a);
}

function endOf({ answer, returnedAt }: Operation<unknown>): number {
  return answer.kind === 'unknown' || returnedAt === null ? Number.POSITIVE_INFINITY : returnedAt;
}

/**
 * Draws when operations were under way, one a line, by their calls. A bar that ends in > has no end:
 * nobody knows the outcome.
 *
 * @param marks what stands before an operation, by id.
 */
export function drawOperations(
  operations: readonly Operation<unknown>[],
  marks: ReadonlyMap<number, string> = new Map(),
): readonly string[] {
  const inOrder = [...operations].sort((a, b) => a.calledAt - b.calledAt);
  const ends = inOrder.map(endOf).filter(Number.isFinite);
  const events = [...inOrder.map(({ calledAt }) => calledAt), ...ends].sort((a, b) => a - b);
  const columns = new Map(events.map((event, i) => [event, i * COLUMNS_PER_EVENT]));
  const width = events.length * COLUMNS_PER_EVENT;
  return inOrder.map((operation) => {
    const { id, client, ask, calledAt, answer } = operation;
    const from = columns.get(calledAt) ?? 0;
    const to = columns.get(endOf(operation)) ?? width;
    const end = Number.isFinite(endOf(operation)) ? '┤' : '>';
    const bar = `${' '.repeat(from)}├${'─'.repeat(to - from - 1)}${end}`.padEnd(width + 1);
    const mark = (marks.get(id) ?? '').padStart(4);
    return `${mark}  ${bar}  client ${client}  ${tellAsk(ask)}  (${id})  → ${tellAnswer(answer)}`;
  });
}

const COLUMNS_PER_EVENT = 2;

function tellAnswer(answer: Answer): string {
  if (answer.kind === 'unknown') return 'unknown';
  if (answer.kind === 'rejected') return answer.code;
  const { ok, ...members } = answer.reply;
  return tellAsk(members);
}
