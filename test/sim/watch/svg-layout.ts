import type { Millis, NodeId } from '../../../lib/core/types.ts';
import type { Scene } from './scene.ts';

/** Margins; above there is room for captions and for words over the first lane. */
export const LEFT = 64;
export const RIGHT = 40;
export const TOP = 140;
export const BOTTOM = 64;
/** Least and most width of the time, and how much of it mail should have. */
const WIDTH_MIN = 1320;
const WIDTH_MAX = 5000;
const WIDTH_OF_LETTER = 2.5;
/** Half the height of a lane, and the distance between lanes: fewer have more room. */
export const HALF = 7;
const GAPS: readonly number[] = [150, 150, 150, 150, 130, 118];
const GAP_OF_MANY = 104;
/** Where things are: time goes to the right, every server has a lane. */
export type Layout = {
  readonly width: number;
  readonly height: number;
  /** Within the picture, whatever the moment. */
  readonly x: (at: Millis) => number;
  /** Outside of the picture for a moment that is not drawn. */
  readonly beyond: (at: Millis) => number;
  readonly y: (id: NodeId) => number;
};

/** Where everything of a scene goes. */
export function layoutOf({ from, to, servers, flights }: Scene): Layout {
  const inner = Math.min(WIDTH_MAX, Math.max(WIDTH_MIN, flights.length * WIDTH_OF_LETTER));
  const gap = GAPS[servers.length] ?? GAP_OF_MANY;
  const ms = Math.max(to - from, 0.001);
  const beyond = (at: Millis): number => LEFT + (at - from) * (inner / ms);
  return {
    width: LEFT + inner + RIGHT,
    height: TOP + gap * Math.max(0, servers.length - 1) + BOTTOM,
    x: (at) => beyond(Math.min(Math.max(at, from), to)),
    beyond,
    y: (id) => TOP + gap * servers.indexOf(id),
  };
}
