/**
 * Numbers and strings from a message to the domain's branded values. The brand constructors assert,
 * because a bad value of our own is a bug; what came from a peer is looked at here first, and refused
 * as a `MalformedMessage`.
 */
import {
  brokerEpoch,
  clusterId,
  controllerEpoch,
  diskId,
  generation,
  incarnationId,
  instant,
  leaderEpoch,
  metadataOffset,
  nodeId,
  offset,
  partitionEpoch,
  partitionIndex,
  topicId,
} from '../base/ids.ts';
import type { Instant, LeaderEpoch, NodeId, Offset, TopicId } from '../base/ids.ts';
import { MalformedMessage } from './malformed-message.ts';

/** What stands for "none" in a field of a number from 0. */
export const NONE = -1;

type Whole<Value> = (value: number, field: string) => Value;

function whole<Value>(brand: (value: number) => Value): Whole<Value> {
  return (value, field) => {
    if (!Number.isSafeInteger(value) || value < 0) {
      throw new MalformedMessage(`${field} must be a whole number from 0, got ${value}`);
    }
    return brand(value);
  };
}

export const readWhole = whole((value) => value);
export const readOffset = whole(offset);
export const readLeaderEpoch = whole(leaderEpoch);
export const readPartitionEpoch = whole(partitionEpoch);
export const readBrokerEpoch = whole(brokerEpoch);
export const readControllerEpoch = whole(controllerEpoch);
export const readMetadataOffset = whole(metadataOffset);
export const readNodeId = whole(nodeId);
export const readPartition = whole(partitionIndex);
export const readGeneration = whole(generation);

/** -1 and an absent field are null. */
export function readOffsetOrNone(value: number, field: string): Offset | null {
  return value === NONE ? null : readOffset(value, field);
}
export function readLeaderEpochOrNone(
  value: number | null | undefined,
  field: string,
): LeaderEpoch | null {
  return value === NONE || value === null || value === undefined
    ? null
    : readLeaderEpoch(value, field);
}
export function readNodeIdOrNone(value: number, field: string): NodeId | null {
  return value === NONE ? null : readNodeId(value, field);
}

const ID_PATTERN = /^[A-Za-z0-9_-]{22}$/;

function id<Value>(brand: (value: string) => Value): (value: string, field: string) => Value {
  return (value, field) => {
    if (!ID_PATTERN.test(value)) {
      throw new MalformedMessage(
        `${field} must be 22 characters of base64url, got ${JSON.stringify(value.slice(0, 40))}`,
      );
    }
    return brand(value);
  };
}

export const readTopicId = id(topicId);
export const readClusterId = id(clusterId);
export const readDiskId = id(diskId);
export const readIncarnationId = id(incarnationId);

/** An empty string is null. */
export function readTopicIdOrNone(value: string, field: string): TopicId | null {
  return value === '' ? null : readTopicId(value, field);
}

export function readInstant(value: number, field: string): Instant {
  if (!Number.isFinite(value) || value < 0) {
    throw new MalformedMessage(`${field} must be finite and from 0, got ${value}`);
  }
  return instant(value);
}

/** A name or an address, IPv6 without its brackets: what `host:port` can be made of and taken apart. */
export function readHost(value: string, field: string): string {
  if (!HOST_PATTERN.test(value)) {
    throw new MalformedMessage(`${field} is no host: ${JSON.stringify(value.slice(0, 100))}`);
  }
  return value;
}

const HOST_PATTERN = /^[^\s[\]]{1,255}$/;

export function readPort(value: number, field: string): number {
  if (value > 65_535) throw new MalformedMessage(`${field} is no port: ${value}`);
  return value;
}

/** One of a few words. */
export function readWord<Word extends string>(
  value: string,
  words: readonly Word[],
  field: string,
): Word {
  const found = words.find((word) => word === value);
  if (found === undefined) {
    throw new MalformedMessage(
      `${field} must be one of ${words.join(', ')}, got ${JSON.stringify(value.slice(0, 40))}`,
    );
  }
  return found;
}

/** A message that must be there. */
export function readPresent<Value>(value: Value | null | undefined, field: string): Value {
  if (value === null || value === undefined) throw new MalformedMessage(`${field} is missing`);
  return value;
}
