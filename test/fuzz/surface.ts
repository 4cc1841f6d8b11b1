/** What a surface is: a door through which bytes come in, with what must hold whatever they are. */
import { InvariantViolation } from '../../src/base/assert.ts';
import { OdradekError } from '../../src/base/errors.ts';
import { FileSystemError } from '../../src/base/file-system.ts';
import { CorruptEvent } from '../../src/controller/event-codec.ts';
import { CorruptLogError } from '../../src/log/corrupt-log-error.ts';
import { UnknownLogStateVersion } from '../../src/log/log-state.ts';
import { CorruptBatch } from '../../src/record/index.ts';
import type { SeededRandom } from '../../src/testing/seeded-random.ts';

/** What became of one input. `code` is the catalogue's, or the name of the domain's own error. */
export type Outcome =
  { readonly kind: 'accepted' } | { readonly kind: 'refused'; readonly code: string };

export interface SurfaceContext {
  /** Seeded by the input's bytes alone, so that a replay draws the same. */
  readonly random: SeededRandom;
}

/**
 * Made once in a worker thread, run from then on, closed at the end. `next` is a pure function of
 * what it draws, and `run` of its input (the live surfaces come as close to that as a cluster lets
 * them).
 */
export interface Surface {
  readonly name: string;
  /** How many inputs may be under way at once: 1 in memory. */
  readonly concurrency: number;
  /** An input that takes longer is a failure. */
  readonly inputMsMax: number;
  /** Valid inputs, all of which must be accepted. */
  readonly seeds: readonly Uint8Array[];
  /** The next input: some valid one, mutated. */
  next(random: SeededRandom): Uint8Array | Promise<Uint8Array>;
  /** Throws whatever is no refusal: that is a failure. */
  run(input: Uint8Array, context: SurfaceContext): Outcome | Promise<Outcome>;
  /** With nothing under way: throws unless everything that inputs made is gone again. */
  settle?(): Promise<void>;
  close?(): Promise<void>;
}

/** An oracle's verdict: what had to hold did not. */
export class FuzzFailure extends Error {
  override readonly name = 'FuzzFailure';
}

export const ACCEPTED: Outcome = { kind: 'accepted' };

export function refused(code: string): Outcome {
  return { kind: 'refused', code };
}

/** Fails the input unless `condition` holds. */
export function expectThat(condition: boolean, message: string | (() => string)): void {
  if (!condition) throw new FuzzFailure(typeof message === 'string' ? message : message());
}

/**
 * The refusal that this error is. Anything that is none is thrown again: an error that nobody declared,
 * and one that was declared around a bug.
 */
export function refusalOf(error: unknown): Outcome {
  if (!(error instanceof Error)) throw error;
  rethrowBugs(error);
  if (error instanceof OdradekError) return refused(error.code);
  if (DOMAIN_ERRORS.some((type) => error instanceof type)) return refused(error.name);
  throw error;
}

/** Errors of the language and broken promises are bugs, also where another error wraps them. */
export function rethrowBugs(error: unknown): void {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    // Node's own refusals of a value (invalid UTF-8 is one) are TypeErrors with a code.
    const isRefusal = 'code' in at && typeof at.code === 'string' && at.code.startsWith('ERR_');
    const isBug = BUGS.some((type) => at instanceof type) || isStackOverflow(at);
    if (isBug && !isRefusal) throw error;
    if (at instanceof OdradekError && at.code === 'UNKNOWN_SERVER_ERROR') throw error;
  }
}

/** Stringified by a surface, which must not go through `JSON.stringify` of something large. */
export function shortly(value: unknown): string {
  const text = value instanceof Error ? value.message : JSON.stringify(value);
  return text.length <= 200 ? text : `${text.slice(0, 200)}…`;
}

function isStackOverflow(error: Error): boolean {
  return error instanceof RangeError && error.message.includes('call stack');
}

const BUGS = [InvariantViolation, FuzzFailure, TypeError, ReferenceError, EvalError] as const;

/** The rooms' own errors, which the catalogue does not have: they stay inside one process. */
const DOMAIN_ERRORS = [
  CorruptBatch,
  CorruptEvent,
  CorruptLogError,
  FileSystemError,
  UnknownLogStateVersion,
] as const;
