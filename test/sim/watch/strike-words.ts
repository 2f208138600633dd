import type { Millis, NodeId } from '../../../lib/core/types.ts';
import type { Action } from '../script.ts';

/** True for a script that names nobody, or the same server twice: then nothing happens. */
export function isIdle(id: NodeId, action: Action): boolean {
  if (action.fault === 'reset' || action.fault === 'replay') return action.peer === id;
  return action.fault === 'partial' && action.links.length === 0;
}

/** What the script does to server `id`, in a sentence. */
export function tellStrike(id: NodeId, action: Action): string {
  const one = `n${id}`;
  switch (action.fault) {
    case 'kill':
      return `${one} is killed, for ${tellMs(action.downMs)}`;
    case 'leave':
      return `${one} is asked to stop`;
    case 'power':
      return `power fails on ${one}, for ${tellMs(action.downMs)}; ${tellSectors(action)}`;
    case 'blackout':
      return `power fails everywhere, for ${tellMs(action.downMs)}; ${tellSectors(action)}`;
    case 'boundary': {
      const how = action.losesPower ? 'loses power' : 'is to end';
      return `${one} ${how} before operation ${action.operations + 1} of its disk from now`;
    }
    case 'ioError':
      return `operation ${action.operations + 1} of the disk of ${one} from now is to fail`;
    case 'lie':
      return `a sync of the disk of ${one} is to fail and leave the cache unsynced`;
    case 'stall':
      return `the disk of ${one} stalls for ${tellMs(action.ms)}`;
    case 'full':
      return `the disk of ${one} has no room for new files for ${tellMs(action.ms)}`;
    case 'pause':
      return `${one} stands still for ${tellMs(action.ms)}`;
    case 'clog':
      return `the links of ${one} are very slow for ${tellMs(action.ms)}`;
    case 'jump':
      return `the clock of ${one} jumps ahead by ${tellMs(action.ms)}`;
    case 'wipe':
      return 'a server is to lose its disk';
    case 'rot':
      return 'a bit of a disk flips';
    case 'reconfigure':
      return `an operator asks ${one} to ${action.changes.map(({ kind, id }) => `${kind} n${id}`).join(' and ')}`;
    default:
      return tellDisturbance(one, action);
  }
}

type Disturbance = Extract<
  Action,
  {
    fault:
      | 'transfer'
      | 'cut'
      | 'oneWay'
      | 'partial'
      | 'clientCut'
      | 'reset'
      | 'replay'
      | 'stranger';
  }
>;

function tellDisturbance(one: string, action: Disturbance): string {
  switch (action.fault) {
    case 'transfer':
      return `a client asks ${one} for another leader, ${action.to === null ? 'anybody' : `n${action.to}`}`;
    case 'cut':
      return `${tellSide(one, action.side)} cut off from the others for ${tellMs(action.ms)}`;
    case 'oneWay':
      return `${tellSide(one, action.side)} not heard by the others for ${tellMs(action.ms)}`;
    case 'partial': {
      const links = action.links.map(([a, b]) => `n${a}–n${b}`).join(' ');
      return `${links} are cut for ${tellMs(action.ms)}`;
    }
    case 'clientCut': {
      const what = action.repliesOnly ? 'get no replies of' : 'do not reach';
      return `clients ${what} ${one} for ${tellMs(action.ms)}`;
    }
    case 'reset':
      return `the connections between n${action.peer} and ${one} break`;
    case 'replay':
      return `mail of a former life of n${action.peer} reaches ${one} again`;
    case 'stranger':
      return `strange mail reaches ${one}, as if from n${action.peer}`;
    default:
      return action satisfies never;
  }
}

function tellSectors({ kept, torn }: { readonly kept: number; readonly torn: number }): string {
  const most = `${tellPart(kept)} of the unsynced sectors are kept`;
  return torn === 0 ? most : `${most}, ${tellPart(torn)} of them torn`;
}

function tellPart(part: number): string {
  return part === 0 ? 'none' : `${Math.round(part * 100)} %`;
}

function tellSide(one: string, side: readonly NodeId[]): string {
  const all = [...new Set([one, ...side.map((id) => `n${id}`)])].sort();
  return `${all.join(' ')} ${all.length === 1 ? 'is' : 'are'}`;
}

function tellMs(ms: Millis): string {
  return `${Math.round(ms)} ms`;
}
