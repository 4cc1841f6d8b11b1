/** Two moments contradict each other, or a promise was broken. */
export class Violation extends Error {
  override readonly name = 'Violation';
  /** `S3`, `L2`, … as in the list of invariants. */
  readonly invariant: string;

  constructor(invariant: string, message: string) {
    super(`${invariant}: ${message}`);
    this.invariant = invariant;
  }
}

/** Throws a `Violation` unless `condition` holds. */
export function must(
  condition: boolean,
  invariant: string,
  message: () => string,
): asserts condition {
  if (!condition) throw new Violation(invariant, message());
}
