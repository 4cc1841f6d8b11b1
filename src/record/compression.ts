/** What a batch's records section is compressed with. */
export type Compression = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd';

/** In the order of their codes in the batch's attributes. */
export const COMPRESSIONS: readonly Compression[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd'];

/** The code in the lowest three bits of a batch's attributes. */
export function compressionCode(compression: Compression): number {
  return COMPRESSIONS.indexOf(compression);
}

/** The compression with this code, or null for the codes 5 to 7, which nobody has assigned. */
export function compressionOf(code: number): Compression | null {
  return COMPRESSIONS[code] ?? null;
}
