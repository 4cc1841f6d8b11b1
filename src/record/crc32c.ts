/**
 * CRC-32C (Castagnoli, RFC 3720 appendix B.4), which a batch carries over its bytes from position 21.
 *
 * Two implementations that agree: a native one from the optional package `@node-rs/crc32`, looked up
 * once when this module loads, and one in JavaScript. The call into native code costs as much as a
 * few hundred bytes in JavaScript, so short inputs never take it.
 */
/* eslint-disable @typescript-eslint/no-non-null-assertion -- bytes between checked bounds, tables of fixed size */
import { createRequire } from 'node:module';

/** The CRC-32C of `bytes` from `start` to `end` (exclusive), as an unsigned 32-bit number. */
export function crc32c(bytes: Uint8Array, start = 0, end = bytes.length): number {
  if (native === null || end - start < NATIVE_FROM_BYTES) {
    return javascriptCrc32c(bytes, start, end);
  }
  return nativeCrc32c(native, bytes, start, end);
}

/** Which implementation long inputs take: said once when a process starts. */
export function crc32cImplementation(): 'native' | 'javascript' {
  return native === null ? 'javascript' : 'native';
}

export type Crc32c = (bytes: Uint8Array, start?: number, end?: number) => number;

type NativeCrc32c = (input: Uint8Array) => number;

/** Below this the JavaScript implementation is faster than the call (measured: about 250 bytes). */
const NATIVE_FROM_BYTES = 256;

const native: NativeCrc32c | null = loadNative();

/** Both implementations, so that a test can hold them against each other; `native` may be missing. */
export const CRC32C_IMPLEMENTATIONS: {
  readonly javascript: Crc32c;
  readonly native: Crc32c | null;
} = {
  javascript: (bytes, start = 0, end = bytes.length) => javascriptCrc32c(bytes, start, end),
  native:
    native === null
      ? null
      : (bytes, start = 0, end = bytes.length) => nativeCrc32c(native, bytes, start, end),
};

function loadNative(): NativeCrc32c | null {
  let found: unknown;
  try {
    found = createRequire(import.meta.url)('@node-rs/crc32');
  } catch {
    // Not installed, or no binary for this machine: the package is optional.
    return null;
  }
  if (typeof found !== 'object' || found === null || !('crc32c' in found)) return null;
  return typeof found.crc32c === 'function' ? (found.crc32c as NativeCrc32c) : null;
}

function nativeCrc32c(
  implementation: NativeCrc32c,
  bytes: Uint8Array,
  start: number,
  end: number,
): number {
  const whole = start === 0 && end === bytes.length;
  return implementation(whole ? bytes : bytes.subarray(start, end)) >>> 0;
}

/** 0x1EDC6F41 with its bits reversed. */
const POLYNOMIAL = 0x82f63b78;

/**
 * Eight tables of 256 entries, one behind the other: table `k` holds the CRC of a byte that `k` zero
 * bytes follow, so that eight bytes are taken in one step (slice-by-8).
 */
const TABLES = buildTables();

function buildTables(): Int32Array {
  const tables = new Int32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) !== 0 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    tables[byte] = crc;
  }
  for (let at = 256; at < tables.length; at++) {
    const previous = tables[at - 256]!;
    tables[at] = (previous >>> 8) ^ tables[previous & 0xff]!;
  }
  return tables;
}

function javascriptCrc32c(bytes: Uint8Array, start: number, end: number): number {
  const tables = TABLES;
  let crc = -1;
  let at = start;
  for (const blocksEnd = end - 7; at < blocksEnd; at += 8) {
    crc ^= bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    crc =
      tables[1792 + (crc & 0xff)]! ^
      tables[1536 + ((crc >>> 8) & 0xff)]! ^
      tables[1280 + ((crc >>> 16) & 0xff)]! ^
      tables[1024 + (crc >>> 24)]! ^
      tables[768 + bytes[at + 4]!]! ^
      tables[512 + bytes[at + 5]!]! ^
      tables[256 + bytes[at + 6]!]! ^
      tables[bytes[at + 7]!]!;
  }
  for (; at < end; at++) crc = (crc >>> 8) ^ tables[(crc ^ bytes[at]!) & 0xff]!;
  return ~crc >>> 0;
}
