/** What kind of rule was broken: one that must hold at any moment, of what clients saw, or in peace. */
export type ViolationKind = 'invariant' | 'history' | 'liveness';

/** A rule that a run broke. */
export class Violation extends Error {
  override readonly name = 'Violation';
  readonly kind: ViolationKind;

  constructor(kind: ViolationKind, sentence: string) {
    super(sentence);
    this.kind = kind;
  }
}

/** A violation stays what it is; whatever else a run throws is an invariant that did not hold. */
export function asViolation(reason: unknown): Violation {
  if (reason instanceof Violation) return reason;
  const sentence = reason instanceof Error ? `${reason.name}: ${reason.message}` : String(reason);
  const violation = new Violation('invariant', sentence);
  if (reason instanceof Error && reason.stack !== undefined) violation.stack = reason.stack;
  return violation;
}
