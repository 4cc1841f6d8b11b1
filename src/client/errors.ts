import type { Refusal } from '../base/errors.ts';
import { ERRORS, OdradekError } from '../base/errors.ts';

/** Whether a value is an error of this SDK, with a `code` of the catalogue. */
export function isOdradekError(value: unknown): value is OdradekError {
  return value instanceof OdradekError;
}

/** Where an error belongs. */
export interface ErrorPlace {
  readonly topic?: string;
  readonly partition?: number;
  readonly cause?: unknown;
}

/** What a broker has refused, as an exception. */
export function errorOfRefusal(refused: Refusal, place: ErrorPlace = {}): OdradekError {
  return new OdradekError(refused.code, refused.message, place);
}

/** A request that never left: no connection could be made, so nothing has happened. */
export class NotConnected extends OdradekError {
  constructor(message: string, cause?: unknown) {
    super('NETWORK_EXCEPTION', message, { cause });
  }
}

/** Any thrown value as an error of the catalogue. */
export function toOdradekError(value: unknown, place: ErrorPlace = {}): OdradekError {
  if (value instanceof OdradekError) return value;
  const message = value instanceof Error ? value.message : String(value);
  return new OdradekError('UNKNOWN_SERVER_ERROR', message, { cause: value, ...place });
}

/** The error of a call that its caller gave up through an `AbortSignal`. */
export function abortedError(signal: AbortSignal, place: ErrorPlace = {}): OdradekError {
  return new OdradekError('ABORTED_BY_CALLER', ERRORS.ABORTED_BY_CALLER.message, {
    cause: signal.reason,
    ...place,
  });
}

export function closedError(place: ErrorPlace = {}): OdradekError {
  return new OdradekError('CLIENT_CLOSED', ERRORS.CLIENT_CLOSED.message, place);
}
