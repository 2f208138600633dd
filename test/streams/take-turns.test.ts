import test from 'ava';
import { Subject } from 'rxjs';
import type { Input, Turn } from '../../lib/core/input.ts';
import { takeTurns } from '../../streams/take-turns.ts';
import { manualClock } from './manual-clock.ts';

const tick: Input = { kind: 'Tick' };
const lost = (peer: number): Input => ({ kind: 'Unreachable', peer });

test('what arrives during one trip round the loop is one turn', (t) => {
  const clock = manualClock();
  const source = new Subject<Input>();
  const turns: Turn[] = [];
  source.pipe(takeTurns(clock, 100)).subscribe((turn) => turns.push(turn));

  source.next(lost(1));
  source.next(lost(2));
  t.deepEqual(turns, []);
  clock.advance(5);
  clock.runDeferred();

  t.deepEqual(turns, [{ now: 5, inputs: [lost(1), lost(2)] }]);
});

test('an input that is fed back from inside a turn waits for the next one', (t) => {
  const clock = manualClock();
  const source = new Subject<Input>();
  const story: string[] = [];
  const turns = source.pipe(takeTurns(clock, 100));
  turns.subscribe(({ inputs }) => {
    story.push(`first sees ${inputs.length}`);
    if (inputs.includes(tick)) source.next(lost(7));
    story.push('first is done');
  });

  source.next(tick);
  clock.runDeferred();
  t.deepEqual(story, ['first sees 1', 'first is done']);
  clock.runDeferred();
  t.deepEqual(story.slice(2), ['first sees 1', 'first is done']);
});

test('a turn holds at most so many inputs; the rest keep their order and their place', (t) => {
  const clock = manualClock();
  const source = new Subject<Input>();
  const peers: number[][] = [];
  source.pipe(takeTurns(clock, 2)).subscribe(({ inputs }) => {
    peers.push(inputs.map((input) => (input.kind === 'Unreachable' ? input.peer : 0)));
  });

  for (const peer of [1, 2, 3, 4, 5]) source.next(lost(peer));
  clock.runDeferred();
  source.next(lost(6));
  clock.runDeferred();
  clock.runDeferred();

  t.deepEqual(peers, [
    [1, 2],
    [3, 4],
    [5, 6],
  ]);
});

test('nothing is deferred while nothing waits', (t) => {
  const clock = manualClock();
  const source = new Subject<Input>();
  source.pipe(takeTurns(clock, 2)).subscribe();
  source.next(tick);
  clock.runDeferred();
  t.is(clock.runDeferred(), 0);
});
