import { describe, expect, test } from 'vitest';
import { leaderEpoch, offset, partitionIndex, topicId } from '../../../src/base/ids.ts';
import { encodeFetchResponse } from '../../../src/wire/hot/fetch.ts';
import { encodeProduceStreamRequest } from '../../../src/wire/hot/produce.ts';
import { GatheredBytes, GatheringWriter } from '../../../src/wire/hot/wire-writer.ts';

const TOPIC = 'a'.repeat(300);

describe('a gathered message', () => {
  test.each([0, 1, 4_095, 4_096, 100_000])(
    'is the same bytes as a copied one, %i of records',
    (n) => {
      const chunks = [new Uint8Array(n).fill(1), new Uint8Array(Math.floor(n / 2)).fill(2)];
      const partitions = [1, 2].map((index) => ({
        topic: TOPIC,
        topicId: topicId('abcdefghijklmnopqrstuv'),
        partition: partitionIndex(index),
        generation: index,
        error: null,
        highWatermark: offset(7),
        lastStableOffset: offset(7),
        logStartOffset: offset(0),
        leaderEpoch: leaderEpoch(3),
        caughtUp: false,
        chunks,
      }));
      expect(framed(encodeFetchResponse({ partitions }, GatheringWriter))).toEqual(
        framed(encodeFetchResponse({ partitions })),
      );
    },
  );

  test('refers to the records where they lie', () => {
    const batch = new Uint8Array(100_000).fill(3);
    const request = {
      open: null,
      appends: [
        {
          correlationId: 1,
          topic: TOPIC,
          topicId: null,
          partition: partitionIndex(0),
          expectedLeaderEpoch: null,
          batch,
        },
      ],
    };
    const gathered: unknown = encodeProduceStreamRequest(request, GatheringWriter);
    expect(gathered).toBeInstanceOf(GatheredBytes);
    expect(framed(gathered as Buffer)).toEqual(framed(encodeProduceStreamRequest(request)));
  });
});

/** What grpc-js does with a message: its length, and its bytes behind five others. */
function framed(message: Buffer): Buffer {
  expect(message.byteLength).toBe(message.length);
  const frame = Buffer.alloc(message.length + 5);
  message.copy(frame, 5);
  return frame;
}
