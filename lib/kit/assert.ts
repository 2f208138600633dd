import { InvariantViolation } from './errors.ts';

/** States what must be true here. A failure is a bug in this program and ends the process. */
export function assert(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new InvariantViolation(otherwise);
}

/** The end of an exhaustive switch: adding a variant makes its caller fail to compile. */
export function unreachable(value: never): never {
  throw new InvariantViolation(`no case for ${JSON.stringify(value)}`);
}
