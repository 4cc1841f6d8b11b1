import { OdradekError } from '../../base/errors.ts';
import { CorruptBatch } from '../../record/index.ts';

/**
 * Compresses the records section of a batch as one stream, and back. Called with many batches at the
 * same time; what it returns may share no memory with what it was given.
 */
export interface CompressionCodec {
  compress(bytes: Uint8Array): Uint8Array | Promise<Uint8Array>;
  /**
   * Throws `CorruptBatch` for bytes that are not what `compress` makes, and, before it takes much
   * more memory than that, for those that would become more than `bytesMax`.
   */
  decompress(bytes: Uint8Array, bytesMax: number): Uint8Array | Promise<Uint8Array>;
}

/** Below this many bytes a round trip to a thread costs more than it relieves the event loop of. */
export const SYNCHRONOUS_BYTES_MAX = 32 * 1024;

/** The refusal of a decompression bomb. */
export function tooLarge(bytesMax: number): CorruptBatch {
  return new CorruptBatch(`the records decompress to more than ${bytesMax} bytes`, 0);
}

/**
 * Loads a package that need not be installed. Throws `CODEC_UNAVAILABLE` naming it if it is missing
 * or does not run on this machine.
 */
export async function loadOptional<Module>(
  compression: string,
  packageName: string,
  load: () => Promise<Module>,
): Promise<Module> {
  try {
    return await load();
  } catch (cause) {
    throw new OdradekError(
      'CODEC_UNAVAILABLE',
      `${compression} needs the package ${packageName}, which cannot be loaded; npm install ${packageName}`,
      { cause },
    );
  }
}

/** Runs a library's decompression, whose errors are about the bytes that it was given. */
export async function decompressing(
  compression: string,
  run: () => Uint8Array | Promise<Uint8Array>,
): Promise<Uint8Array> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof CorruptBatch) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new CorruptBatch(`the records are not ${compression}: ${reason}`, 0);
  }
}
