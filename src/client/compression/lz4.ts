import { CorruptBatch } from '../../record/index.ts';
import type { CompressionCodec } from './codec.ts';
import { decompressing, loadOptional, SYNCHRONOUS_BYTES_MAX, tooLarge } from './codec.ts';

/**
 * LZ4 frames (magic 0x184D2204), with independent blocks, as Kafka's Java client writes and demands
 * them; by `lz4-napi`.
 */
export async function lz4Codec(): Promise<CompressionCodec> {
  const lz4 = await loadOptional('lz4', 'lz4-napi', () => import('lz4-napi'));
  return {
    compress: (bytes) =>
      bytes.length <= SYNCHRONOUS_BYTES_MAX
        ? lz4.compressFrameSync(asBuffer(bytes))
        : lz4.compressFrame(bytes),
    decompress: (bytes, bytesMax) =>
      decompressing('lz4', async () => {
        const { bound, blockBytesMax } = measureLz4Frame(bytes);
        // All blocks but the last are full, as encoders write them. So this refuses nothing that
        // fits, and what is decompressed exceeds the limit by less than a block.
        if (bound - blockBytesMax >= bytesMax) throw tooLarge(bytesMax);
        const result =
          bytes.length <= SYNCHRONOUS_BYTES_MAX
            ? lz4.decompressFrameSync(asBuffer(bytes))
            : await lz4.decompressFrame(bytes);
        if (result.length > bytesMax) throw tooLarge(bytesMax);
        return result;
      }),
  };
}

/**
 * Walks over one frame's blocks: how many bytes it can become at most. Throws `CorruptBatch` for
 * anything but exactly one whole frame, since the library takes a cut one for the end.
 *
 *   magic 4, flags 1, block size 1, [content size 8], [dictionary id 4], header checksum 1,
 *   blocks: size 4 (highest bit: stored), bytes, [checksum 4]; end mark 4 zeros, [checksum 4]
 */
export function measureLz4Frame(bytes: Uint8Array): { bound: number; blockBytesMax: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const uint32 = (at: number): number => {
    if (at + 4 > bytes.length) throw new CorruptBatch('the lz4 frame is cut off', at);
    return view.getUint32(at, true);
  };
  if (uint32(0) !== 0x184d2204) throw new CorruptBatch('the lz4 frame has another magic', 0);
  const flags = uint32(4) & 0xff;
  const blockBytesMax = BLOCK_BYTES[((uint32(4) >>> 8) & 0x70) >>> 4];
  if (flags >>> 6 !== 1 || blockBytesMax === undefined) {
    throw new CorruptBatch('the lz4 frame has another version or block size', 4);
  }
  let at = 6 + ((flags & 0x08) !== 0 ? 8 : 0) + ((flags & 0x01) !== 0 ? 4 : 0) + 1;
  const blockChecksumBytes = (flags & 0x10) !== 0 ? 4 : 0;
  let bound = 0;
  for (;;) {
    const size = uint32(at);
    at += 4;
    if (size === 0) break;
    const stored = size >= 0x8000_0000;
    const length = size & 0x7fff_ffff;
    bound += stored ? length : Math.min(blockBytesMax, length * RATIO_MAX);
    at += length + blockChecksumBytes;
  }
  if ((flags & 0x04) !== 0) at += 4;
  if (at !== bytes.length) throw new CorruptBatch('one lz4 frame is expected, and no more', at);
  return { bound, blockBytesMax };
}

/** By the code in the frame's header. */
const BLOCK_BYTES: Readonly<Record<number, number>> = {
  4: 64 * 1024,
  5: 256 * 1024,
  6: 1024 * 1024,
  7: 4 * 1024 * 1024,
};

/** No byte of a block becomes more than 255. */
const RATIO_MAX = 255;

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
