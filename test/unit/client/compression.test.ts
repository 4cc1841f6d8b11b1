import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { timestamp } from '../../../src/base/ids.ts';
import { OdradekError } from '../../../src/base/errors.ts';
import type { CompressionCodec } from '../../../src/client/compression/codec.ts';
import { loadOptional } from '../../../src/client/compression/codec.ts';
import type { CodecName } from '../../../src/client/compression/codecs.ts';
import {
  codecFor,
  decompressBatch,
  registerCodec,
} from '../../../src/client/compression/codecs.ts';
import { gzipCodec } from '../../../src/client/compression/gzip.ts';
import { lz4Codec, measureLz4Frame } from '../../../src/client/compression/lz4.ts';
import { snappyCodec } from '../../../src/client/compression/snappy.ts';
import { nodeZstdCodec, wasmZstdCodec } from '../../../src/client/compression/zstd.ts';
import { CorruptBatch, RecordBatchBuilder, RecordBatchView } from '../../../src/record/index.ts';

const nodeZstd = nodeZstdCodec();
const CODECS: [string, CompressionCodec][] = [
  ['gzip', gzipCodec()],
  ['snappy', await snappyCodec()],
  ['lz4', await lz4Codec()],
  ['zstd in WebAssembly', await wasmZstdCodec()],
  ...(nodeZstd === null ? [] : [['zstd in Node', nodeZstd] as [string, CompressionCodec]]),
];
const MIB = 1024 * 1024;
const same = (one: Uint8Array, other: Uint8Array): boolean => Buffer.from(one).equals(other);
const fromHex = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));

/** Small and large, compressible and not. */
const INPUTS: Uint8Array[] = [
  new Uint8Array(0),
  Uint8Array.of(7),
  Buffer.from('odradek '.repeat(100)),
  Uint8Array.from({ length: 20_000 }, (_, index) => (index * index * 31) >> 3),
  new Uint8Array(300_000),
  Uint8Array.from({ length: 300_000 }, (_, index) => (index * 2654435761) >>> 13),
];

describe.each(CODECS)('%s', (_name, codec) => {
  test('gives back what it was given', async () => {
    for (const input of INPUTS) {
      const compressed = await codec.compress(input);
      expect(same(await codec.decompress(compressed, input.length), input)).toBe(true);
    }
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 3000 }), async (input) => {
        const compressed = await codec.compress(input);
        expect(same(await codec.decompress(compressed, 3000), input)).toBe(true);
      }),
    );
  });

  test('makes repetitive records smaller', async () => {
    const input = Buffer.from('{"flight":"XY 123","delay":0}\n'.repeat(1000));
    expect((await codec.compress(input)).length).toBeLessThan(input.length / 5);
  });

  test('refuses to become more than is allowed, by a byte or by far', async () => {
    for (const length of [1000, 100_000, 2 * MIB]) {
      const bomb = await codec.compress(new Uint8Array(length));
      await expect(codec.decompress(bomb, length)).resolves.toHaveLength(length);
      for (const bytesMax of [length - 1, length >> 1, 10]) {
        await expect(codec.decompress(bomb, bytesMax)).rejects.toThrow(
          new CorruptBatch(`the records decompress to more than ${bytesMax} bytes`, 0),
        );
      }
    }
  });

  test('what is cut off anywhere is corrupt', async () => {
    const compressed = await codec.compress(Buffer.from('records '.repeat(50)));
    for (let length = 0; length < compressed.length; length++) {
      const cut = compressed.slice(0, length);
      await expect(codec.decompress(cut, 10_000), `${length} bytes`).rejects.toThrow(CorruptBatch);
    }
  });

  test('nothing but CorruptBatch comes out of damaged bytes, and the next ones are read', async () => {
    const input = Buffer.from(
      Array.from({ length: 200 }, (_, index) => `record ${index * 7}`).join(),
    );
    const compressed = await codec.compress(input);
    for (let at = 0; at < compressed.length * 8; at += 5) {
      const damaged = Uint8Array.from(compressed);
      damaged[at >> 3] = (damaged[at >> 3] ?? 0) ^ (1 << (at & 7));
      try {
        expect((await codec.decompress(damaged, 10_000)).length).toBeLessThanOrEqual(10_000);
      } catch (error) {
        if (!(error instanceof CorruptBatch)) throw error;
      }
    }
    expect(same(await codec.decompress(compressed, 10_000), input)).toBe(true);
  });

  test('many at the same time do not disturb each other', async () => {
    const inputs = Array.from({ length: 20 }, (_, index) =>
      new Uint8Array(5000 * index).fill(index),
    );
    const results = await Promise.all(
      inputs.map(async (input) => {
        const compressed = await codec.compress(input);
        const damaged = codec.decompress(compressed.slice(0, -1), 200_000);
        await expect(damaged).rejects.toThrow(CorruptBatch);
        return codec.decompress(compressed, 200_000);
      }),
    );
    results.forEach((result, index) => expect(same(result, inputs[index] ?? result)).toBe(true));
  });
});

