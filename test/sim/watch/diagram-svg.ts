import type { NodeId } from '../../../lib/core/types.ts';
import type { Stand } from './recording.ts';
import { type Flight, type Scene, standsAt } from './scene.ts';
import { tellCommit, tellStand } from './scene-words.ts';
import { tellStrike } from './strike-words.ts';
import { element, hint, label } from './svg-element.ts';
import { BOTTOM, HALF, type Layout, LEFT, layoutOf, RIGHT, TOP } from './svg-layout.ts';
import { drawFlights } from './svg-mail.ts';
import { GROUP_NAMES, GROUP_OF, MAIL_GROUPS, styleOf } from './svg-style.ts';

/** What is written over a diagram, and in red what went wrong, or null. */
export type Caption = { readonly title: string; readonly violation: string | null };

/** Least room for the label of a tick of the time axis. */
const TICK_WIDTH = 84;
const TICK_STEPS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000, 20_000];
/** About as wide is a letter of a small text. */
const LETTER_WIDTH = 5.6;
const WORDS_MAX = 150;
/** Lines of words that a lane has room for above it. */
const ROWS = 4;

/** A space-time diagram as one SVG that needs nothing else, for light and dark. */
export function drawSvg(scene: Scene, caption: Caption): string {
  const layout = layoutOf(scene);
  const { width, height } = layout;
  const parts = [
    element('style', {}, styleOf()),
    element('rect', { class: 'paper', width, height }),
    ...drawAxis(scene, layout),
    ...drawZones(scene, layout),
    ...drawFlights(scene, layout),
    ...drawLanes(scene, layout),
    ...drawCommits(scene, layout),
    ...drawBlows(scene, layout),
    ...drawCaption(scene, layout, caption),
  ];
  const frame = {
    xmlns: 'http://www.w3.org/2000/svg',
    viewBox: `0 0 ${Math.round(width)} ${height}`,
  };
  return `${element('svg', { ...frame, width, height }, `\n${parts.join('\n')}\n`)}\n`;
}

function drawAxis({ from, to }: Scene, { x, width, height }: Layout): readonly string[] {
  const ticksMax = (width - LEFT - RIGHT) / TICK_WIDTH;
  const step = TICK_STEPS.find((ms) => (to - from) / ms <= ticksMax) ?? 100_000;
  const first = Math.ceil(from / step);
  const count = Math.max(0, Math.floor(to / step) - first + 1);
  return Array.from({ length: count }, (_, i) => {
    const at = (first + i) * step;
    const line = { class: 'grid', x1: x(at), x2: x(at), y1: TOP - 34, y2: height - BOTTOM + 30 };
    const text = `${step < 1 ? at.toFixed(1) : at} ms`;
    return element('line', line) + label(x(at), height - 14, 'small pale', text, 'middle');
  });
}

/** Troubles of one server that last, as zones around its lane. */
function drawZones({ strikes }: Scene, { x, y }: Layout): readonly string[] {
  return strikes
    .filter(({ at, until, action }) => until > at && action.fault !== 'partial')
    .map(({ at, until, id, action }) => {
      const width = Math.max(2, x(until) - x(at));
      const box = { class: 'zone', x: x(at), y: y(id) - 30, width, height: 60, rx: 4 };
      return element('rect', box, hint(tellStrike(id, action)));
    });
}

function drawLanes(scene: Scene, layout: Layout): readonly string[] {
  return scene.servers.flatMap((id) => [
    label(LEFT - 16, layout.y(id) + 5, 'server', `n${id}`, 'end'),
    ...drawLane(scene, layout, id),
  ]);
}

/** What a server is, piece by piece, with its term wherever there is room for it. */
function drawLane(scene: Scene, { x, y, width }: Layout, id: NodeId): readonly string[] {
  const { from, to } = scene;
  const before = standsAt(scene, from).get(id);
  const later = scene.stands.filter((stand) => stand.id === id && stand.at > from);
  const all = before ? [before, ...later] : later;
  const labels = new Labels();
  const pieces = all.map((stand, i) => {
    const start = x(stand.at);
    const end = x(all[i + 1]?.at ?? to);
    return drawPiece(stand, start, Math.max(end - start, 0.8), y(id));
  });
  // The term of a leader is told before that of others, where there is no room for both.
  const byRank = [...all].sort((a, b) => rankOf(a) - rankOf(b) || a.at - b.at);
  const terms = byRank.flatMap((stand) => {
    const text = stand.role === 'down' ? 'down' : `${NAMES[stand.role]} ${stand.term}`;
    const start = Math.min(x(stand.at), width - (text.length + 1) * LETTER_WIDTH);
    if (!labels.take(start, text)) return [];
    return [label(start, y(id) - HALF - 4, 'term small halo', text)];
  });
  return [...pieces, ...terms];
}

const NAMES = { leader: 'leader', follower: 'term', precandidate: 'pre', candidate: 'cand.' };

function rankOf({ role }: Stand): number {
  return ['leader', 'down', 'candidate', 'follower', 'precandidate'].indexOf(role);
}

