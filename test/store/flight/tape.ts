import { imageOf } from '../../../lib/core/image.ts';
import type { Turn } from '../../../lib/core/input.ts';
import type { Outcome } from '../../../lib/core/outcome.ts';
import type { RaftState } from '../../../lib/core/state.ts';
import { digestOf } from '../../../lib/store/flight/digest.ts';
import { readSegment, type Segment } from '../../../lib/store/flight/read-recording.ts';
import { magic, makeBlock, packStart } from '../../../lib/store/flight/segment.ts';
import { itemsOfTurn } from '../../../lib/store/flight/turn-code.ts';
import { pack } from '../../../lib/wire/pack.ts';
import type { Cluster, Node } from '../../core/cluster.ts';
import { play } from '../../core/trouble.ts';

/** A recording of one life of a server, made in memory: one segment, a block a turn. */
export class Tape {
  readonly #blocks: Buffer[];

  constructor(state: RaftState) {
    const owner = { cluster: 'tape', node: state.id, incarnation: 1 };
    const times = { began: 0, wall: 0, now: 0, turnsBefore: 0, lost: 0 };
    const start = { owner, version: '0', ...times };
    this.#blocks = [magic(), makeBlock('S', [packStart(start, imageOf(state))])];
  }

  add(turn: Turn, outcome: Outcome): void {
    this.#blocks.push(makeBlock('T', [pack(itemsOfTurn(turn)), pack(digestOf(outcome))]));
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#blocks);
  }

  get segment(): Segment {
    return readSegment(this.bytes, 'tape');
  }
}

/** Lets `seen` see every turn of every server in a cluster in trouble, and `take` it. */
export function watchTurns(
  seed: number,
  seen: (server: Node['server'], turn: Turn, take: () => Outcome) => Outcome,
): void {
  play(seed, null, ({ nodes }: Cluster) => {
    for (const { server } of nodes) {
      const take = server.take.bind(server);
      server.take = (turn) => seen(server, turn, () => take(turn));
    }
  });
}

/** Recordings of all lives of all servers of a cluster in trouble. */
export function tapesOf(seed: number): readonly Tape[] {
  const tapes: Tape[] = [];
  const running = new Map<RaftState, Tape>();
  watchTurns(seed, (server, turn, take) => {
    let tape = running.get(server.state);
    if (!tape) {
      tape = new Tape(server.state);
      tapes.push(tape);
      running.set(server.state, tape);
    }
    const outcome = take();
    tape.add(turn, outcome);
    return outcome;
  });
  return tapes;
}

/** The longest life in a cluster in trouble. */
export function longestTape(seed: number): Tape {
  const [longest] = [...tapesOf(seed)].sort((a, b) => b.bytes.length - a.bytes.length);
  if (!longest) throw new Error(`seed ${seed} plays no turn`);
  return longest;
}
