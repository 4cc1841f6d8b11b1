/**
 * Branded numbers and strings. A brand costs nothing at run time and stops an offset from being
 * passed where an epoch is meant. Each has one constructor, which asserts; 64-bit fields are held
 * as safe integers (exact to 2^53 - 1), and `record/` and `wire/` refuse anything larger.
 */
import { assert } from './assert.ts';

declare const brand: unique symbol;
type Branded<Base, Name extends string> = Base & { readonly [brand]: Name };

/** A place in a partition's log, counted in records from 0. */
export type Offset = Branded<number, 'Offset'>;
/** +1 on every change of a partition's leader; stamped into every batch. */
export type LeaderEpoch = Branded<number, 'LeaderEpoch'>;
/** +1 on every change of a partition's metadata. */
export type PartitionEpoch = Branded<number, 'PartitionEpoch'>;
/** The metadata offset of a broker's registration: one per process start. */
export type BrokerEpoch = Branded<number, 'BrokerEpoch'>;
/** Granted by the metadata store, +1 on every change of the active controller. */
export type ControllerEpoch = Branded<number, 'ControllerEpoch'>;
/** A place in the metadata log, counted in events from 0. */
export type MetadataOffset = Branded<number, 'MetadataOffset'>;
/** A broker's or controller's id, chosen by the operator. */
export type NodeId = Branded<number, 'NodeId'>;
/** A partition's index within its topic, from 0. */
export type PartitionIndex = Branded<number, 'PartitionIndex'>;
/** A producer's id, granted by the controller. */
export type ProducerId = Branded<number, 'ProducerId'>;
/** A follower's choice for one session of one partition; frames of another generation are dropped. */
export type Generation = Branded<number, 'Generation'>;

/** A topic's identity, 16 random bytes in base64url (22 characters): a recreated topic gets another. */
export type TopicId = Branded<string, 'TopicId'>;
/** The cluster's identity, laid down in every data directory. */
export type ClusterId = Branded<string, 'ClusterId'>;
/** A data directory's identity: another one under the same broker id is an exchanged disk. */
export type DiskId = Branded<string, 'DiskId'>;
/** One start of one process. */
export type IncarnationId = Branded<string, 'IncarnationId'>;

/** Milliseconds on this process's monotonic clock. Never compared with a `Timestamp`. */
export type Instant = Branded<number, 'Instant'>;
/** Milliseconds since 1970 by the wall clock, as records carry them. May jump. */
export type Timestamp = Branded<number, 'Timestamp'>;

function assertWhole(value: number, name: string): void {
  assert(
    Number.isSafeInteger(value) && value >= 0,
    () => `${name} must be a safe integer from 0, got ${value}`,
  );
}

export function offset(value: number): Offset {
  assertWhole(value, 'offset');
  return value as Offset;
}
export function leaderEpoch(value: number): LeaderEpoch {
  assertWhole(value, 'leaderEpoch');
  return value as LeaderEpoch;
}
export function partitionEpoch(value: number): PartitionEpoch {
  assertWhole(value, 'partitionEpoch');
  return value as PartitionEpoch;
}
export function brokerEpoch(value: number): BrokerEpoch {
  assertWhole(value, 'brokerEpoch');
  return value as BrokerEpoch;
}
export function controllerEpoch(value: number): ControllerEpoch {
  assertWhole(value, 'controllerEpoch');
  return value as ControllerEpoch;
}
export function metadataOffset(value: number): MetadataOffset {
  assertWhole(value, 'metadataOffset');
  return value as MetadataOffset;
}
export function nodeId(value: number): NodeId {
  assertWhole(value, 'nodeId');
  return value as NodeId;
}
export function partitionIndex(value: number): PartitionIndex {
  assertWhole(value, 'partitionIndex');
  return value as PartitionIndex;
}
export function producerId(value: number): ProducerId {
  assertWhole(value, 'producerId');
  return value as ProducerId;
}
export function generation(value: number): Generation {
  assertWhole(value, 'generation');
  return value as Generation;
}

const ID_PATTERN = /^[A-Za-z0-9_-]{22}$/;

function assertId(value: string, name: string): void {
  assert(ID_PATTERN.test(value), () => `${name} must be 22 characters of base64url, got ${value}`);
}

export function topicId(value: string): TopicId {
  assertId(value, 'topicId');
  return value as TopicId;
}
export function clusterId(value: string): ClusterId {
  assertId(value, 'clusterId');
  return value as ClusterId;
}
export function diskId(value: string): DiskId {
  assertId(value, 'diskId');
  return value as DiskId;
}
export function incarnationId(value: string): IncarnationId {
  assertId(value, 'incarnationId');
  return value as IncarnationId;
}

export function instant(milliseconds: number): Instant {
  assert(
    Number.isFinite(milliseconds) && milliseconds >= 0,
    () => `instant must be finite and from 0, got ${milliseconds}`,
  );
  return milliseconds as Instant;
}
/** Record timestamps come from clients, who may send -1 for "none": any safe integer is taken. */
export function timestamp(milliseconds: number): Timestamp {
  assert(
    Number.isSafeInteger(milliseconds),
    () => `timestamp must be a safe integer, got ${milliseconds}`,
  );
  return milliseconds as Timestamp;
}

/** The place `records` further on. */
export function offsetAfter(from: Offset, records: number): Offset {
  return offset(from + records);
}
export function offsetMin(a: Offset, b: Offset): Offset {
  return a < b ? a : b;
}
export function offsetMax(a: Offset, b: Offset): Offset {
  return a > b ? a : b;
}
export function instantAfter(from: Instant, milliseconds: number): Instant {
  return instant(from + milliseconds);
}

/** One partition of one topic, as a map key: `topicId:partition`. */
export type PartitionKey = Branded<string, 'PartitionKey'>;

export function partitionKey(topic: TopicId, partition: PartitionIndex): PartitionKey {
  return `${topic}:${partition}` as PartitionKey;
}
