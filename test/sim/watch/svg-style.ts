import type { MailKind } from './mail-words.ts';
import type { Stand } from './recording.ts';

/** Mail that is drawn alike, in the order in which it is drawn. */
export const MAIL_GROUPS = [
  'beats',
  'passed',
  'matched',
  'append',
  'snapshot',
  'votes',
  'damaged',
] as const;

export type MailGroup = (typeof MAIL_GROUPS)[number];

/** What a group is called in the legend. */
export const GROUP_NAMES: Readonly<Record<MailGroup, string>> = {
  beats: 'beats',
  passed: 'requests passed on, introductions',
  matched: 'append replies',
  append: 'appends',
  snapshot: 'snapshots',
  votes: 'votes',
  damaged: 'damaged or strange',
};

export const GROUP_OF: Readonly<Record<MailKind, MailGroup>> = {
  PreVote: 'votes',
  PreVoteReply: 'votes',
  RequestVote: 'votes',
  RequestVoteReply: 'votes',
  AppendEntries: 'append',
  AppendEntriesReply: 'matched',
  Heartbeat: 'beats',
  HeartbeatReply: 'beats',
  InstallSnapshot: 'snapshot',
  InstallSnapshotReply: 'snapshot',
  TimeoutNow: 'votes',
  Forward: 'passed',
  Answer: 'passed',
  Introduction: 'passed',
  Refused: 'passed',
  AskIndex: 'passed',
  Index: 'passed',
  Unreadable: 'damaged',
};

/** Colours by day and by night. */
type Shade = readonly [day: string, night: string];

const ROLE_SHADES: Readonly<Record<Stand['role'], Shade>> = {
  leader: ['#16a34a', '#22c55e'],
  follower: ['#cbd5e1', '#475569'],
  precandidate: ['#fcd34d', '#b9892b'],
  candidate: ['#f97316', '#f97316'],
  down: ['#94a3b8', '#64748b'],
};

const GROUP_SHADES: Readonly<Record<MailGroup, Shade>> = {
  beats: ['#a3b1c6', '#55647c'],
  passed: ['#a16207', '#d9a514'],
  matched: ['#0d9488', '#2dd4bf'],
  append: ['#2563eb', '#60a5fa'],
  snapshot: ['#7c3aed', '#a78bfa'],
  votes: ['#c026d3', '#e879f9'],
  damaged: ['#dc2626', '#f87171'],
};

const PAPER: Shade = ['#ffffff', '#0b1220'];
const INK: Shade = ['#0f172a', '#e2e8f0'];
const PALE: Shade = ['#64748b', '#94a3b8'];
const GRID: Shade = ['#e8edf3', '#1a2536'];
const FAULT: Shade = ['#dc2626', '#f87171'];

/** What looks the same by day and by night. */
const SHAPES = [
  'text { font-family: ui-sans-serif, system-ui, Helvetica, Arial, sans-serif; font-size: 11px }',
  '.title { font-size: 15px; font-weight: 600 }',
  '.server { font-size: 14px; font-weight: 700 }',
  '.grid { stroke-width: 1 }',
  '.halo { paint-order: stroke; stroke-width: 3px; stroke-linejoin: round }',
  '.term { font-weight: 600 }',
  '.small { font-size: 10px }',
  '.mail { fill: none; stroke-width: 1.1 }',
  '.mail.beats { stroke-width: 0.7; stroke-opacity: 0.75 }',
  '.mail.lost, .mail.away { stroke-dasharray: 4 3 }',
  '.cross { stroke-width: 1.6; fill: none }',
  '.role.down { fill: none; stroke-dasharray: 2 4 }',
  '.zone { fill-opacity: 0.09; stroke-opacity: 0.35; stroke-dasharray: 3 3 }',
  '.blow { stroke-width: 1.4 }',
  '.commit { stroke-width: 1.6 }',
  '.end { stroke-width: 2 }',
];

/** The style of a diagram: no colour depends on a script, a font or a file from elsewhere. */
export function styleOf(): string {
  const night = coloursOf(1).join(' ');
  return [...SHAPES, ...coloursOf(0), `@media (prefers-color-scheme: dark) { ${night} }`].join(
    '\n',
  );
}

function coloursOf(time: 0 | 1): readonly string[] {
  const paper = PAPER[time];
  return [
    `.paper { fill: ${paper} }`,
    `text { fill: ${INK[time]} }`,
    `.pale { fill: ${PALE[time]} }`,
    `.grid { stroke: ${GRID[time]} }`,
    `.halo { stroke: ${paper} }`,
    `.commit { stroke: ${INK[time]} }`,
    `.fault { fill: ${FAULT[time]} }`,
    `.zone { fill: ${FAULT[time]}; stroke: ${FAULT[time]} }`,
    `.blow, .cross, .end { stroke: ${FAULT[time]} }`,
    ...Object.entries(ROLE_SHADES).flatMap(([role, shade]) => [
      `.role.${role} { fill: ${role === 'down' ? 'none' : shade[time]}; stroke: ${shade[time]} }`,
    ]),
    ...Object.entries(GROUP_SHADES).flatMap(([group, shade]) => [
      `.mail.${group} { stroke: ${shade[time]} }`,
      `.head.${group} { fill: ${shade[time]} }`,
    ]),
  ];
}
