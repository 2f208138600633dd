import type { Flight, Scene } from './scene.ts';
import { tellFlight } from './scene-words.ts';
import { element, hint } from './svg-element.ts';
import { HALF, type Layout, LEFT, RIGHT } from './svg-layout.ts';
import { GROUP_OF, MAIL_GROUPS, type MailGroup } from './svg-style.ts';

/** How much of its way lost mail is drawn: it must not end at a lane that it crosses. */
const LOST_PART = 0.44;

/** A line per piece of mail, from where it was sent to where it arrived; beats lie lowest. */
export function drawFlights(scene: Scene, layout: Layout): readonly string[] {
  const heads = MAIL_GROUPS.map((group) =>
    element(
      'marker',
      {
        id: `head-${group}`,
        viewBox: '0 0 8 8',
        refX: 7.5,
        refY: 4,
        markerWidth: 5,
        markerHeight: 5,
        markerUnits: 'userSpaceOnUse',
        orient: 'auto',
      },
      element('path', { class: `head ${group}`, d: 'M0 0.5L8 4L0 7.5z' }),
    ),
  );
  const drawn = MAIL_GROUPS.flatMap((group) =>
    scene.flights
      .filter(({ words }) => GROUP_OF[words.kind] === group)
      .map((flight) => drawFlight(scene, layout, flight, group)),
  );
  const plot = { x: LEFT, y: 0, width: layout.width - LEFT - RIGHT, height: layout.height };
  const clip = element('clipPath', { id: 'plot' }, element('rect', plot));
  return [
    element('defs', {}, [...heads, clip].join('')),
    element('g', { 'clip-path': 'url(#plot)' }, `\n${drawn.join('\n')}\n`),
  ];
}

function drawFlight(scene: Scene, { beyond, y }: Layout, flight: Flight, group: MailGroup): string {
  const { from, to, sentAt, at, isUnderWay } = flight;
  const { delayMs } = scene;
  const side = Math.sign(y(to) - y(from)) * HALF;
  const told = hint(tellFlight(flight));
  const until = at ?? (sentAt ?? scene.from) + delayMs;
  const since = sentAt ?? until - delayMs;
  const start = { x: beyond(since), y: y(from) + side };
  const end = { x: beyond(until), y: y(to) - side };
  const between = (part: number) => ({
    x: start.x + (end.x - start.x) * part,
    y: start.y + (end.y - start.y) * part,
  });
  if (at === null) {
    const { x: cx, y: cy } = between(LOST_PART);
    const kinds = `mail ${group} ${isUnderWay ? 'away' : 'lost'}`;
    const line = element('path', { class: kinds, d: path(start, { x: cx, y: cy }) }, told);
    if (isUnderWay) return line;
    const d = `M${round(cx - 3)} ${round(cy - 3)}l6 6m0 -6l-6 6`;
    return line + element('path', { class: 'cross', d });
  }
  const origin = sentAt === null ? between(1 - LOST_PART) : start;
  const head = at <= scene.to ? { 'marker-end': `url(#head-${group})` } : {};
  return element('path', { class: `mail ${group}`, d: path(origin, end), ...head }, told);
}

type Point = { readonly x: number; readonly y: number };

function path(a: Point, b: Point): string {
  return `M${round(a.x)} ${round(a.y)}L${round(b.x)} ${round(b.y)}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
