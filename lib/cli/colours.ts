/** Select Graphic Rendition codes (ECMA-48 §8.3.117) of the styles used here. */
const CODES = {
  bold: 1,
  dim: 2,
  red: 31,
  green: 32,
  yellow: 33,
  blue: 34,
  magenta: 35,
  cyan: 36,
} as const;

export type Style = keyof typeof CODES;

/** Puts a text into a style, or leaves it alone where nothing can show it. */
export type Paint = (style: Style, text: string) => string;

export const coloured: Paint = (style, text) => `\u001b[${CODES[style]}m${text}\u001b[0m`;
export const plain: Paint = (_style, text) => text;

/** How to paint for a stream: NO_COLOR and FORCE_COLOR decide before the kind of the stream does. */
export function paintFor(stream: { readonly isTTY?: boolean }): Paint {
  if (process.env['NO_COLOR']) return plain;
  const forced = process.env['FORCE_COLOR'];
  if (forced !== undefined) return forced === '0' ? plain : coloured;
  return stream.isTTY === true ? coloured : plain;
}
