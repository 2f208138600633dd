import { keyValues } from '../key-values.ts';
import { drawPlan, type PlanChanges } from '../plan.ts';
import { playPlan } from '../play.ts';
import { drawDiagram } from './diagram.ts';
import { drawSvg } from './diagram-svg.ts';
import { MAIL_KINDS, type MailKind } from './mail-words.ts';
import { Recording, type Span } from './recording.ts';
import { type Filter, sceneOf } from './scene.ts';
import { Story } from './story.ts';

export type WatchOptions = Span &
  Filter & {
    readonly seed: number;
    readonly changes?: PlanChanges;
    readonly format: 'text' | 'svg';
  };

/** What is in the way in a picture of characters, unless it is asked for. */
const ROUTINE: ReadonlySet<MailKind> = new Set(['Heartbeat', 'HeartbeatReply']);

/**
 * Plays one seed and draws a part of it as a space-time diagram: the last second before its end, or
 * before the rule that it breaks, if no span is asked for.
 *
 * @returns lines of text, without beats unless they are asked for by kind; or one SVG.
 */
export async function watchRun(options: WatchOptions): Promise<string> {
  const { seed, changes = {}, format } = options;
  const plan = drawPlan(seed, changes);
  const recording = new Recording(plan, options);
  const { violation } = await playPlan(plan, keyValues, [recording]);
  const { from, to } = recording;
  const span = `${from.toFixed(0)} to ${to.toFixed(0)} ms`;
  const title = `seed ${seed}, ${plan.size} servers, ${span}`;
  const told = violation && `${violation.kind}: ${violation.message}`;
  if (format === 'svg') return drawSvg(sceneOf(recording, options), { title, violation: told });
  const kinds = options.kinds ?? MAIL_KINDS.filter((kind) => !ROUTINE.has(kind));
  const scene = sceneOf(recording, { ...options, kinds });
  const left = options.kinds ? '' : ', without beats';
  return [`${title}${left}`, drawDiagram(scene), ...(told === null ? [] : [told])].join('\n');
}

/**
 * Plays one seed and tells how it came to its end, for a person.
 *
 * @param options.linesMax how many lines there is room for; a screen or two is enough.
 */
export async function tellRun(options: {
  readonly seed: number;
  readonly changes?: PlanChanges;
  readonly linesMax: number;
}): Promise<readonly string[]> {
  const { seed, changes = {}, linesMax } = options;
  const plan = drawPlan(seed, changes);
  const story = new Story();
  const { violation, simulatedMs } = await playPlan(plan, keyValues, [story]);
  const { electionMsMin, electionMsMax } = plan.settings;
  const head = `seed ${seed}: ${plan.size} servers, elections after ${electionMsMin} to ${electionMsMax} ms, trouble until ${plan.troubleMs.toFixed(0)} ms, over at ${simulatedMs.toFixed(0)} ms`;
  const end = violation ? `${violation.kind}: ${violation.message}` : 'no rule was broken';
  return [head, ...story.tell(Math.max(3, linesMax - 2), violation), end];
}
