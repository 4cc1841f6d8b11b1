import { OdradekError } from '../base/errors.ts';
import type { Compression } from '../record/compression.ts';

/** One compression of a batch's records section, both ways. */
export interface BatchCodec {
  compress(records: Uint8Array): Uint8Array | Promise<Uint8Array>;
  /** Rejects with `CorruptBatch` for bytes that are not compressed so, or become more than `bytesMax`. */
  decompress(records: Uint8Array, bytesMax: number): Uint8Array | Promise<Uint8Array>;
}

/**
 * What compaction opens compressed batches with. The log has no codec of its own; whoever composes
 * the broker gives it those that are installed.
 */
export interface BatchCodecs {
  /** Null where the codec of this name is not installed here. */
  find(name: Exclude<Compression, 'none'>): Promise<BatchCodec | null>;
}

/** Where nothing is installed: compressed batches stay as they are. */
export const NO_CODECS: BatchCodecs = { find: () => Promise.resolve(null) };

/** Those that `codecFor` gives; it rejects with `CODEC_UNAVAILABLE` for one that is not installed. */
export function installedCodecs(
  codecFor: (name: Exclude<Compression, 'none'>) => Promise<BatchCodec>,
): BatchCodecs {
  return {
    find: (name) =>
      codecFor(name).catch((error: unknown) => {
        if (error instanceof OdradekError && error.code === 'CODEC_UNAVAILABLE') return null;
        throw error;
      }),
  };
}
