/** The number that an option was given; if it is none, or out of bounds, adds a sentence to `problems`. */
export function anyNumber(
  name: string,
  text: string,
  least: number,
  most: number,
  problems: string[],
): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= least && value <= most)) {
    problems.push(`--${name} ${text}: allowed is a number from ${least} to ${most}`);
  }
  return value;
}

/** The same, for what is counted. */
export function wholeNumber(
  name: string,
  text: string,
  least: number,
  most: number,
  problems: string[],
): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isInteger(value) || value < least || value > most) {
    problems.push(`--${name} ${text}: allowed is a whole number from ${least} to ${most}`);
  }
  return value;
}
