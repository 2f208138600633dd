import { fraction, nextRandom } from '../lib/kit/random.ts';

/** What a level asks for. `mixed`: as many puts as gets. */
export const OPERATIONS = ['put', 'get', 'mixed'] as const;
export type Operation = (typeof OPERATIONS)[number];

export type Workload = {
  readonly operation: Operation;
  /** Keys that requests are spread over, evenly and by chance. */
  readonly keys: number;
  /** Length of every value: a string of ASCII. */
  readonly valueBytes: number;
};

/** One request, whatever the system that it is for. `id` is never used twice in one run. */
export type Ask = { readonly id: number; readonly op: 'put' | 'get'; readonly key: string };

/** What a request is, but for its id. */
export type Drawn = Omit<Ask, 'id'>;

/** Any seed would do; the same one makes two runs ask for the same keys in the same order. */
const SEED = 20_140_619;

/** Draws requests without end. Keys are made beforehand: making them costs as much as sending. */
export function drawing({ operation, keys }: Workload): () => Drawn {
  const names = keyNames(keys);
  let random = SEED;
  const chance = (): number => {
    random = nextRandom(random);
    return fraction(random);
  };
  return () => {
    const op = operation === 'mixed' ? (chance() < 0.5 ? 'put' : 'get') : operation;
    return { op, key: names[Math.floor(chance() * keys)] as string };
  };
}

/** Writes every key once, so that each get finds something; null once all are drawn. */
export function filling({ keys }: Workload): () => Drawn | null {
  const names = keyNames(keys);
  let next = 0;
  return () => {
    const key = names[next++];
    return key === undefined ? null : { op: 'put', key };
  };
}

function keyNames(count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) => `bench/${String(i).padStart(8, '0')}`);
}

/** No letter repeats in a pattern that a disk or a network could squeeze much. */
export function makeValue({ valueBytes }: Workload): string {
  const alphabet = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_';
  let random = SEED;
  let value = '';
  while (value.length < valueBytes) {
    random = nextRandom(random);
    value += alphabet[Math.floor(fraction(random) * alphabet.length)];
  }
  return value;
}
