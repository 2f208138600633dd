import test from 'ava';
import { tellLog } from '../../lib/core/tell.ts';
import type { NodeId } from '../../lib/core/types.ts';
import { Stage } from './stage.ts';

/** An election, commands and a read, a few ms apart; n3 is the first whose timeout comes. */
const LIFE = ['run 440', 'propose n3 1', 'run 5', 'propose n3 2 3', 'read n3 4', 'run 60'];

const IDS: readonly NodeId[] = [1, 2, 3];

/** A server crashes before a step of LIFE, when so many jobs of its disk are done. */
type Crash = {
  readonly id: NodeId;
  readonly step: number;
  readonly survivors: number;
  /** It comes back at once, in time for what goes on; or when the others have gone on without it. */
  readonly isBackAtOnce: boolean;
};

/** How many steps there were, and how many jobs the disk had when the server crashed. */
type Counted = { readonly steps: number; readonly jobs: number };

/**
 * Plays LIFE with one crash in it. A step is a turn, or a sync and the turn of its receipts; so a
 * crash comes between what a turn decides and what is done of it, before a sync, when some of what
 * waits for it is on disk and nobody has heard of it, and after what was sworn has left.
 */
function live(stage: Stage, crash: Crash): Counted {
  const { actors } = stage;
  let steps = 0;
  let jobs = 0;
  stage.play('cluster 3');
  actors.beforeStep = () => {
    steps += 1;
    if (steps !== crash.step) return;
    ({ jobs } = actors.server(crash.id).disk);
    actors.crash(crash.id, crash.survivors);
    if (crash.isBackAtOnce) actors.restart(crash.id, 0);
  };
  for (const line of LIFE) if (line.startsWith('run') || actors.isUp(3)) stage.play(line);
  actors.beforeStep = () => {};
  return { steps, jobs };
}

/** The others go on, the server comes back, and clients write again: what is wrong then. */
function whatIsWrongAfterwards(stage: Stage, { id }: Crash): string | null {
  const { actors } = stage;
  stage.play('run 1500');
  if (!actors.isUp(id)) actors.restart(id, 0);
  stage.play('run 1500');
  const leaders = IDS.filter((one) => actors.server(one).state.role.name === 'leader');
  if (leaders.length !== 1) return `${leaders.length} leaders`;
  stage.play(`propose n${leaders[0]} 9\nrun 100`);
  stage.checkMemory();
  const states = IDS.map((one) => actors.server(one).state);
  const logs = new Set(states.map(({ log }) => tellLog(log)));
  if (logs.size !== 1) return `logs differ: ${[...logs].join(' | ')}`;
  if (states.some(({ commit, log }) => commit !== log.last.index)) return 'not all is committed';
  const done = IDS.flatMap((one) => actors.server(one).done);
  if (!done.includes(9)) return 'the last command has not taken effect';
  return new Set(done).size === done.length ? null : `a command took effect twice: ${done}`;
}

for (const id of IDS) {
  test(`E32 P09: wherever n${id} crashes, nothing that was promised is forgotten, and all comes right`, (t) => {
    let crashes = 0;
    let afterSome = 0;
    for (let step = 1, steps = 1; step <= steps; step += 1) {
      for (let survivors = 0, jobs = 0; survivors <= jobs; survivors += 1) {
        for (const isBackAtOnce of [true, false]) {
          const stage = new Stage();
          const crash = { id, step, survivors, isBackAtOnce };
          ({ steps, jobs } = live(stage, crash));
          const wrong = whatIsWrongAfterwards(stage, crash);
          if (wrong !== null) return t.fail(`${JSON.stringify(crash)}: ${wrong}`);
          crashes += 1;
          if (survivors > 0) afterSome += 1;
        }
      }
    }
    t.true(crashes > 200, `${crashes} crashes`);
    t.true(afterSome > 6, `${afterSome} of them with a part of the writes done`);
    t.log(`${crashes} crashes, ${afterSome} with a part of the writes done`);
  });
}