describe('framings of other writers', () => {
  test('snappy in the chunks of the Java library', async () => {
    const codec = await snappyCodec();
    const chunks = [Buffer.from('first chunk, '.repeat(20)), Buffer.from('and the second')];
    const framed: Uint8Array[] = [fromHex('82534e41505059000000000100000001')];
    for (const chunk of chunks) {
      const raw = await codec.compress(chunk);
      const length = Buffer.alloc(4);
      length.writeInt32BE(raw.length);
      framed.push(length, raw);
    }
    const bytes = Buffer.concat(framed);
    const whole = Buffer.concat(chunks);
    expect(same(await codec.decompress(bytes, whole.length), whole)).toBe(true);
    await expect(codec.decompress(bytes, whole.length - 1)).rejects.toThrow('decompress to more');
    await expect(codec.decompress(bytes.subarray(0, -1), 10_000)).rejects.toThrow(CorruptBatch);
    await expect(codec.decompress(bytes.subarray(0, 18), 10_000)).rejects.toThrow(CorruptBatch);
  });

  test('a snappy stream that claims four gigabytes is refused before they are reserved', async () => {
    const codec = await snappyCodec();
    await expect(codec.decompress(fromHex('ffffffff0f00'), 10_000)).rejects.toThrow(
      'more than 10000',
    );
  });

  test('an lz4 frame by hand: stored block, content size, both checksums left out', async () => {
    // Flags 0x60: version 1, independent blocks; 64 KiB blocks; header checksum 0x82.
    const frame = fromHex('04224d18604082' + '03000080' + '616263' + '00000000');
    expect(measureLz4Frame(frame)).toEqual({ bound: 3, blockBytesMax: 65_536 });
    expect(Buffer.from(await (await lz4Codec()).decompress(frame, 3)).toString()).toBe('abc');
  });

  test('what is written as lz4 is a frame of independent blocks, as Java demands', async () => {
    const frame = await (await lz4Codec()).compress(Buffer.from('abc'));
    expect(Buffer.from(frame.slice(0, 4)).toString('hex')).toBe('04224d18');
    expect((frame[4] ?? 0) & 0x20).toBe(0x20);
  });

  test('a zstd frame that does not say how much it becomes', async () => {
    // Window descriptor 0x58, no content size; one stored block of 3 bytes; one of 'd' 2,000 times.
    const frame = fromHex('28b52ffd' + '00' + '58' + '180000' + '616263' + '833e00' + '64');
    const codec = await wasmZstdCodec();
    expect(same(await codec.decompress(frame, 5000), Buffer.from('abc' + 'd'.repeat(2000)))).toBe(
      true,
    );
    await expect(codec.decompress(frame, 2002)).rejects.toThrow('more than 2002');
    const compressedBlock = frame.with(6, 0x1c); // What is stored is said to be compressed.
    await expect(codec.decompress(compressedBlock, 5000)).rejects.toThrow(CorruptBatch);
    expect((await codec.decompress(frame, 5000)).length).toBe(2003);
  });
});

describe('choosing a codec', () => {
  test('a batch goes through every codec and back', async () => {
    for (const name of ['gzip', 'snappy', 'lz4', 'zstd'] as const satisfies CodecName[]) {
      const builder = new RecordBatchBuilder({ bytesMax: MIB });
      for (let index = 0; index < 500; index++) {
        const value = `a record among others, number ${index}`;
        builder.append({ key: `${index}`, value, timestamp: timestamp(1_700_000_000_000 + index) });
      }
      const plain = [...new RecordBatchView(builder.build()).records()];
      const codec = await codecFor(name);
      const rebuilt = new RecordBatchBuilder({ bytesMax: MIB });
      for (const { key, value, timestamp } of plain) rebuilt.append({ key, value, timestamp });
      const compressed = await codec.compress(rebuilt.recordsSection);
      const view = new RecordBatchView(rebuilt.sealCompressed(compressed, name));
      expect(view.header.compression).toBe(name);
      expect(view.crcAgrees()).toBe(true);
      const readable = await decompressBatch(view, MIB);
      const values = [...readable.records()].map((record) =>
        Buffer.from(record.value ?? []).toString(),
      );
      expect(values).toEqual(plain.map((record) => Buffer.from(record.value ?? []).toString()));
      await expect(decompressBatch(view, 100)).rejects.toThrow(CorruptBatch);
    }
  });

  test('a batch that is not compressed is left as it is', async () => {
    const builder = new RecordBatchBuilder({ bytesMax: 1000 });
    builder.append({ key: null, value: 'x', timestamp: timestamp(0) });
    const view = new RecordBatchView(builder.build());
    expect(await decompressBatch(view, 1)).toBe(view);
  });

  test('a codec is loaded once', async () => {
    expect(await codecFor('lz4')).toBe(await codecFor('lz4'));
  });

  test('a registered codec takes the place of the built-in one', async () => {
    const before = await codecFor('snappy');
    const mine: CompressionCodec = { compress: (bytes) => bytes, decompress: (bytes) => bytes };
    registerCodec('snappy', mine);
    expect(await codecFor('snappy')).toBe(mine);
    registerCodec('snappy', before);
  });

  test('a missing package is named', async () => {
    const name = 'odradek-no-such-codec';
    const loading = loadOptional('lz4', name, () => import(name) as Promise<object>);
    await expect(loading).rejects.toThrow(OdradekError);
    await expect(loading).rejects.toMatchObject({
      code: 'CODEC_UNAVAILABLE',
      message: expect.stringContaining(`npm install ${name}`) as string,
    });
  });
});
