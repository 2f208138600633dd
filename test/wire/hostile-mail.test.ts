import test from 'ava';
import { makeEntry } from '../../lib/core/entry.ts';
import type { RaftState } from '../../lib/core/state.ts';
import { decodeMail, type Identity } from '../../lib/wire/peer.ts';
import { from, leader, server, stand, step, turn } from '../core/servers.ts';
import { Chance } from '../sim/chance.ts';
import { sealed } from './sealed.ts';

const one: Identity = { cluster: 'local', node: 1, incarnation: 1 };
const LIMITS = { recordBytes: 1 << 20 };
const OPCODES = 8;

/** Values that fields may have: mostly small numbers, so that many a lie is possible. */
const FIELDS: readonly unknown[] = [0, 1, 2, 3, 4, 1, 2, 3, 4, 9, true, false, -1, 1.5, 2 ** 40];

/** Mail from a peer with the right checksum, and anything at all in it. */
function lie(chance: Chance): readonly Uint8Array[] {
  const opcode = chance.whole(1, OPCODES);
  const fields = Array.from({ length: chance.whole(1, 5) }, () => chance.pick(FIELDS));
  const head = [1, 'local', chance.whole(2, 4), 1, 7, opcode, ...fields];
  if (opcode !== 5 || chance.happens(0.3)) return sealed(head);
  const { index, term } = { index: chance.whole(0, 4), term: chance.whole(0, 3) };
  const entries = Array.from({ length: chance.whole(1, 3) }, (_, i) =>
    makeEntry(index + 1 + i, chance.whole(Math.max(1, term), 4), 'command'),
  );
  const append = [chance.whole(1, 5), index, index === 0 ? 0 : term, chance.whole(0, 9)];
  const run = Buffer.concat(entries.map(({ record }) => record));
  return sealed([1, 'local', chance.whole(2, 4), 1, 7, 5, ...append, entries.length], run);
}

/** A server in some role, with a log of its own. */
function anybody(chance: Chance): RaftState {
  const log = chance.pick(['', '1', '1 1 2', '1 2 3 3']);
  const kind = chance.pick(['follower', 'candidate', 'leader']);
  if (kind === 'leader') return leader(1, { log });
  const n1 = server(1, { log });
  if (kind === 'candidate') stand(n1);
  return n1;
}

test('N14: whatever a peer says under a right checksum, it is refused or breaks no rule of one server', (t) => {
  const chance = new Chance(14);
  const taken = new Set<string>();
  let refused = 0;
  for (let life = 0; life < 1000; life += 1) {
    const n1 = anybody(chance);
    for (let i = 0; i < 20; i += 1) {
      const mail = decodeMail(lie(chance), one, LIMITS);
      if (typeof mail === 'string') refused += 1;
      else if (mail.kind === 'Received') {
        taken.add(mail.message.kind);
        step(n1, turn(from(mail.from, mail.message)));
      }
    }
  }
  t.is(taken.size, OPCODES, 'some mail of each kind is taken');
  t.true(refused > 1000);
});