function drawPiece(stand: Stand, start: number, width: number, y: number): string {
  const kinds = `role ${stand.role}`;
  const told = hint(`${stand.at.toFixed(2)} ms: ${tellStand(stand)}`);
  if (stand.role === 'down') {
    return element('line', { class: kinds, x1: start, x2: start + width, y1: y, y2: y }, told);
  }
  const box = { x: start, y: y - HALF, width, height: 2 * HALF, rx: Math.min(3, width / 2) };
  return element('rect', { class: kinds, 'stroke-width': 0, ...box }, told);
}

function drawCommits({ commits }: Scene, { x, y }: Layout): readonly string[] {
  const labels = new Map<NodeId, Labels>();
  return commits.map((commit) => {
    const { at, id, index } = commit;
    const place = { x1: x(at), x2: x(at), y1: y(id) - HALF + 2, y2: y(id) + HALF - 2 };
    const taken = labels.get(id) ?? new Labels();
    labels.set(id, taken);
    const text = `${index}`;
    const number = taken.take(x(at), text, 8)
      ? label(x(at), y(id) + HALF + 11, 'small pale halo', text, 'middle')
      : '';
    return element('line', { class: 'commit', ...place }, hint(tellCommit(commit))) + number;
  });
}

/** What strikes, in words above the lane, in the first row that has room. */
function drawBlows({ strikes, from }: Scene, { x, y, width }: Layout): readonly string[] {
  const rows = new Map<NodeId, readonly Labels[]>();
  return strikes.map(({ at, id, action }) => {
    const text = tellStrike(id, action);
    const extent = text.length * LETTER_WIDTH;
    const isLeft = x(at) + extent > width;
    const start = isLeft ? x(at) - extent : x(at);
    const own = rows.get(id) ?? Array.from({ length: ROWS }, () => new Labels());
    rows.set(id, own);
    const row = own.findIndex((labels) => labels.take(start, text));
    const top = y(id) - 24 - Math.max(0, row) * 12;
    const line = { class: 'blow', x1: x(at), x2: x(at), y1: top + 2, y2: y(id) + HALF + 6 };
    const place = isLeft ? x(at) - 3 : x(at) + 3;
    const anchor = isLeft ? 'end' : 'start';
    const words = row < 0 ? '' : label(place, top, 'small fault halo', text, anchor);
    return (at < from ? '' : element('line', line, hint(text))) + words;
  });
}

/** Where in a row there is text already. */
class Labels {
  readonly #taken: (readonly [number, number])[] = [];

  /** Takes the room for `text` from `start` on, unless a part of it is taken. */
  take(start: number, text: string, apart = 6): boolean {
    const end = start + text.length * LETTER_WIDTH + apart;
    if (this.#taken.some(([a, b]) => start < b && a < end)) return false;
    this.#taken.push([start, end]);
    return true;
  }
}

function drawCaption(
  scene: Scene,
  layout: Layout,
  { title, violation }: Caption,
): readonly string[] {
  const x = LEFT - 40;
  const wrong = violation === null ? null : violation.split('\n')[0]?.slice(0, WORDS_MAX);
  const end = layout.x(scene.to);
  const bounds = { class: 'end', x1: end, x2: end, y1: TOP - 34, y2: layout.height - BOTTOM + 30 };
  return [
    label(x, 26, 'title', title),
    ...(wrong ? [label(x, 44, 'fault', wrong), element('line', bounds)] : []),
    ...drawLegend(scene, x, wrong ? 64 : 48),
  ];
}

function drawLegend({ flights }: Scene, left: number, y: number): readonly string[] {
  const groups = new Set(flights.map((flight: Flight) => GROUP_OF[flight.words.kind]));
  const roles = ['leader', 'follower', 'candidate', 'precandidate', 'down'] as const;
  let x = left;
  const entry = (sign: string, name: string): string => {
    const text = label(x + 24, y, 'small', name);
    const moved = element('g', { transform: `translate(${Math.round(x)} ${y - 4})` }, sign);
    x += 24 + name.length * LETTER_WIDTH + 18;
    return moved + text;
  };
  return [
    ...roles.map((role) =>
      entry(
        role === 'down'
          ? element('line', { class: 'role down', x1: 0, x2: 18, y1: 0, y2: 0 })
          : element('rect', {
              class: `role ${role}`,
              'stroke-width': 0,
              y: -5,
              width: 18,
              height: 10,
              rx: 3,
            }),
        role,
      ),
    ),
    ...MAIL_GROUPS.filter((group) => groups.has(group)).map((group) =>
      entry(element('path', { class: `mail ${group}`, d: 'M0 0H18' }), GROUP_NAMES[group]),
    ),
    entry(element('path', { class: 'cross', d: 'M5 -4l8 8m0 -8l-8 8' }), 'never arrives'),
    entry(element('path', { class: 'commit', d: 'M9 -5v10' }), 'commits up to'),
  ];
}
