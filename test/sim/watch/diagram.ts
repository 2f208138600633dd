import type { Millis, NodeId } from '../../../lib/core/types.ts';
import type { RoleName } from '../../../lib/core/view.ts';
import type { Stand } from './recording.ts';
import type { Flight, Scene } from './scene.ts';
import { standsAt } from './scene.ts';
import { tellCommit, tellFlight, tellStand } from './scene-words.ts';
import { tellStrike } from './strike-words.ts';

/** Lines of a diagram; of a longer one the end is drawn. */
const LINES_MAX = 400;
/** Columns of the time, and of each server. */
const TIME_WIDTH = 10;
const LANE_WIDTH = 9;
const MIDDLE = 4;
/** A silence of so long is worth a word. */
const SILENCE_MS = 20;
/** The names of the servers come again after so many lines. */
const HEAD_EVERY = 50;

/** How a server is drawn while nothing happens to it, and its letter where its role is told. */
const LANES: Readonly<Record<Stand['role'], string>> = {
  leader: '┃',
  follower: '│',
  precandidate: '┊',
  candidate: '┇',
  down: ' ',
};
const LETTERS: Readonly<Record<RoleName, string>> = {
  leader: 'L',
  follower: 'F',
  precandidate: 'p',
  candidate: 'c',
};
const PAUSED = '~';

const LEGEND =
  'L leads, F follows, c candidate, p precandidate, X down, ~ stands still, ● commits, ! fault, ✗ never arrives';

/** A line to be: what is drawn over the lanes, and what is said beside them. */
type Row = {
  readonly at: Millis;
  readonly stand?: Stand;
  readonly flight?: Flight;
  /** Signs at the lanes of servers. */
  readonly marks?: ReadonlyMap<NodeId, string>;
  readonly text: string;
};

/**
 * A space-time diagram in characters: time goes down, every server has a lane, mail is drawn where
 * it arrives (lost mail where it was sent, ending in ✗). L5 leads term 5, F follows, c is a
 * candidate, p a precandidate, X is down; ~ stands still, ● commits, ! is struck.
 */
export function drawDiagram(scene: Scene): string {
  const rows = rowsOf(scene);
  const drawn = rows.slice(-LINES_MAX);
  const left = rows.length - drawn.length;
  const stands = new Map(standsAt(scene, scene.from));
  for (const { stand } of rows.slice(0, left)) if (stand) stands.set(stand.id, stand);
  const lines = [LEGEND];
  if (left > 0) lines.push(`${left} lines before are left out`);
  lines.push(
    headOf(scene),
    lineOf(scene, { at: scene.from, text: '', marks: signs(stands) }, stands),
  );
  let past = drawn[0]?.at ?? scene.from;
  drawn.forEach((row, i) => {
    if (i > 0 && i % HEAD_EVERY === 0) lines.push(headOf(scene));
    if (row.at - past >= SILENCE_MS) {
      lines.push(
        lineOf(scene, { at: row.at, text: `${Math.round(row.at - past)} ms later` }, stands, false),
      );
    }
    past = row.at;
    if (row.stand) stands.set(row.stand.id, row.stand);
    lines.push(lineOf(scene, row, stands));
  });
  return lines.map((line) => line.trimEnd()).join('\n');
}

function signs(stands: ReadonlyMap<NodeId, Stand>): ReadonlyMap<NodeId, string> {
  return new Map([...stands].map(([id, stand]) => [id, signOf(stand)]));
}

function signOf({ role, term }: Stand): string {
  return role === 'down' ? 'X' : `${LETTERS[role]}${term}`;
}

function headOf({ servers }: Scene): string {
  const names = servers.map((id) => `n${id}`.padStart(MIDDLE + 2).padEnd(LANE_WIDTH));
  return `${' '.repeat(TIME_WIDTH)} ${names.join('')}`;
}

/** In order; at the same moment causes come before what follows from them. */
function rowsOf(scene: Scene): readonly Row[] {
  const { from, stands, strikes, commits, flights } = scene;
  const rows: Row[] = [
    ...strikes
      .filter(({ at }) => at >= from)
      .map(({ at, id, action }) => ({
        at,
        marks: new Map([[id, '!']]),
        text: `! ${tellStrike(id, action)}`,
      })),
    ...flights.map((flight) => ({
      at: rowTimeOf(flight),
      flight,
      text: tellFlight(flight),
    })),
    ...stands
      .filter(({ at }) => at > from)
      .map((stand) => ({ at: stand.at, stand, text: tellStand(stand) })),
    ...commits.map((commit) => ({
      at: commit.at,
      marks: new Map([[commit.id, '●']]),
      text: tellCommit(commit),
    })),
  ];
  return rows.filter(({ at }) => at >= from && at <= scene.to).sort((a, b) => a.at - b.at);
}

/** Mail is drawn where it arrives; where it was sent if it never does. */
function rowTimeOf({ at, sentAt }: Flight): Millis {
  return at ?? sentAt ?? 0;
}

function lineOf(
  scene: Scene,
  row: Row,
  stands: ReadonlyMap<NodeId, Stand>,
  hasTime = true,
): string {
  const { servers } = scene;
  const cells = Array.from({ length: servers.length * LANE_WIDTH }, () => ' ');
  const place = (id: NodeId): number => servers.indexOf(id) * LANE_WIDTH + MIDDLE;
  for (const id of servers) cells[place(id)] = laneOf(scene, id, row.at, stands);
  if (row.flight) drawFlight(cells, row.flight, place);
  const marks = new Map(row.marks);
  if (row.stand) marks.set(row.stand.id, signOf(row.stand));
  for (const [id, mark] of marks) {
    if (servers.includes(id)) cells.splice(place(id), mark.length, ...mark);
  }
  const time = hasTime ? row.at.toFixed(2) : '⋮';
  return `${time.padStart(TIME_WIDTH)} ${cells.join('')} ${row.text}`;
}

function laneOf(
  { strikes }: Scene,
  id: NodeId,
  now: Millis,
  stands: ReadonlyMap<NodeId, Stand>,
): string {
  const role = stands.get(id)?.role ?? 'down';
  const isPaused = strikes.some(
    (strike) =>
      strike.id === id && strike.action.fault === 'pause' && strike.at <= now && now < strike.until,
  );
  return isPaused && role !== 'down' ? PAUSED : LANES[role];
}

/** Draws an arrow from lane to lane; one that is lost ends on its way. */
function drawFlight(
  cells: string[],
  { from, to, at, sentAt, isUnderWay }: Flight,
  place: (id: NodeId) => number,
): void {
  const start = place(from);
  const end = place(to);
  const step = Math.sign(end - start);
  const last = at === null ? Math.round((start + end) / 2) : end;
  const isWhole = at !== null && sentAt !== null;
  for (let column = start + step; column !== last; column += step) {
    const isLane = (column - start) % LANE_WIDTH === 0 && cells[column] !== LANES.down;
    if (isLane) cells[column] = '┼';
    else cells[column] = isWhole ? '─' : '╌';
  }
  if (at !== null) cells[end] = step > 0 ? '►' : '◄';
  else cells[last] = isUnderWay ? '…' : '✗';
}
