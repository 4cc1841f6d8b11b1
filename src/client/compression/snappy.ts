import { CorruptBatch } from '../../record/index.ts';
import type { CompressionCodec } from './codec.ts';
import { decompressing, loadOptional, SYNCHRONOUS_BYTES_MAX, tooLarge } from './codec.ts';

/**
 * Snappy, by `snappy`. Two framings are about, and Kafka's Java client reads both: raw, which
 * librdkafka and this codec write, and that of the Java library (xerial's), in chunks.
 *
 *   xerial: 82 53 4e 41 50 50 59 00, version 4, lowest compatible version 4, then chunks:
 *           length 4, that many bytes of raw snappy; all big-endian
 */
export async function snappyCodec(): Promise<CompressionCodec> {
  const snappy = await loadOptional('snappy', 'snappy', () => import('snappy'));
  return {
    compress: (bytes) =>
      bytes.length <= SYNCHRONOUS_BYTES_MAX ? snappy.compressSync(bytes) : snappy.compress(bytes),
    decompress: (bytes, bytesMax) =>
      decompressing('snappy', async () => {
        const chunks = snappyChunks(bytes);
        // Every chunk says how large it becomes, and the library reserves that much.
        const lengths = chunks.map(uncompressedLength);
        if (lengths.reduce((sum, length) => sum + length, 0) > bytesMax) throw tooLarge(bytesMax);
        const results: Buffer[] = [];
        for (const chunk of chunks) {
          const result =
            chunk.length <= SYNCHRONOUS_BYTES_MAX
              ? snappy.uncompressSync(chunk, { asBuffer: true })
              : await snappy.uncompress(chunk, { asBuffer: true });
          results.push(Buffer.from(result));
        }
        return Buffer.concat(results);
      }),
  };
}

/** The raw snappy streams in either framing. */
function snappyChunks(bytes: Uint8Array): Uint8Array[] {
  if (!XERIAL_MAGIC.every((byte, index) => bytes[index] === byte)) return [bytes];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const chunks: Uint8Array[] = [];
  let at = XERIAL_HEADER_BYTES;
  while (at !== bytes.length) {
    const length = at + 4 <= bytes.length ? view.getInt32(at) : -1;
    if (length <= 0 || length > bytes.length - at - 4) {
      throw new CorruptBatch('a snappy chunk is cut off', at);
    }
    chunks.push(bytes.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return chunks;
}

/** What a raw stream begins with: a varint of up to 32 bits. */
function uncompressedLength(chunk: Uint8Array): number {
  let length = 0;
  for (let index = 0; index < 5; index++) {
    const byte = chunk[index];
    if (byte === undefined) break;
    length += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return length;
  }
  throw new CorruptBatch('a snappy stream does not say how long it is', 0);
}

const XERIAL_MAGIC = [0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00];
const XERIAL_HEADER_BYTES = 16;
