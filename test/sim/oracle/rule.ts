import { InvariantViolation } from '../../../lib/kit/errors.ts';

/** @throws {InvariantViolation} saying `otherwise`, unless it `holds`. */
export function rule(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new InvariantViolation(otherwise);
}
