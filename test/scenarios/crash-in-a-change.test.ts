import test from 'ava';
import { tellLog } from '../../lib/core/tell.ts';
import { tellConfiguration } from '../../lib/core/tell-members.ts';
import type { NodeId } from '../../lib/core/types.ts';
import { Stage } from './stage.ts';

/** Three voters, and five learners that have the log. */
const BEFORE = `
cluster 3 spares=5
elect n1 n2 n3
settle
change n1 1 learner:n4 learner:n5 learner:n6 learner:n7 learner:n8
settle
`;
/** All voters are replaced in one step (thesis figure 4.8). */
const CHANGE =
  'change n1 7 promote:n4 promote:n5 promote:n6 promote:n7 promote:n8 remove:n1 remove:n2 remove:n3';
const OLD: readonly NodeId[] = [1, 2, 3];
const NEW: readonly NodeId[] = [4, 5, 6, 7, 8];
const ALL = [...OLD, ...NEW];

/** @returns how many steps there were before the crash, or in all. */
function live(stage: Stage, id: NodeId, step: number, survivors: number): number {
  const { actors } = stage;
  let steps = 0;
  stage.play(BEFORE);
  stage.play(CHANGE);
  actors.beforeStep = () => {
    steps += 1;
    if (steps === step) actors.crash(id, survivors);
  };
  stage.play('run 300');
  actors.beforeStep = () => {};
  return steps;
}

/** The others go on, and the server comes back: what is wrong then. */
function whatIsWrongAfterwards(stage: Stage, id: NodeId): string | null {
  const { actors } = stage;
  stage.play('run 2500');
  if (!actors.isUp(id)) actors.restart(id, 0);
  stage.play('run 2500');
  const leaders = ALL.filter((one) => actors.server(one).state.role.name === 'leader');
  const [leader] = leaders;
  if (leader === undefined || leaders.length !== 1) return `${leaders.length} leaders`;
  const { configuration } = actors.server(leader).state;
  const told = tellConfiguration(configuration);
  const isOld = told === 'n1,n2,n3+n4,n5,n6,n7,n8';
  if (!isOld && told !== 'n4,n5,n6,n7,n8') return `the configuration is ${told}`;
  stage.play(`propose n${leader} 9\nrun 100`);
  const states = (isOld ? ALL : NEW).map((one) => actors.server(one).state);
  if (new Set(states.map(({ log }) => tellLog(log))).size !== 1) return 'logs differ';
  if (states.some(({ commit, log }) => commit !== log.last.index)) return 'not all is committed';
  return actors.server(leader).done.includes(9) ? null : 'the last command has not taken effect';
}

for (const id of [1, 2, 4]) {
  test(`M23 M33: wherever n${id} crashes while all voters are replaced, neither half decides alone, and it comes to an end`, (t) => {
    let crashes = 0;
    for (let step = 1, steps = 1; step <= Math.min(steps, 60); step += 1) {
      for (const survivors of [0, 1]) {
        const stage = new Stage();
        steps = live(stage, id, step, survivors);
        const wrong = whatIsWrongAfterwards(stage, id);
        if (wrong !== null) return t.fail(`step ${step}, ${survivors} survivors: ${wrong}`);
        crashes += 1;
      }
    }
    t.true(crashes > 40, `${crashes} crashes`);
  });
}
