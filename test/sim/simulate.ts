import { Campaign } from './campaign.ts';
import { FAULT_NAMES } from './faults.ts';
import { readSimulateOptions, type SimulateOptions } from './options.ts';
import type { PlanChanges } from './plan.ts';
import { type Played, play } from './play.ts';
import { PLACE_NAMES, PLACES } from './reach.ts';
import { replayOptions, shrink } from './shrink.ts';
import { Transcript } from './trace.ts';
import { tellRun, watchRun } from './watch/watch-run.ts';

/** Between two lines of progress. */
const PROGRESS_MS = 2000;
/** Processor time for making a failing run small. */
const SHRINK_SECONDS = 30;
/** The last of what happened, of a run that failed. */
const STORY_LINES = 60;

/**
 * `raftmq simulate`: plays clusters under seeds, each in trouble and then in peace.
 *
 * @returns 0, also for one run that is shown; 1 if a run broke a rule or was not the same twice, or
 *   if a class of fault hardly ever took effect in many runs.
 * @throws {ConfigError} if an option cannot be used.
 */
export async function run(argv: readonly string[]): Promise<number> {
  const options = readSimulateOptions(argv);
  if (options.shown === null) return simulate(options);
  await show(options);
  return 0;
}

/** Shows one run. */
async function show(options: SimulateOptions): Promise<void> {
  const { firstSeed: seed, changes, shown, fromMs, toMs } = options;
  const write = (line: string): void => void process.stdout.write(`${line}\n`);
  if (shown === 'transcript') {
    const { violation } = await play(seed, changes, [new Transcript(write)]);
    if (violation) write(`${violation.kind}: ${violation.message}`);
    return;
  }
  if (shown === 'story') {
    for (const line of await tellRun({ seed, changes, linesMax: STORY_LINES })) write(line);
    return;
  }
  const span = {
    ...(fromMs === null ? {} : { fromMs }),
    ...(toMs === null ? {} : { toMs }),
  };
  const format = shown === 'svg' ? 'svg' : 'text';
  write(await watchRun({ seed, changes, format, ...span }));
}

async function simulate(options: SimulateOptions): Promise<number> {
  const { firstSeed, seeds, seconds, changes, json, twice } = options;
  const campaign = new Campaign();
  let progressMs = performance.now();
  for (let seed = firstSeed; seed < firstSeed + seeds && campaign.seconds < seconds; seed += 1) {
    const played = await play(seed, changes);
    campaign.add(played);
    if (played.violation) return fail(played, campaign, options);
    if (twice && (await play(seed, changes)).hash !== played.hash) {
      const rule = `seed ${seed} does not play the same twice`;
      const failed = { seed, kind: 'determinism', rule };
      const told = json ? JSON.stringify({ ok: false, failed, ...campaign.summary() }) : rule;
      process.stdout.write(`${told}\n`);
      return 1;
    }
    if (json || performance.now() - progressMs < PROGRESS_MS) continue;
    progressMs = performance.now();
    process.stdout.write(`${progressLine(campaign, seed)}\n`);
  }
  const rare = [...campaign.idle, ...campaign.missed];
  const ok = rare.length === 0;
  if (json) process.stdout.write(`${JSON.stringify({ ok, ...campaign.summary() })}\n`);
  else process.stdout.write(summaryOf(campaign));
  if (!ok) process.stderr.write(`too rare to prove anything: ${rare.join(', ')}\n`);
  return ok ? 0 : 1;
}

/** A run broke a rule: it is made small and told. */
async function fail(played: Played, campaign: Campaign, options: SimulateOptions): Promise<number> {
  const { seed, violation } = played;
  if (!options.json) {
    process.stdout.write(`seed ${seed} breaks a rule: ${violation?.message}\nmaking it small …\n`);
  }
  const replayed = (changes: PlanChanges): Promise<Played> => play(seed, changes);
  const small = await shrink(played, options.changes, replayed, SHRINK_SECONDS);
  const { changes } = small;
  const story = await tellRun({ seed, changes, linesMax: STORY_LINES });
  const replay = `npm run simulate -- ${replayOptions(seed, changes)}`;
  if (options.json) {
    const failed = {
      seed,
      kind: violation?.kind,
      rule: violation?.message,
      replay,
      replay_whole: `npm run simulate -- ${replayOptions(seed, options.changes)}`,
      runs_to_shrink: small.runs,
      turns: small.played.tally.turns,
      trace: story,
    };
    process.stdout.write(`${JSON.stringify({ ok: false, failed, ...campaign.summary() })}\n`);
    return 1;
  }
  process.stdout.write(`${story.join('\n')}\n\n`);
  process.stdout.write(
    `${small.played.tally.turns} turns in all. To play it again:\n  ${replay}\n`,
  );
  process.stdout.write(
    `add --watch transcript, story, diagram or svg to look at it; the whole run:\n  npm run simulate -- ${replayOptions(seed, options.changes)}\n`,
  );
  return 1;
}

function progressLine(campaign: Campaign, seed: number): string {
  const { events, leaderChanges, seconds } = campaign;
  const rate = Math.round(events / seconds / 1000);
  return `seed ${seed}: ${campaign.seeds} runs, ${(events / 1e6).toFixed(1)} M events (${rate} k/s), ${leaderChanges} leaders, ${(campaign.simulatedMs / 3_600_000).toFixed(2)} simulated hours`;
}

function summaryOf(campaign: Campaign): string {
  const { seeds, events, operations, leaderChanges, simulatedMs, cpuSeconds, seconds } = campaign;
  const minute = (count: number): string =>
    Math.round((count / cpuSeconds) * 60).toLocaleString('en');
  const rows = FAULT_NAMES.map((name) => {
    const part = `${Math.round(campaign.part(name) * 100)} %`;
    return `  ${name.padEnd(10)} ${campaign.faults[name].toLocaleString('en').padStart(10)}  in ${part.padStart(5)} of the runs`;
  });
  const places = PLACE_NAMES.map(
    (name) => `  ${campaign.places[name].toLocaleString('en').padStart(9)}  ${PLACES[name]}`,
  );
  return `${seeds} runs, none broke a rule: ${events.toLocaleString('en')} events, ${operations.toLocaleString('en')} requests, ${leaderChanges.toLocaleString('en')} leaders, ${(simulatedMs / 3_600_000).toFixed(2)} simulated hours in ${seconds.toFixed(1)} s (${(seeds / seconds).toFixed(1)} seeds/s)
a minute of one processor: ${minute(events)} events, ${minute(seeds)} seeds, ${minute(leaderChanges)} leaders
faults that took effect:
${rows.join('\n')}
what runs came to:
${places.join('\n')}
`;
}
