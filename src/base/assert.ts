/**
 * A bug: something that this code promises itself did not hold. Nobody catches it but the command's
 * outermost frame, which logs it and exits with a failure: carrying on would be worse than stopping.
 */
export class InvariantViolation extends Error {
  override readonly name = 'InvariantViolation';
}

/** Throws `InvariantViolation` unless `condition` holds. On in production. */
export function assert(condition: unknown, message: string | (() => string)): asserts condition {
  if (!condition) {
    throw new InvariantViolation(typeof message === 'string' ? message : message());
  }
}

/** Ends a `switch` over a discriminated union: a case that the compiler has seen to be impossible. */
export function assertNever(value: never): never {
  throw new InvariantViolation(`unexpected value ${JSON.stringify(value)}`);
}
