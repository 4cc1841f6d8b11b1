import fc from 'fast-check';
import { ERRORS, type ErrorCode } from '../../../src/base/errors.ts';
import {
  brokerEpoch,
  clusterId,
  generation,
  instant,
  leaderEpoch,
  nodeId,
  offset,
  partitionIndex,
  topicId,
} from '../../../src/base/ids.ts';
import type { PartitionRecords } from '../../../src/wire/hot/fetch.ts';
import type {
  Append,
  AppendResult,
  ProduceOptions,
  ProduceRequest,
  ProduceStreamRequest,
} from '../../../src/wire/hot/produce.ts';
import type {
  ReplicaFrame,
  ReplicaRequest,
  ReplicaResponse,
} from '../../../src/wire/hot/replica.ts';
import type { ItemError, LeaderHint } from '../../../src/wire/item-error.ts';

const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

export const whole53 = fc.oneof(
  fc.nat(200),
  fc.nat(),
  fc.maxSafeNat(),
  fc.constantFrom(0, 127, 128, 2 ** 28, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 35, 2 ** 53 - 1),
);
const whole31 = fc.oneof(fc.nat(200), fc.nat());
const uint32 = fc.nat(2 ** 32 - 1);
const idText = fc
  .array(fc.nat(63), { minLength: 22, maxLength: 22 })
  .map((indexes) => indexes.map((index) => BASE64URL[index]).join(''));
const text = fc.string({ unit: 'grapheme', maxLength: 300 });
const bytes = fc.uint8Array({ maxLength: 400 });
const orNull = <Value>(values: fc.Arbitrary<Value>) => fc.option(values, { nil: null });

export const anyOffset = whole53.map(offset);
export const anyEpoch = whole31.map(leaderEpoch);
export const anyPartition = whole31.map(partitionIndex);
export const anyTopicId = idText.map(topicId);
export const anyNode = whole31.map(nodeId);

/** Instants as a clock has them: with fractions of a millisecond. */
export const anyInstant = fc
  .double({ min: 0, max: 1e12, noNaN: true })
  .map((at) => instant(at + 0));

export const anyLeader: fc.Arbitrary<LeaderHint> = fc.record({
  broker: orNull(anyNode),
  leaderEpoch: anyEpoch,
  endpoint: orNull(fc.record({ host: fc.domain(), port: fc.integer({ min: 1, max: 65_535 }) })),
});

export const anyRefusal = fc.record({
  code: fc.constantFrom(...(Object.keys(ERRORS) as ErrorCode[])),
  message: text.filter((message) => message !== ''),
});

export const anyError: fc.Arbitrary<ItemError> = fc.record({
  refusal: anyRefusal,
  leader: orNull(anyLeader),
});

const anyOptions: fc.Arbitrary<ProduceOptions> = fc.record(
  {
    clientId: text,
    acks: fc.constantFrom(0 as const, 1 as const, 'all' as const),
    timeoutMs: uint32,
    transactionalId: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 300 }),
  },
  { requiredKeys: ['clientId', 'acks', 'timeoutMs'] },
);

const anyAppend: fc.Arbitrary<Append> = fc.record({
  correlationId: whole53,
  topic: text,
  topicId: orNull(anyTopicId),
  partition: anyPartition,
  expectedLeaderEpoch: orNull(anyEpoch),
  batch: bytes,
});
const appends = fc.array(anyAppend, { maxLength: 5 });

export const anyProduceRequest: fc.Arbitrary<ProduceRequest> = fc
  .tuple(anyOptions, appends)
  .map(([options, list]) => ({ ...options, appends: list }));

export const anyProduceStreamRequest: fc.Arbitrary<ProduceStreamRequest> = fc.record({
  open: orNull(anyOptions),
  appends,
});

export const anyAppendResult: fc.Arbitrary<AppendResult> = fc.oneof(
  fc.record({
    correlationId: whole53,
    result: fc.record({
      ok: fc.constant(true as const),
      baseOffset: anyOffset,
      logStartOffset: anyOffset,
    }),
    leader: fc.constant(null),
  }),
  fc.record({
    correlationId: whole53,
    result: fc.record({ ok: fc.constant(false as const), refusal: anyRefusal }),
    leader: orNull(anyLeader),
  }),
);

const anyAborted = fc.record({ producerId: whole53, firstOffset: anyOffset });

export const anyPartitionRecords: fc.Arbitrary<PartitionRecords> = fc
  .record({
    topic: text,
    topicId: orNull(anyTopicId),
    partition: anyPartition,
    generation: uint32,
    error: orNull(anyError),
    highWatermark: orNull(anyOffset),
    lastStableOffset: orNull(anyOffset),
    logStartOffset: orNull(anyOffset),
    leaderEpoch: orNull(anyEpoch),
    caughtUp: fc.boolean(),
    chunks: fc.array(bytes, { maxLength: 4 }),
    aborted: fc.array(anyAborted, { maxLength: 3 }),
  })
  .map(({ aborted, ...rest }) => (aborted.length === 0 ? rest : { ...rest, aborted }));

const reference = fc.record({ topicId: anyTopicId, partition: anyPartition });
const anyGeneration = whole53.map(generation);

export const anyReplicaRequest: fc.Arbitrary<ReplicaRequest> = fc.record({
  open: orNull(
    fc.record({
      follower: anyNode,
      followerEpoch: whole53.map(brokerEpoch),
      clusterId: idText.map(clusterId),
      leader: anyNode,
    }),
  ),
  echo: orNull(anyInstant),
  closed: fc.array(reference, { maxLength: 3 }),
  positions: fc.array(
    fc.record({
      topicId: anyTopicId,
      partition: anyPartition,
      position: fc.record({
        generation: anyGeneration,
        leaderEpoch: anyEpoch,
        fetchOffset: anyOffset,
        lastFetchedEpoch: orNull(anyEpoch),
        logStartOffset: anyOffset,
      }),
    }),
    { maxLength: 4 },
  ),
});

const head = { generation: anyGeneration, leaderEpoch: anyEpoch };
const anyFrame: fc.Arbitrary<ReplicaFrame> = fc.oneof(
  fc.record({
    kind: fc.constant('records' as const),
    ...head,
    startOffset: anyOffset,
    highWatermark: anyOffset,
    replicatedTo: anyOffset,
    logStartOffset: anyOffset,
    chunks: fc.array(bytes, { maxLength: 4 }),
  }),
  fc.record({
    kind: fc.constant('diverging' as const),
    ...head,
    epoch: anyEpoch,
    endOffset: anyOffset,
  }),
  fc.record({
    kind: fc.constant('refused' as const),
    ...head,
    refusal: anyRefusal,
    logStartOffset: anyOffset,
    logEndOffset: anyOffset,
  }),
);

export const anyReplicaResponse: fc.Arbitrary<ReplicaResponse> = fc.record({
  sentAt: anyInstant,
  frames: fc.array(fc.record({ topicId: anyTopicId, partition: anyPartition, frame: anyFrame }), {
    maxLength: 4,
  }),
});
