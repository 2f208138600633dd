import test from 'ava';
import type { Turn } from '../../../lib/core/input.ts';
import type { Outcome } from '../../../lib/core/outcome.ts';
import type { Millis, NodeId } from '../../../lib/core/types.ts';
import { keyValues } from '../../sim/key-values.ts';
import { drawPlan, type PlanChanges } from '../../sim/plan.ts';
import { playPlan } from '../../sim/play.ts';
import type { Action } from '../../sim/script.ts';
import { Violation } from '../../sim/violation.ts';
import { drawDiagram } from '../../sim/watch/diagram.ts';
import { drawSvg } from '../../sim/watch/diagram-svg.ts';
import { Recording } from '../../sim/watch/recording.ts';
import { sceneOf } from '../../sim/watch/scene.ts';
import { Story } from '../../sim/watch/story.ts';
import { isIdle, tellStrike } from '../../sim/watch/strike-words.ts';
import { tellRun, watchRun } from '../../sim/watch/watch-run.ts';
import type { Watcher } from '../../sim/watcher.ts';

/** A short run of three servers, in which processes end, a clock jumps and mail is lost. */
const SEED = 31;
const CHANGES: PlanChanges = { size: 3, troubleMs: 600, connections: 1 };

/** Notes what pictures and stories have to tell. */
class Facts implements Watcher {
  readonly leaders = new Set<string>();
  readonly strikes: string[] = [];

  turn(_at: Millis, id: NodeId, _turn: Turn, { view }: Outcome): void {
    if (view.role === 'leader') this.leaders.add(`n${id} leads term ${view.term}`);
  }

  struck(_at: Millis, id: NodeId, action: Action): void {
    if (!isIdle(id, action)) this.strikes.push(`! ${tellStrike(id, action)}`);
  }
}

const PLAN = drawPlan(SEED, CHANGES);
const facts = new Facts();
const story = new Story();
const recording = new Recording(PLAN, { fromMs: 0 });
const watched = playPlan(PLAN, keyValues, [facts, story, recording]);

test.before(async () => {
  await watched;
});

test('whoever watches changes nothing', async (t) => {
  const alone = await playPlan(PLAN, keyValues);
  const { hash, violation } = await watched;
  t.is(hash, alone.hash);
  t.is(violation, null);
});

test('a diagram and a story name every leader that was elected', (t) => {
  const diagram = drawDiagram(sceneOf(recording, { kinds: ['RequestVote'] }));
  const told = story.tell(1000).join('\n');
  t.true(facts.leaders.size > 1);
  for (const leader of facts.leaders) {
    t.true(diagram.includes(leader), leader);
    t.true(told.includes(`${leader}, elected by`), leader);
  }
});

test('a story tells every fault of the script, who votes, and who goes down and comes back', (t) => {
  const told = story.tell(1000).join('\n');
  t.true(facts.strikes.length > 3);
  for (const strike of facts.strikes) t.true(told.includes(strike), strike);
  for (const words of [
    /n\d votes for n\d in term \d, whose log ends at/,
    /n\d is down/,
    /n\d begins in term \d/,
    /meanwhile .*commits .*clients: \d+ writes/,
  ])
    t.regex(told, words);
});

test('a story has no more lines than there is room for', (t) => {
  for (const linesMax of [3, 10, 25, 60, 200]) {
    const lines = story.tell(linesMax);
    t.true(lines.length <= linesMax, `${lines.length} lines where there is room for ${linesMax}`);
    t.true(lines.length > linesMax / 2);
  }
});

test('what a violation names is told in detail', (t) => {
  const about = (violation: Violation | null) => story.tell(60, violation).join('\n');
  const entry = about(new Violation('invariant', 'the log of n2 does not hold the entry 4/1'));
  for (const words of [/n\d writes 4 of/, /n\d acknowledges all up to 4 to/, /n\d commits 4$/m])
    t.regex(entry, words);
  const request = about(new Violation('history', 'client 1: get k1 (operation 5) is stale'));
  t.regex(request, /client \d+ asks at n\d 5: /);
  t.notRegex(about(null), /acknowledges all|asks at/);
});

test('the same seed is drawn and told in the same way', async (t) => {
  const draw = (format: 'text' | 'svg') => watchRun({ seed: SEED, changes: CHANGES, format });
  const tell = () => tellRun({ seed: SEED, changes: CHANGES, linesMax: 80 });
  t.is(await draw('svg'), await draw('svg'));
  t.deepEqual(await tell(), await tell());
  t.is((await tell()).at(-1), 'no rule was broken');
});

test('an SVG is well formed and needs nothing else', (t) => {
  const svg = drawSvg(sceneOf(recording), { title: 'a run', violation: null });
  t.is(openElements(svg), 'none');
  t.false(/<script|<image|@import|@font-face|href|url\((?!#)/.test(svg));
  const lines = (kind: string): number => svg.split(`class="${kind}`).length - 1;
  for (const kind of [
    'mail votes',
    'mail append',
    'role leader',
    'role down',
    'cross',
    'commit',
    'blow',
  ])
    t.true(lines(kind) > 1, `${kind} is drawn`);
});

test('the last second is drawn if nothing else is asked for', async (t) => {
  const { simulatedMs } = await watched;
  const drawn = await watchRun({ seed: SEED, changes: CHANGES, format: 'text' });
  const [title] = drawn.split('\n');
  const { to } = recording;
  t.true(simulatedMs - to < PLAN.settings.heartbeatMs, 'the last that could be seen');
  const span = [to - 1000, to].map((at) => at.toFixed(0)).join(' to ');
  t.is(title, `seed ${SEED}, 3 servers, ${span} ms, without beats`);
});

/** The elements that are open at the end of a markup, or where it is closed wrongly. */
function openElements(markup: string): string {
  const open: string[] = [];
  for (const [, slash, name = '', rest = ''] of markup.matchAll(
    /<(\/?)([a-zA-Z]+)((?:"[^"<]*"|[^"<>])*)>/g,
  )) {
    if (slash === '/') {
      if (open.pop() !== name) return `</${name}> closes another`;
    } else if (!rest.endsWith('/')) open.push(name);
  }
  const text = markup.replaceAll(/<(?:"[^"<]*"|[^"<>])*>/g, '');
  if (/[<>]|&(?!amp;|lt;|gt;|quot;)/.test(text)) return 'stray signs';
  return open.join() || 'none';
}
