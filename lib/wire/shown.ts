/** How much of a stranger's text a message repeats. */
const SHOWN_CHARACTERS_MAX = 40;

/** A value from a stranger, for a message: printable, on one line and short. */
export function shown(value: unknown): string {
  if (typeof value !== 'string')
    return typeof value === 'number' ? `${value}` : `a ${typeof value}`;
  const quoted = JSON.stringify(value.slice(0, SHOWN_CHARACTERS_MAX));
  return value.length > SHOWN_CHARACTERS_MAX ? `${quoted}…` : quoted;
}
