import { parseArgs } from 'node:util';
import { beSureOfHunters, type Chased, type ChaseOptions, chase } from './chase.ts';
import type { Mutant } from './mutant.ts';
import { byTurns, choose } from './registry.ts';
import { scoreOf, tellChased, tellScore } from './report.ts';
import { Scratch } from './scratch.ts';

/**
 * Plants every mutant in a copy of this project, has it hunted, and tells the score:
 *
 *     npm run mutants -- --only commit,e3 --hunters cores --seconds 60 --jobs 2 --json
 *
 * `--only` takes ids, names and chapters, and `--seconds` is for each hunter of a mutant. With `--minutes`
 * no mutant is begun after so long, and they come from all chapters by turns. Ends with 1 if a mutant
 * survives: then there is a hole in the simulators.
 */
const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    hunters: { type: 'string', default: '' },
    seconds: { type: 'string', default: '60' },
    minutes: { type: 'string' },
    'first-seed': { type: 'string', default: '1' },
    jobs: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
});
const MS_PER_MINUTE = 60_000;
const ended = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ended.abort());

const chased: Chased[] = [];
const options: ChaseOptions = {
  hunters: words(values.hunters),
  seconds: Number(values.seconds),
  firstSeed: Number(values['first-seed']),
  signal: ended.signal,
};
const endMs =
  performance.now() + Number(values.minutes ?? Number.POSITIVE_INFINITY) * MS_PER_MINUTE;
const mutants = choose(words(values.only));
const waiting = values.minutes === undefined ? [...mutants] : byTurns(mutants);
const tell = (line: string): void => {
  if (!values.json) console.log(line);
};
try {
  await inScratch((scratch) => beSureOfHunters(mutants, scratch, options));
  const jobs = Math.min(Number(values.jobs), waiting.length);
  await Promise.all(Array.from({ length: jobs }, () => work(waiting)));
} catch (reason) {
  if (!ended.signal.aborted) throw reason;
  process.exitCode = 130;
}
const score = scoreOf(chased);
if (values.json)
  console.log(
    JSON.stringify({ ...score, left: waiting.length, mutants: chased.map(plain) }, null, 2),
  );
for (const line of tellScore(score)) tell(line);
if (waiting.length > 0) tell(`time was over before ${waiting.length} others`);
if (score.survivors.length > 0) process.exitCode ??= 1;

/** Chases what is waiting, one after the other, in a copy of its own. */
function work(left: Mutant[]): Promise<void> {
  return inScratch(async (scratch) => {
    while (performance.now() < endMs) {
      const next = left.shift();
      if (!next) break;
      const done = await chase(next, scratch, options);
      chased.push(done);
      tell(tellChased(done));
    }
  });
}

async function inScratch(does: (scratch: Scratch) => Promise<void>): Promise<void> {
  const scratch = await Scratch.make();
  try {
    await does(scratch);
  } finally {
    await scratch.remove();
  }
}

function words(list: string): readonly string[] {
  return list.split(',').filter(Boolean);
}

function plain({ mutant, hunters, finding, cpuMs }: Chased): object {
  const { id, name, chapter, breaks, source } = mutant;
  return {
    id,
    name,
    chapter,
    breaks,
    source,
    hunters,
    killed: finding !== null,
    ...finding,
    cpuMs,
  };
}
