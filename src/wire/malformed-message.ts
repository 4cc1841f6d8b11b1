import type { ErrorCode } from '../base/errors.ts';
import { OdradekError } from '../base/errors.ts';

/**
 * Bytes that are no message, or a message with a value that its field cannot have: the only error
 * that decoding throws. It speaks of what a peer sent, never of a bug on this side.
 */
export class MalformedMessage extends OdradekError {
  override readonly name = 'MalformedMessage';

  constructor(message: string, code: ErrorCode = 'INVALID_REQUEST', cause?: unknown) {
    super(code, message, { cause });
  }
}
