import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import { CorruptBatch } from '../../record/index.ts';
import type { CompressionCodec } from './codec.ts';
import { decompressing, loadOptional, SYNCHRONOUS_BYTES_MAX, tooLarge } from './codec.ts';
import { bounded } from './gzip.ts';

/**
 * One zstd frame: by Node where it can (from 22.15), else in WebAssembly by `@hpcc-js/wasm-zstd`,
 * which works in the event loop and copies its results byte by byte (measured on Node 20: it reads
 * some 9 MB a second): enough to read what others wrote, no reason to choose zstd on an older Node.
 */
export async function zstdCodec(): Promise<CompressionCodec> {
  return nodeZstdCodec() ?? (await wasmZstdCodec());
}

/** Null where Node is too old. */
export function nodeZstdCodec(): CompressionCodec | null {
  const node: object & Partial<NodeZstd> = { ...zlib };
  const { zstdCompress, zstdCompressSync, zstdDecompress, zstdDecompressSync } = node;
  if (!zstdCompress || !zstdCompressSync || !zstdDecompress || !zstdDecompressSync) return null;
  const compress = promisify(zstdCompress);
  const decompress = promisify(zstdDecompress);
  return {
    compress: (bytes) =>
      bytes.length <= SYNCHRONOUS_BYTES_MAX ? zstdCompressSync(bytes, {}) : compress(bytes, {}),
    decompress: (bytes, bytesMax) =>
      decompressing('zstd', () =>
        bounded(bytesMax, (options) =>
          bytes.length <= SYNCHRONOUS_BYTES_MAX
            ? zstdDecompressSync(bytes, options)
            : decompress(bytes, options),
        ),
      ),
  };
}

export async function wasmZstdCodec(): Promise<CompressionCodec> {
  const { Zstd } = await loadOptional(
    'zstd',
    '@hpcc-js/wasm-zstd',
    () => import('@hpcc-js/wasm-zstd'),
  );
  return {
    compress: async (bytes) => (await Zstd.load()).compress(bytes),
    decompress: (bytes, bytesMax) =>
      decompressing('zstd', async () => {
        const { contentBytes, bound } = measureZstdFrame(bytes);
        if (contentBytes !== null && contentBytes > bytesMax) throw tooLarge(bytesMax);
        if (bound === 0) return new Uint8Array(0);
        const zstd = await Zstd.load();
        // From here on nothing waits: the one instance of the process keeps state between calls.
        if (contentBytes !== null) return zstd.decompress(bytes);
        // Frames written as a stream, as Kafka's Java client writes them, do not say what they
        // become. One byte more than is allowed shows that there is more; nothing at all is how the
        // library says that the frame is damaged.
        zstd.reset();
        const result = zstd.decompressChunk(bytes, Math.min(bound, bytesMax + 1));
        if (result.length > bytesMax) throw tooLarge(bytesMax);
        if (result.length === 0) throw new CorruptBatch('the zstd frame is damaged', 0);
        return result;
      }),
  };
}

/**
 * Walks over one frame's blocks (RFC 8878): what it says that it becomes, if it says so, and what it
 * can become at most. Throws `CorruptBatch` for anything but exactly one whole frame.
 *
 *   magic 4, descriptor 1, [window 1], [dictionary id 1, 2 or 4], [content size 1, 2, 4 or 8],
 *   blocks: header 3 (lowest bit: last; 2 bits type; size), bytes; [checksum 4]
 */
export function measureZstdFrame(bytes: Uint8Array): {
  contentBytes: number | null;
  bound: number;
} {
  const little = (at: number, length: number): number => {
    if (at + length > bytes.length) throw new CorruptBatch('the zstd frame is cut off', at);
    let value = 0;
    for (let index = length - 1; index >= 0; index--) {
      value = value * 256 + (bytes[at + index] ?? 0);
    }
    return value;
  };
  if (little(0, 4) !== 0xfd2fb528) throw new CorruptBatch('the zstd frame has another magic', 0);
  const descriptor = little(4, 1);
  const singleSegment = (descriptor & 0x20) !== 0;
  const sizeCode = descriptor >>> 6;
  const sizeBytes = sizeCode === 0 ? Number(singleSegment) : 2 ** sizeCode;
  const dictionaryIdBytes = (1 << (descriptor & 3)) >>> 1;
  let at = 5 + (singleSegment ? 0 : 1) + dictionaryIdBytes;
  const contentBytes = sizeBytes === 0 ? null : little(at, sizeBytes) + (sizeBytes === 2 ? 256 : 0);
  at += sizeBytes;
  let bound = 0;
  for (let last = false; !last;) {
    const header = little(at, 3);
    last = (header & 1) !== 0;
    const type = (header >>> 1) & 3;
    const size = header >>> 3;
    if (type === 3) throw new CorruptBatch('a zstd block has an unknown type', at);
    bound += type === COMPRESSED_BLOCK ? BLOCK_BYTES_MAX : size;
    at += 3 + (type === REPEATED_BYTE_BLOCK ? 1 : size);
  }
  if ((descriptor & 0x04) !== 0) at += 4;
  if (at !== bytes.length) throw new CorruptBatch('one zstd frame is expected, and no more', at);
  return { contentBytes, bound };
}

const REPEATED_BYTE_BLOCK = 1;
const COMPRESSED_BLOCK = 2;
const BLOCK_BYTES_MAX = 128 * 1024;

type Callback = (error: Error | null, result: Uint8Array) => void;

/** What newer versions of Node have in `node:zlib`, and the types of the oldest supported one lack. */
interface NodeZstd {
  zstdCompressSync(bytes: Uint8Array, options: object): Uint8Array;
  zstdCompress(bytes: Uint8Array, options: object, done: Callback): void;
  zstdDecompressSync(bytes: Uint8Array, options: object): Uint8Array;
  zstdDecompress(bytes: Uint8Array, options: object, done: Callback): void;
}
