import { Raw } from '../wire/raw.ts';

/**
 * A value as JSON on one line. Total, unlike JSON itself: bytes become `{"$bytes": BASE64}`, integers
 * beyond 2^53 a string of digits, maps with other keys than strings `{"$map": PAIRS}`, and what only
 * msgpack has `{"$msgpack": BASE64}`.
 */
export function toJson(value: unknown): string {
  return JSON.stringify(value, replace) ?? 'null';
}

function replace(this: unknown, name: string, value: unknown): unknown {
  // Buffer and Date turn into something else before they get here
  const original = (this as Record<string, unknown>)[name];
  if (typeof value === 'bigint') return value.toString();
  if (original instanceof Uint8Array) return { $bytes: base64(original) };
  if (original instanceof Map) return { $map: [...original] };
  if (original instanceof Raw) return { $msgpack: base64(original.bytes) };
  return value;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
