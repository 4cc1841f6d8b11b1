/**
 * Header fields in the one form of HPACK that needs no table on either side: literals without
 * indexing, with a new name and no Huffman code (RFC 7541, 6.2.2). Every HTTP/2 endpoint can read
 * it; this reader reads nothing else, so it is for a peer that has said that it writes nothing else.
 */
import { HTTP2_ERROR, Http2ConnectionError } from './frames.ts';

export type HeaderFields = ReadonlyMap<string, string>;

/** Names in lower case; values of visible ASCII. */
export function encodeHeaderFields(fields: HeaderFields): Buffer {
  const bytes: number[] = [];
  for (const [name, value] of fields) {
    bytes.push(0);
    for (const text of [name, value]) {
      pushInteger(bytes, text.length);
      for (let at = 0; at < text.length; at++) bytes.push(text.charCodeAt(at) & 0xff);
    }
  }
  return Buffer.from(bytes);
}

/** Throws `Http2ConnectionError` for any other form. */
export function decodeHeaderFields(block: Buffer): HeaderFields {
  const fields = new Map<string, string>();
  let at = 0;
  const text = (): string => {
    const [length, behind] = readInteger(block, at);
    if (behind + length > block.length) throw unreadable();
    at = behind + length;
    return block.toString('latin1', behind, at);
  };
  while (at < block.length) {
    if (block[at] !== 0) throw unreadable();
    at += 1;
    const name = text();
    fields.set(name, text());
  }
  return fields;
}

/** With a prefix of seven bits whose eighth, the Huffman flag, is 0; section 5.1. */
function pushInteger(bytes: number[], value: number): void {
  if (value < PREFIX_MAX) {
    bytes.push(value);
    return;
  }
  bytes.push(PREFIX_MAX);
  let rest = value - PREFIX_MAX;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  bytes.push(rest);
}

function readInteger(block: Buffer, start: number): [value: number, behind: number] {
  const first = block[start];
  if (first === undefined || first > PREFIX_MAX) throw unreadable();
  if (first < PREFIX_MAX) return [first, start + 1];
  let value = PREFIX_MAX;
  for (let at = start + 1, factor = 1; factor <= FACTOR_MAX; at++, factor *= 128) {
    const byte = block[at];
    if (byte === undefined) break;
    value += (byte & 127) * factor;
    if (byte < 128) return [value, at + 1];
  }
  throw unreadable();
}

function unreadable(): Http2ConnectionError {
  return new Http2ConnectionError(HTTP2_ERROR.compression, 'header fields that are no literals');
}

const PREFIX_MAX = 127;
/** Three more bytes: lengths of up to two million, far beyond a frame's. */
const FACTOR_MAX = 128 * 128;
