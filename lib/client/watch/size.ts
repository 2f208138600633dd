/** What an object takes besides what it holds, about. */
const OBJECT_BYTES = 64;

/** About how many bytes of memory a change takes. */
export function sizeOfChange(change: { readonly key: string; readonly value?: unknown }): number {
  return OBJECT_BYTES + change.key.length + sizeOf(change.value);
}

function sizeOf(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 8;
  if (value instanceof Uint8Array) return OBJECT_BYTES + value.length;
  if (Array.isArray(value)) return value.reduce((sum, item) => sum + sizeOf(item), OBJECT_BYTES);
  const members = value instanceof Map ? [...value] : Object.entries(value);
  return members.reduce((sum, [name, item]) => sum + sizeOf(name) + sizeOf(item), OBJECT_BYTES);
}
