/** Keys from `from` (inclusive) to `to` (exclusive); null is no bound. */
export type KeyRange = { readonly from: Buffer | null; readonly to: Buffer | null };

/** What a client asked for; `prefix` narrows what `from` and `to` leave. Null is no bound. */
export type AskedRange = {
  readonly from: string | null;
  readonly to: string | null;
  readonly prefix: string | null;
};

/** The same in bytes. The result may be empty, with `to` below `from`. */
export function keyRange({ from, to, prefix }: AskedRange): KeyRange {
  const asked = { from: bytes(from), to: bytes(to) };
  if (prefix === null || prefix === '') return asked;
  const low = Buffer.from(prefix);
  return { from: higher(asked.from, low), to: lower(asked.to, afterPrefix(low)) };
}

/** The first key that is behind all keys with this prefix. */
function afterPrefix(prefix: Buffer): Buffer {
  const after = Buffer.from(prefix);
  // UTF-8 never has the byte 0xff, so the last byte can be counted up without a carry.
  after.writeUInt8(after.readUInt8(after.length - 1) + 1, after.length - 1);
  return after;
}

function bytes(text: string | null): Buffer | null {
  return text === null ? null : Buffer.from(text);
}

function higher(a: Buffer | null, b: Buffer): Buffer {
  return a !== null && a.compare(b) > 0 ? a : b;
}

function lower(a: Buffer | null, b: Buffer): Buffer {
  return a !== null && a.compare(b) < 0 ? a : b;
}
