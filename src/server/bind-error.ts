import { OdradekError } from '../base/errors.ts';
import { formatEndpoint } from '../wire/metadata-messages.ts';

/** Why a listener could not have its address, and what to do about it. */
export function bindError(
  endpoint: { readonly host: string; readonly port: number },
  reason: string,
  cause: unknown,
): OdradekError {
  const address = formatEndpoint(endpoint);
  if (reason.includes('EADDRINUSE')) {
    return new OdradekError(
      'ADDRESS_IN_USE',
      `cannot listen on ${address}: another process does. Stop it, or choose another port`,
      { cause },
    );
  }
  return new OdradekError('INVALID_CONFIG', `cannot listen on ${address}: ${reason}`, { cause });
}
