/**
 * The compression of a batch's records section. The broker never opens a batch, so that what is
 * compressed with what is settled between clients, and a codec that is not installed is a matter of
 * the client that needs it: each is loaded when it is first used.
 */
import type { Compression, RecordBatchView } from '../../record/index.ts';
import { assert, assertNever } from '../../base/assert.ts';
import type { CompressionCodec } from './codec.ts';
import { gzipCodec } from './gzip.ts';
import { lz4Codec } from './lz4.ts';
import { snappyCodec } from './snappy.ts';
import { zstdCodec } from './zstd.ts';

export type { CompressionCodec } from './codec.ts';

export type CodecName = Exclude<Compression, 'none'>;

/** What was registered or has been asked for, in this process. */
const codecs = new Map<CodecName, Promise<CompressionCodec>>();

/** Takes the place of the codec of this name: another library, another level. */
export function registerCodec(name: CodecName, codec: CompressionCodec): void {
  codecs.set(name, Promise.resolve(codec));
}

/** Rejects with `CODEC_UNAVAILABLE`, naming what to install. */
export function codecFor(name: CodecName): Promise<CompressionCodec> {
  const known = codecs.get(name);
  if (known !== undefined) return known;
  const loading = load(name);
  codecs.set(name, loading);
  return loading;
}

/**
 * The same batch with its records readable. Rejects with `CorruptBatch` for records that are not what
 * the header says or would become more than `bytesMax`, with `CODEC_UNAVAILABLE` as `codecFor` does.
 */
export async function decompressBatch(
  batch: RecordBatchView,
  bytesMax: number,
): Promise<RecordBatchView> {
  if (!batch.needsDecompression) return batch;
  const { compression } = batch.header;
  assert(
    compression !== null && compression !== 'none',
    'what needs decompression is compressed with something that is known',
  );
  const codec = await codecFor(compression);
  return batch.withDecompressed(await codec.decompress(batch.compressedRecords, bytesMax));
}

async function load(name: CodecName): Promise<CompressionCodec> {
  switch (name) {
    case 'gzip':
      return gzipCodec();
    case 'snappy':
      return snappyCodec();
    case 'lz4':
      return lz4Codec();
    case 'zstd':
      return zstdCodec();
    default:
      return assertNever(name);
  }
}
