/**
 * The hand-written codecs against the generated ones: the same bytes for the same message, and the
 * same message from the same bytes; and against bytes that are no message at all.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ERRORS } from '../../../src/base/errors.ts';
import type { FetchResponse } from '../../../src/wire/hot/fetch.ts';
import { decodeFetchResponse, encodeFetchResponse } from '../../../src/wire/hot/fetch.ts';
import type {
  Append,
  AppendResult,
  ProduceOptions,
  ProduceRequest,
  ProduceResponse,
  ProduceStreamRequest,
} from '../../../src/wire/hot/produce.ts';
import {
  decodeProduceRequest,
  decodeProduceResponse,
  decodeProduceStreamRequest,
  encodeProduceRequest,
  encodeProduceResponse,
  encodeProduceStreamRequest,
} from '../../../src/wire/hot/produce.ts';
import type {
  ReplicaFrame,
  ReplicaRequest,
  ReplicaResponse,
} from '../../../src/wire/hot/replica.ts';
import {
  decodeReplicaRequest,
  decodeReplicaResponse,
  encodeReplicaRequest,
  encodeReplicaResponse,
} from '../../../src/wire/hot/replica.ts';
import type { ItemError } from '../../../src/wire/item-error.ts';
import { MalformedMessage } from '../../../src/wire/malformed-message.ts';
import { odradek } from '../../../src/wire/protobuf.ts';
import {
  anyAppendResult,
  anyPartitionRecords,
  anyProduceRequest,
  anyProduceStreamRequest,
  anyReplicaRequest,
  anyReplicaResponse,
} from './arbitraries.ts';

const v1 = odradek.v1;
const internal = odradek.internal.v1;
const ACKS = { 0: 1, 1: 2, all: 3 } as const;

interface Codec<Value> {
  readonly name: string;
  readonly values: fc.Arbitrary<Value>;
  encode(value: Value): Buffer;
  decode(bytes: Uint8Array): Value;
  /** By the generated code. */
  generated(value: Value): Uint8Array;
  /** As it comes back: pieces have become one. */
  expected(value: Value): Value;
}

function codec<Value>(it: Codec<Value>): Codec<unknown> {
  return it;
}

const CODECS = [
  codec<ProduceRequest>({
    name: 'ProduceRequest',
    values: anyProduceRequest,
    encode: encodeProduceRequest,
    decode: decodeProduceRequest,
    generated: (value) =>
      v1.ProduceRequest.encode({ ...options(value), appends: value.appends.map(append) }).finish(),
    expected: (value) => ({ ...value, appends: value.appends.map(asDecoded) }),
  }),
  codec<ProduceStreamRequest>({
    name: 'ProduceStreamRequest',
    values: anyProduceStreamRequest,
    encode: encodeProduceStreamRequest,
    decode: decodeProduceStreamRequest,
    generated: (value) =>
      v1.ProduceStreamRequest.encode({
        open: value.open === null ? null : options(value.open),
        appends: value.appends.map(append),
      }).finish(),
    expected: (value) => ({ ...value, appends: value.appends.map(asDecoded) }),
  }),
  codec<ProduceResponse>({
    name: 'ProduceResponse',
    values: fc.record({ results: fc.array(anyAppendResult, { maxLength: 5 }) }),
    encode: encodeProduceResponse,
    decode: decodeProduceResponse,
    generated: (value) =>
      v1.ProduceStreamResponse.encode({ results: value.results.map(result) }).finish(),
    expected: (value) => value,
  }),
  codec<FetchResponse>({
    name: 'FetchResponse',
    values: fc.record({ partitions: fc.array(anyPartitionRecords, { maxLength: 4 }) }),
    encode: encodeFetchResponse,
    decode: decodeFetchResponse,
    generated: (value) =>
      v1.FetchStreamResponse.encode({
        partitions: value.partitions.map((each) => ({
          topic: each.topic,
          topicId: each.topicId,
          partition: each.partition,
          error: each.error === null ? null : error(each.error),
          highWatermark: each.highWatermark ?? -1,
          lastStableOffset: each.lastStableOffset ?? -1,
          logStartOffset: each.logStartOffset ?? -1,
          leaderEpoch: each.leaderEpoch ?? -1,
          generation: each.generation,
          caughtUp: each.caughtUp,
          records: Buffer.concat(each.chunks),
          aborted: [...(each.aborted ?? [])],
        })),
      }).finish(),
    expected: (value) => ({
      partitions: value.partitions.map((each) => ({ ...each, chunks: joined(each.chunks) })),
    }),
  }),
  codec<ReplicaRequest>({
    name: 'ReplicaRequest',
    values: anyReplicaRequest,
    encode: encodeReplicaRequest,
    decode: decodeReplicaRequest,
    generated: (value) =>
      internal.ReplicaRequest.encode({
        open:
          value.open === null
            ? null
            : {
                brokerId: value.open.follower,
                brokerEpoch: value.open.followerEpoch,
                clusterId: value.open.clusterId,
                leaderId: value.open.leader,
              },
        echo: value.echo,
        closed: [...value.closed],
        positions: value.positions.map(({ topicId, partition, position }) => ({
          topicId,
          partition,
          ...position,
        })),
      }).finish(),
    expected: (value) => value,
  }),
  codec<ReplicaResponse>({
    name: 'ReplicaResponse',
    values: anyReplicaResponse,
    encode: encodeReplicaResponse,
    decode: decodeReplicaResponse,
    generated: (value) =>
      internal.ReplicaResponse.encode({
        sentAt: value.sentAt,
        frames: value.frames.map(({ topicId, partition, frame }) => ({
          topicId,
          partition,
          generation: frame.generation,
          leaderEpoch: frame.leaderEpoch,
          ...content(frame),
        })),
      }).finish(),
    expected: (value) => ({
      ...value,
      frames: value.frames.map((each) =>
        each.frame.kind === 'records'
          ? { ...each, frame: { ...each.frame, chunks: joined(each.frame.chunks) } }
          : each,
      ),
    }),
  }),
];

