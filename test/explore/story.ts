import { tellMessage } from '../../lib/core/tell.ts';
import { act, type Cause } from './act.ts';
import type { Form } from './form.ts';
import { inverse, type Names } from './rename.ts';
import {
  causeOf,
  DROP,
  isOfMail,
  mailOf,
  REPEAT,
  renameCode,
  serverOf,
  toldLost,
  verbOf,
} from './step-code.ts';
import type { Row, Worlds } from './world.ts';

/** A way to a broken rule, in which servers keep their numbers from beginning to end. */
export type Story = { readonly rule: string; readonly lines: readonly string[] };

/** Where the path was found. */
type Explored = { readonly worlds: Worlds; readonly form: Form };

/**
 * Tells how the steps of `path` lead to what was found: two lines a step, what happened to whom and
 * what that server is now.
 */
export function tellPath({ worlds, form }: Explored, path: readonly number[]): Story {
  const { catalogue } = worlds;
  const lines: string[] = [];
  let rule = '';
  const row: Row = new Int32Array(worlds.raw.length);
  worlds.begin();
  for (const step of path) {
    const length = worlds.rawLength;
    row.set(worlds.raw.subarray(0, length));
    form.of(row, length);
    const code = renameCode(step, wayBack(catalogue.names, form.way), catalogue);
    const [server, own] = ownCode(code);
    const still = worlds.still(row, server);
    const cause = causeOf(own, catalogue);
    const copied = verbOf(code) === REPEAT ? ', and a copy stays on its way' : '';
    lines.push(`${lines.length / 2 + 1}. n${still.id} ${tellCause(cause)}${copied}`);
    let end = '';
    try {
      act(still, cause, catalogue.configuration, (line) => {
        if (line.startsWith('=')) end = line;
      });
      lines.push(`     ${end}`);
      worlds.take(row, length, code);
    } catch (error) {
      if (end !== '' && lines.length % 2 === 1) lines.push(`     ${end}`);
      rule = error instanceof Error ? error.message : String(error);
      lines.push(`  ✗  ${rule}`);
    }
  }
  return { rule, lines };

  /** The place of the server that takes the step, and the step as it is to that server. */
  function ownCode(code: number): readonly [number, number] {
    if (!isOfMail(code)) return [serverOf(code), code];
    const { from, to } = catalogue.mail.get(mailOf(code));
    return verbOf(code) === DROP ? [from - 1, toldLost(from - 1, to)] : [to - 1, code];
  }
}

function wayBack(names: readonly Names[], way: number): number {
  const back = inverse(names[way] as Names).join();
  return names.findIndex((other) => other.join() === back);
}

function tellCause(cause: Cause): string {
  switch (cause.kind) {
    case 'receive':
      return `hears from n${cause.envelope.from} ${tellMessage(cause.envelope.message)}`;
    case 'campaign':
      return 'waits for a leader in vain, and stands for election';
    case 'sync':
      return 'has its oldest write on its disk';
    case 'resign':
      return 'hears of no quorum, and resigns';
    case 'beat':
      return 'beats';
    case 'propose':
      return `takes the value ${cause.value} from a client`;
    case 'lose':
      return `learns that its mail to n${cause.peer} is lost`;
    case 'crash': {
      const applied = cause.isApplied ? ', its database up to date' : '';
      return `crashes with ${cause.survivors} more writes on its disk, and restarts${applied}`;
    }
  }
}
