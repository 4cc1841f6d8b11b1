import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import type { CompressionCodec } from './codec.ts';
import { decompressing, SYNCHRONOUS_BYTES_MAX, tooLarge } from './codec.ts';

/** RFC 1952, by Node. */
export function gzipCodec(): CompressionCodec {
  return {
    compress: (bytes) =>
      bytes.length <= SYNCHRONOUS_BYTES_MAX
        ? zlib.gzipSync(bytes, COMPRESS_OPTIONS)
        : gzip(bytes, COMPRESS_OPTIONS),
    decompress: (bytes, bytesMax) =>
      decompressing('gzip', () =>
        bounded(bytesMax, (options) =>
          bytes.length <= SYNCHRONOUS_BYTES_MAX
            ? zlib.gunzipSync(bytes, options)
            : gunzip(bytes, options),
        ),
      ),
  };
}

/** A zlib decompression with a bound on its output. */
export async function bounded(
  bytesMax: number,
  run: (options: { maxOutputLength: number }) => Uint8Array | Promise<Uint8Array>,
): Promise<Uint8Array> {
  try {
    return await run({ maxOutputLength: Math.max(bytesMax, 1) });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE') {
      throw tooLarge(bytesMax);
    }
    throw error;
  }
}

/** Three times as fast as the default of 6, for a fifth more bytes. */
const COMPRESS_OPTIONS = { level: 1 };

const gzip = promisify<zlib.InputType, zlib.ZlibOptions, Buffer>(zlib.gzip);
const gunzip = promisify<zlib.InputType, zlib.ZlibOptions, Buffer>(zlib.gunzip);
