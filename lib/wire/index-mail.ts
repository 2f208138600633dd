import type { Fields } from './fields.ts';
import type { AskIndex, NamedIndex } from './peer.ts';

/** Reads the question of another desk: how far must it have applied? */
export function takeAskIndex(fields: Fields): AskIndex & { kind: 'AskIndex' } {
  const token = fields.uint('the token', 0, Number.MAX_SAFE_INTEGER);
  return { kind: 'AskIndex', token, byLease: fields.boolean('the lease') };
}

/** Reads the leader's answer to it. */
export function takeIndex(fields: Fields): NamedIndex & { kind: 'Index' } {
  const token = fields.uint('the token', 0, Number.MAX_SAFE_INTEGER);
  const isNamed = fields.boolean('whether there is an index');
  const index = fields.index('the index');
  return { kind: 'Index', token, index: isNamed ? index : null };
}
