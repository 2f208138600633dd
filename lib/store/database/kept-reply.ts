import type { Refusal, Reply } from '../../wire/client.ts';
import { pack } from '../../wire/pack.ts';
import type { Raw } from '../../wire/raw.ts';
import { scanMap } from '../../wire/scan.ts';
import { unpackMap } from '../../wire/unpack.ts';

/** Members that hold values of clients, which come back byte for byte. */
const VALUES: readonly string[] = ['current', 'results'];

/** A reply as a session keeps it: msgpack, with the values of clients as they came. */
export function encodeKept(reply: Reply | Refusal): Uint8Array {
  return pack(reply);
}

/**
 * The same reply again: it makes the same frame as the first one did.
 *
 * @param bytes what `encodeKept` gave; copied.
 */
export function decodeKept(bytes: Uint8Array): Reply | Refusal {
  const kept = Buffer.from(bytes);
  const reply = unpackMap(kept);
  const raw = scanMap(kept);
  if (typeof reply === 'string' || typeof raw === 'string') {
    throw new TypeError(`a kept reply cannot be read: ${reply}`);
  }
  if (reply['ok'] !== true) return reply as Refusal;
  const values: Record<string, Raw> = {};
  for (const name of VALUES) {
    const value = raw.get(name);
    if (value) values[name] = value;
  }
  return { ...reply, ...values, ok: true };
}
