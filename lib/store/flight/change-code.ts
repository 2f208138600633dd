import type { Change } from '../../core/change.ts';
import { readMember } from '../../core/configuration-code.ts';
import { NODE_MAX } from '../../wire/fields.ts';

/** Changes of who takes part, in a recording: the JSON of their list. There are few of them. */
export function encodeChanges(changes: readonly Change[]): Uint8Array {
  return Buffer.from(JSON.stringify(changes));
}

/** @returns the changes, or null if `bytes` are none. */
export function readChanges(bytes: Uint8Array): readonly Change[] | null {
  const values = parse(bytes);
  if (!Array.isArray(values)) return null;
  const changes: Change[] = [];
  for (const value of values) {
    const change = readChange(value);
    if (change === null) return null;
    changes.push(change);
  }
  return changes;
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString());
  } catch {
    return null;
  }
}

function readChange(value: unknown): Change | null {
  if (typeof value !== 'object' || value === null) return null;
  const { kind, id, as, member: given } = value as Record<string, unknown>;
  if (kind === 'promote' || kind === 'demote' || kind === 'remove') {
    return isNode(id) ? { kind, id } : null;
  }
  const member = readMember(given);
  if (member === null) return null;
  if (kind === 'update') return { kind, member };
  return kind === 'add' && (as === 'voter' || as === 'learner') ? { kind, member, as } : null;
}

function isNode(id: unknown): id is number {
  return typeof id === 'number' && Number.isInteger(id) && id >= 1 && id <= NODE_MAX;
}
