import type { Turn } from '../../../lib/core/input.ts';
import type { Outcome } from '../../../lib/core/outcome.ts';
import type { RaftState } from '../../../lib/core/state.ts';
import type { Millis, NodeId } from '../../../lib/core/types.ts';
import type { Action } from '../script.ts';
import { Transcript } from '../trace.ts';
import type { Violation } from '../violation.ts';
import type { Watcher } from '../watcher.ts';
import { type Ending, Meanwhile } from './meanwhile.ts';
import { namedIn } from './named.ts';
import { type Line, type Piece, tellPieces } from './story-lines.ts';
import { type Past, pastAfter, type Tale, talesOf } from './story-turn.ts';
import { isIdle, tellStrike } from './strike-words.ts';

/** Lines that are kept, of events and of details each: a story looks back so far. */
const KEPT_MAX = 4000;
/** The last moments in full detail: part of the lines, and lines at most. */
const LAST_PART = 0.25;
const LAST_MAX = 40;
const WIDTH = 150;

/** Faults that only a running process can notice. */
const OF_PROCESSES: ReadonlySet<string> = new Set([
  'kill',
  'leave',
  'boundary',
  'pause',
  'ioError',
  'lie',
]);

/**
 * Keeps of a run what matters to a person who wants to know how it came to its end: faults, roles
 * and terms with their reasons, votes, replaced entries. Routine is counted. It is told afterwards,
 * when it is known which entries and requests went wrong.
 */
export class Story implements Watcher {
  readonly #pieces: Piece[] = [];
  readonly #details: Line[] = [];
  #order = 0;
  readonly #pasts = new Map<NodeId, Past>();
  /** What is asked by requests without an answer. */
  readonly #asked = new Map<number, string>();
  readonly #last: string[] = [];
  readonly #transcript = new Transcript((line) => {
    this.#last.push(line);
    if (this.#last.length > 2 * LAST_MAX) this.#last.splice(0, LAST_MAX);
  });

  began(at: Millis, id: NodeId, state: RaftState): void {
    this.#transcript.began(at, id, state);
    const { hard, log, commit } = state;
    this.#pasts.set(id, {
      role: 'follower',
      term: hard.term,
      vote: hard.vote,
      leader: null,
      commit,
      last: log.last.index,
      voters: [],
    });
    this.#tell(at, { weight: 'event', text: tellBegin(state), term: hard.term, entries: null });
  }

  ended(at: Millis, id: NodeId): void {
    this.#pasts.delete(id);
    this.#event(at, `n${id} is down`);
  }

  struck(at: Millis, id: NodeId, action: Action): void {
    if (isIdle(id, action)) return;
    const isMissed = OF_PROCESSES.has(action.fault) && !this.#pasts.has(id);
    this.#event(at, `! ${tellStrike(id, action)}${isMissed ? ', but it is down' : ''}`);
  }

  noted(at: Millis, id: NodeId, line: string): void {
    this.#transcript.noted(at, id, line);
    if (!line.startsWith('!')) this.#event(at, `n${id} ${line}`);
  }

  turn(at: Millis, id: NodeId, turn: Turn, outcome: Outcome): void {
    this.#transcript.turn(at, id, turn, outcome);
    const past = this.#pasts.get(id);
    if (!past) return;
    for (const tale of talesOf(past, turn, outcome)) this.#tell(at, tale);
    const { view } = outcome;
    if (view.role === 'leader' && view.commit > past.commit)
      this.#meanwhile(at).commits(id, past.commit + 1, view.commit);
    this.#pasts.set(id, pastAfter(past, turn, outcome));
  }

  asked(at: Millis, client: number, server: NodeId, text: () => string): void {
    this.#transcript.asked(at, client, server, text);
    const [, verb, number = '', what = ''] = /^(asks|has answer) (\d+): (.*)$/s.exec(text()) ?? [];
    const operation = Number(number);
    const said = `client ${client} ${verb} at n${server} ${verb === 'asks' ? '' : 'to '}${number}: ${what}`;
    this.#tell(at, { weight: 'detail', text: said, term: null, entries: null }, operation);
    if (verb === 'asks') {
      this.#asked.set(operation, what);
      return;
    }
    const ask = this.#asked.get(operation) ?? '';
    this.#asked.delete(operation);
    this.#meanwhile(at).ends(endingOf(ask, what));
  }

  /**
   * The story, oldest first; then the last moments in full detail.
   *
   * @param linesMax how many lines there is room for.
   * @param violation what the run ended with: details of what it names are told as well.
   */
  tell(linesMax: number, violation: Violation | null = null): readonly string[] {
    const lastMax = Math.min(LAST_MAX, Math.floor(linesMax * LAST_PART));
    const last = lastMax === 0 ? [] : this.#last.slice(-lastMax);
    const room = Math.max(1, linesMax - last.length - 2);
    const story = tellPieces(this.#pieces, this.#details, room, namedIn(violation));
    const head = last.length === 0 ? [] : ['the last moments in full:'];
    return [...story, ...head, ...last.map((line) => `  ${line}`)].map(clipped);
  }

  #event(at: Millis, text: string): void {
    this.#tell(at, { weight: 'event', text, term: null, entries: null });
  }

  #tell(at: Millis, tale: Tale, operation: number | null = null): void {
    this.#order += 1;
    const line = { ...tale, at, order: this.#order, operation };
    if (tale.weight === 'detail') keep(this.#details, line);
    else keep(this.#pieces, line);
  }

  #meanwhile(at: Millis): Meanwhile {
    const last = this.#pieces.at(-1);
    if (last && 'meanwhile' in last) return last.meanwhile;
    this.#order += 1;
    const meanwhile = new Meanwhile();
    keep(this.#pieces, { at, order: this.#order, meanwhile });
    return meanwhile;
  }
}

function keep<T>(list: T[], one: T): void {
  list.push(one);
  if (list.length > 2 * KEPT_MAX) list.splice(0, KEPT_MAX);
}

function tellBegin({ id, hard, log }: RaftState): string {
  const vote = hard.vote === null ? 'no vote' : `a vote for n${hard.vote}`;
  const { index, term } = log.last;
  const holds = index === 0 ? 'an empty log' : `a log that ends at ${index}/${term}`;
  return `n${id} begins in term ${hard.term} with ${vote} and ${holds}`;
}

/** How a request ended, from what a watcher is told: JSON, which may be long. */
function endingOf(ask: string, answer: string): Ending {
  if (answer.startsWith('{"kind":"unknown"')) return 'given up';
  if (answer.startsWith('{"kind":"rejected"')) return 'refused';
  return /^(?:get|range|changes)\b/.test(ask) ? 'read' : 'write';
}

function clipped(line: string): string {
  return line.length > WIDTH ? `${line.slice(0, WIDTH - 1)}…` : line;
}