describe.each(CODECS)('$name', (it) => {
  test('writes the bytes that the generated code writes', () => {
    fc.assert(
      fc.property(it.values, (value) => {
        expect(it.encode(value).equals(it.generated(value))).toBe(true);
      }),
    );
  });

  test('reads back what the generated code wrote', () => {
    fc.assert(
      fc.property(it.values, (value) => {
        expect(it.decode(it.generated(value))).toEqual(it.expected(value));
      }),
    );
  });

  test('passes over fields that it does not know', () => {
    // Field 1000 as varint, fixed64, bytes, a group with a field inside, fixed32.
    const unknown = Buffer.from(
      'c03e01c13e0102030405060708c23e03616263c33e0801c43ec53e01020304',
      'hex',
    );
    fc.assert(
      fc.property(it.values, (value) => {
        const bytes = it.encode(value);
        expect(it.decode(Buffer.concat([unknown, bytes, unknown]))).toEqual(it.expected(value));
      }),
    );
  });

  test('throws MalformedMessage and nothing else, whatever the bytes', () => {
    const mutations = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 });
    let refused = 0;
    const tryToDecode = (bytes: Uint8Array) => {
      try {
        it.decode(bytes);
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(MalformedMessage);
        refused++;
      }
    };
    fc.assert(
      fc.property(it.values, mutations, fc.nat(), (value, changes, end) => {
        const bytes = Buffer.from(it.encode(value));
        for (const [at, byte] of changes) if (bytes.length > 0) bytes[at % bytes.length] = byte;
        tryToDecode(bytes);
        tryToDecode(bytes.subarray(0, end % (bytes.length + 1)));
      }),
      { numRuns: 500 },
    );
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), tryToDecode), { numRuns: 500 });
    expect(refused).toBeGreaterThan(100);
  });
});

describe('what a field cannot have', () => {
  const malformed = (decode: () => unknown, says: string) => {
    expect(decode).toThrow(MalformedMessage);
    expect(decode).toThrow(says);
  };

  test('a negative partition', () => {
    const bytes = v1.ProduceRequest.encode({ appends: [{ partition: -1 }] }).finish();
    malformed(() => decodeProduceRequest(bytes), 'partition must be a whole number from 0, got -1');
  });

  test('acks of another number', () => {
    const bytes = v1.ProduceRequest.encode({ acks: 9 as never }).finish();
    malformed(() => decodeProduceRequest(bytes), 'acks has the unknown value 9');
    expect.assertions(3);
    try {
      decodeProduceRequest(bytes);
    } catch (error) {
      expect((error as MalformedMessage).code).toBe('INVALID_REQUIRED_ACKS');
    }
  });

  test('a topic id that is none', () => {
    const bytes = v1.ProduceRequest.encode({ appends: [{ topicId: 'short' }] }).finish();
    malformed(() => decodeProduceRequest(bytes), 'topic_id must be 22 characters');
  });

  test('a negative producer of an aborted transaction', () => {
    const bytes = v1.FetchResponse.encode({
      partitions: [{ aborted: [{ producerId: -2, firstOffset: 1 }] }],
    }).finish();
    malformed(() => decodeFetchResponse(bytes), 'producer_id must be from 0, got -2');
  });

  test('an offset beyond 2^53 - 1', () => {
    const bytes = Buffer.concat([
      Buffer.from('0a0918', 'hex'),
      Buffer.from('ffffffffffffff7f', 'hex'),
    ]);
    malformed(() => decodeProduceResponse(bytes), 'beyond 2^53 - 1');
  });

  test('a time that is not finite', () => {
    const bytes = internal.ReplicaResponse.encode({ sentAt: Number.NaN }).finish();
    malformed(() => decodeReplicaResponse(bytes), 'sent_at must be finite');
  });

  test('a frame without content', () => {
    const bytes = internal.ReplicaResponse.encode({
      frames: [{ topicId: 'A'.repeat(22) }],
    }).finish();
    malformed(() => decodeReplicaResponse(bytes), 'no content');
  });

  test('a length that leads beyond the end', () => {
    malformed(() => decodeFetchResponse(Buffer.from('0aff01', 'hex')), '255 bytes');
  });

  test('a string that is no UTF-8, which the generated code refuses too', () => {
    const bytes = Buffer.from('0a02c328', 'hex');
    malformed(() => decodeProduceRequest(bytes), 'not UTF-8');
    expect(() => v1.ProduceRequest.decode(bytes)).toThrow();
    // The character that stands for nonsense is one that a client may send.
    const sent = v1.ProduceRequest.encode({ clientId: '\ufffd' }).finish();
    expect(decodeProduceRequest(sent).clientId).toBe('\ufffd');
  });

  test('a tag or a length of more than 32 bits, which the generated code refuses too', () => {
    for (const hex of ['8a8080808000', '8a80808010026161', '0a8280808080006161']) {
      const bytes = Buffer.from(hex, 'hex');
      malformed(() => decodeProduceRequest(bytes), 'more than 32 bits');
      expect(() => v1.ProduceRequest.decode(bytes)).toThrow();
    }
  });

  test('groups without end, nested', () => {
    malformed(() => decodeFetchResponse(Buffer.alloc(10_000, 0x0b)), 'nested too deep');
  });
});

