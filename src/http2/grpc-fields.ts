/** gRPC's header fields and trailers (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md). */
import type { HeaderFields } from './header-fields.ts';

/** How a call ended. */
export interface CallStatus {
  /** gRPC's number; 0 is well. */
  readonly code: number;
  readonly message: string;
  /** The value of `grpc-status-details-bin`. */
  readonly details: Buffer | null;
}

export const STATUS_OK: CallStatus = { code: 0, message: '', details: null };
export const DETAILS_TRAILER = 'grpc-status-details-bin';
export const DEADLINE_EXCEEDED = 4;
export const UNIMPLEMENTED = 12;
export const UNAVAILABLE = 14;
const UNKNOWN = 2;
/** A call that ended well without the message that it owed. */
export const NO_ANSWER: CallStatus = { code: UNKNOWN, message: '', details: null };

const CONTENT_TYPE = 'application/grpc';

export function requestFields(path: string, authority: string): HeaderFields {
  return new Map([
    [':method', 'POST'],
    [':scheme', 'http'],
    [':path', path],
    [':authority', authority],
    ['content-type', CONTENT_TYPE],
    ['te', 'trailers'],
    ['user-agent', 'odradek'],
  ]);
}

/** The method that is called; null: this is no call. */
export function pathOf(fields: HeaderFields): string | null {
  const isCall =
    fields.get(':method') === 'POST' &&
    fields.get('content-type')?.startsWith(CONTENT_TYPE) === true;
  return isCall ? (fields.get(':path') ?? null) : null;
}

export function responseFields(): HeaderFields {
  return new Map([
    [':status', '200'],
    ['content-type', CONTENT_TYPE],
  ]);
}

export function trailers({ code, message, details }: CallStatus): HeaderFields {
  const fields = new Map([['grpc-status', String(code)]]);
  if (message !== '') fields.set('grpc-message', percentEncoded(message));
  if (details !== null) fields.set(DETAILS_TRAILER, details.toString('base64'));
  return fields;
}

/** Throws nothing: what cannot be read is UNKNOWN. */
export function statusOf(fields: HeaderFields): CallStatus {
  const code = fields.get('grpc-status') ?? '';
  const details = fields.get(DETAILS_TRAILER);
  return {
    code: /^\d{1,9}$/.test(code) ? Number(code) : UNKNOWN,
    message: percentDecoded(fields.get('grpc-message') ?? ''),
    details: details === undefined ? null : Buffer.from(details, 'base64'),
  };
}

function percentEncoded(text: string): string {
  let encoded = '';
  for (const byte of Buffer.from(text)) {
    const isPlain = byte >= 0x20 && byte <= 0x7e && byte !== 0x25;
    encoded += isPlain
      ? String.fromCharCode(byte)
      : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return encoded;
}

function percentDecoded(text: string): string {
  const bytes = text.replaceAll(/%([0-9a-fA-F]{2})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
  return Buffer.from(bytes, 'latin1').toString();
}
