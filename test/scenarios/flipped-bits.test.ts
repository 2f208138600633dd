import test from 'ava';
import type { Envelope } from '../../lib/core/message.ts';
import { tellLog } from '../../lib/core/tell.ts';
import { decodeMail, encodeMail } from '../../lib/wire/peer.ts';
import { Chance } from '../sim/chance.ts';
import { Stage } from './stage.ts';

/** How many of all frames arrive with a bit that is not as it was sent. */
const DAMAGED_PART = 0.1;
const LIMITS = { recordBytes: 1 << 20 };

/** Takes every message over the wire, in bytes, and flips a bit in some of its frames. */
class Wire {
  readonly #chance: Chance;
  carried = 0;
  refused = 0;
  changed = 0;

  constructor(seed: number) {
    this.#chance = new Chance(seed);
  }

  carry(envelope: Envelope): readonly Envelope[] {
    const { from, to } = envelope;
    const of = (node: number) => ({ cluster: 'test', node, incarnation: node });
    const frames = encodeMail(envelope, of(from)).map((frame) => this.#damaged(frame));
    const mail = decodeMail(frames, of(to), LIMITS);
    if (typeof mail === 'string') {
      this.refused += 1;
      return [];
    }
    this.carried += 1;
    if (mail.kind !== 'Received') throw new Error(`a ${mail.kind} was sent by nobody`);
    const isSame = JSON.stringify(mail.message) === JSON.stringify(envelope.message);
    if (mail.from !== from || !isSame) this.changed += 1;
    return [{ from: mail.from, to, message: mail.message }];
  }

  #damaged(frame: Uint8Array): Uint8Array {
    if (!this.#chance.happens(DAMAGED_PART)) return frame;
    const bytes = Buffer.from(frame);
    const bit = this.#chance.whole(0, bytes.length * 8 - 1);
    bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    return bytes;
  }
}

test('N01: mail with a flipped bit is refused, never misread, and commits go on', (t) => {
  for (let seed = 1; seed <= 5; seed += 1) {
    const stage = new Stage();
    const { actors } = stage;
    const wire = new Wire(seed);
    actors.post.carry = (envelope) => wire.carry(envelope);
    stage.play('cluster 3');
    let committed = 0;
    for (let command = 1; command <= 50; command += 1) {
      stage.play('run 200');
      const leader = actors.ids.find((id) => actors.server(id).state.role.name === 'leader');
      if (leader !== undefined) stage.play(`propose n${leader} ${command}`);
    }
    for (const id of actors.ids) committed += actors.server(id).done.length;
    t.true(committed > 40, `${committed} of 50 commands have taken effect`);
    t.true(wire.refused > wire.carried / 20, `${wire.refused} refused, ${wire.carried} carried`);
    t.is(wire.changed, 0);

    actors.post.carry = (envelope) => [envelope];
    stage.play('run 2000');
    stage.checkMemory();
    t.is(new Set(actors.ids.map((id) => tellLog(actors.server(id).state.log))).size, 1);
  }
});