test('absent acks are all, and the default of the proto is as good', () => {
  expect(decodeProduceRequest(Buffer.alloc(0))).toEqual({
    clientId: '',
    acks: 'all',
    timeoutMs: 0,
    appends: [],
  });
});

test('a batch is a view on the message', () => {
  const bytes = Buffer.from(
    v1.ProduceRequest.encode({ appends: [{ recordBatch: Buffer.from('records') }] }).finish(),
  );
  const [first] = decodeProduceRequest(bytes).appends;
  expect(first?.batch.buffer).toBe(bytes.buffer);
  bytes.fill(0x78);
  expect(Buffer.from(first?.batch ?? []).toString()).toBe('xxxxxxx');
});

function options(value: ProduceOptions): {
  clientId: string;
  acks: 1 | 2 | 3;
  timeoutMs: number;
  transactionalId: string;
} {
  const { clientId, acks, timeoutMs, transactionalId = '' } = value;
  return { clientId, acks: ACKS[acks], timeoutMs, transactionalId };
}

function append(value: Append): odradek.v1.Append.$Properties {
  return {
    correlationId: value.correlationId,
    topic: value.topic,
    topicId: value.topicId,
    partition: value.partition,
    expectedLeaderEpoch: value.expectedLeaderEpoch,
    recordBatch: value.batch,
  };
}

function asDecoded(value: Append): Append {
  return { ...value, batch: Buffer.from(value.batch) };
}

function joined(chunks: readonly Uint8Array[]): Uint8Array[] {
  const all = Buffer.concat(chunks);
  return all.length === 0 ? [] : [all];
}

function error({ refusal, leader }: ItemError): odradek.v1.Error.$Properties {
  return {
    code: refusal.code,
    number: ERRORS[refusal.code].number,
    retriable: ERRORS[refusal.code].retriable,
    message: refusal.message,
    leader:
      leader === null
        ? null
        : {
            brokerId: leader.broker ?? -1,
            leaderEpoch: leader.leaderEpoch,
            host: leader.endpoint?.host ?? '',
            port: leader.endpoint?.port ?? 0,
          },
  };
}

function result({
  correlationId,
  result,
  leader,
}: AppendResult): odradek.v1.AppendResult.$Properties {
  return result.ok
    ? { correlationId, baseOffset: result.baseOffset, logStartOffset: result.logStartOffset }
    : { correlationId, error: error({ refusal: result.refusal, leader }) };
}

function content(
  frame: ReplicaFrame,
): Pick<odradek.internal.v1.ReplicaFrame.$Properties, 'records' | 'divergence' | 'refusal'> {
  switch (frame.kind) {
    case 'records':
      return {
        records: {
          startOffset: frame.startOffset,
          highWatermark: frame.highWatermark,
          logStartOffset: frame.logStartOffset,
          replicatedTo: frame.replicatedTo,
          batches: Buffer.concat(frame.chunks),
        },
      };
    case 'diverging':
      return { divergence: { epoch: frame.epoch, endOffset: frame.endOffset } };
    case 'refused':
      return {
        refusal: {
          error: error({ refusal: frame.refusal, leader: null }),
          logStartOffset: frame.logStartOffset,
          logEndOffset: frame.logEndOffset,
        },
      };
  }
}
