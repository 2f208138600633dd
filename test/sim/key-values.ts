import { openInMemory } from '../../lib/store/database/memory-image.ts';
import { ReplaceableMachine } from '../../lib/store/database/replaceable-machine.ts';
import { chanceOf } from './chance.ts';
import { drawAsk } from './clients/asks.ts';
import { livingAsking } from './clients/lives.ts';
import type { Asking } from './clients/options.ts';
import {
  checkKeyValueLinearizable,
  checkKeyValueWitness,
  withoutSessions,
} from './history/key-value-history.ts';
import type { AnyAsk, Ask, History } from './history/operation.ts';
import { tellHistory } from './history/tell-history.ts';
import { watchLives } from './oracle/lives.ts';
import type { Plan } from './plan.ts';
import type { Subject } from './subject.ts';

/** History that is kept: so little that clients meet its end. */
const HISTORY = { revs: 50, bytes: 1 << 20 };

const LIMITS = { valueBytes: 1 << 16, history: HISTORY, sessions: 1000, leases: 1000 };

/** Histories up to here are always searched for an order, longer ones in a part of the seeds. */
const SEARCHED_OPERATIONS = 400;
const SEARCHED_PART = 0.2;
/** In a part of the seeds the search is not helped by the log: a bug may have spoilt both. */
const UNAIDED_PART = 0.3;
/** Each write of unknown outcome can double what has to be searched then. */
const UNAIDED_UNKNOWN_MAX = 12;
const STEPS_MAX = 100_000;

/** Clients that ask for keys, and for nothing that ends. */
export function askingKeys({ clients }: Plan): Asking<Ask> {
  const known = new Map<string, { rev: number; value: string | null }>();
  return {
    draw: (chance, id) => drawAsk(chance, clients, id, known),
    isLocal: (ask) => 'read' in ask && ask.read === 'stale',
    learn: (_, ask, answer) => {
      if (answer.kind !== 'ok' || !('key' in ask)) return;
      const { rev, value, found, deleted, swapped } = answer.reply;
      if (typeof rev !== 'number' || swapped === false) return;
      if (ask.op === 'delete' || found === false) known.set(ask.key, { rev, value: null });
      else if (deleted === undefined) {
        const written = ask.op === 'get' ? value : ask.value;
        known.set(ask.key, { rev, value: String(written) });
      }
    },
  };
}

/** The key-value database of this project, and clients of it. */
export const keyValues: Subject<AnyAsk> = {
  openMachine: (tables) => openInMemory(tables, LIMITS),
  asking: (plan) => livingAsking(askingKeys(plan), plan.clients),
  checkHistory,
  digest: (machine) => (machine instanceof ReplaceableMachine ? machine.digest() : ''),
  watchLives: ({ drift }) => watchLives(drift),
  watched: ({ clients }) => (clients.isWatched ? ['', 'k1', 'absent'] : []),
};

/**
 * By the order that replies claim, always; by a search that knows nothing of it, in a sample. Where
 * the search gives up, the former has still judged every reply.
 */
function checkHistory(whole: History<AnyAsk>, { seed }: Plan): string | null {
  const [violation] = checkKeyValueWitness(whole);
  if (violation) return `${violation.rule}: ${violation.sentence}`;
  const chance = chanceOf(seed, 'search');
  const history = withoutSessions(whole);
  if (history === null) return null;
  const { operations, committed } = history;
  if (operations.length > SEARCHED_OPERATIONS && !chance.happens(SEARCHED_PART)) return null;
  const unknown = operations.filter(({ answer }) => answer.kind === 'unknown').length;
  const isUnaided = unknown <= UNAIDED_UNKNOWN_MAX && chance.happens(UNAIDED_PART);
  const options = isUnaided ? { stepsMax: STEPS_MAX } : { stepsMax: STEPS_MAX, committed };
  const verdict = checkKeyValueLinearizable(operations, options);
  return verdict.result === 'violated'
    ? `not linearizable:\n${tellHistory(verdict).join('\n')}`
    : null;
}
