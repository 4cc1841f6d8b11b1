/**
 * The producers of a partition as they were in front of one offset, in the file
 * `<offset>.snapshot`. Kafka's layout, with more behind it that Kafka's tools pass over:
 *
 *   version i16 = 1, CRC-32C u32 of everything behind it, count i32
 *   per producer, 46 bytes: producer id i64, epoch i16, last sequence i32, last offset i64,
 *     offset delta i32 (last offset less base offset), timestamp i64, coordinator epoch i32,
 *     first offset of the open transaction i64 (-1)
 *   ours: version i16 = 1, then per producer in the same order: marker offset i64 (-1),
 *     count of earlier batches u8, each: base sequence i32, last sequence i32, base offset i64,
 *     last offset i64; then count i32 of ended transactions that may not be committed, each:
 *     producer id i64, first offset i64, marker offset i64, outcome u8 (1: commit)
 *
 * Kafka keeps one batch of each producer; a retry of the fourth to last after a restart would be
 * taken for a gap. Another version, or a wrong checksum, is no snapshot: the state is rebuilt from
 * the batches.
 */
import { offset, timestamp } from '../base/ids.ts';
import {
  readInt16,
  readInt32,
  readSafeInt64,
  readUint32,
  writeInt16,
  writeInt32,
  writeInt64,
} from './batch-header.ts';
import { CorruptBatch } from './corrupt-batch.ts';
import { crc32c } from './crc32c.ts';
import type { CompletedTransaction, KnownBatch, ProducerState } from './producer-states.ts';
import { KNOWN_BATCHES_MAX, ProducerStates } from './producer-states.ts';

export function encodeProducerSnapshot(states: ProducerStates): Uint8Array {
  const producers = [...states.entries()].sort(([a], [b]) => a - b);
  const earlier = producers.reduce(
    (count, [, { batches }]) => count + Math.max(0, batches.length - 1),
    0,
  );
  const bytes = new Uint8Array(
    HEADER_BYTES +
      producers.length * (ENTRY_BYTES + EXTENSION_BYTES) +
      2 +
      earlier * BATCH_BYTES +
      4 +
      states.completed.length * COMPLETED_BYTES,
  );
  writeInt16(bytes, 0, VERSION);
  writeInt32(bytes, COUNT_POSITION, producers.length);
  let at = HEADER_BYTES;
  for (const [producerId, state] of producers) at = writeEntry(bytes, at, producerId, state);
  writeInt16(bytes, at, EXTENSION_VERSION);
  at += 2;
  for (const [, state] of producers) at = writeExtension(bytes, at, state);
  writeInt32(bytes, at, states.completed.length);
  at += 4;
  for (const completed of states.completed) at = writeCompleted(bytes, at, completed);
  writeInt32(bytes, CRC_POSITION, crc32c(bytes, COUNT_POSITION));
  return bytes;
}

/** Null for bytes that are no snapshot of this version, whole and unharmed. */
export function decodeProducerSnapshot(bytes: Uint8Array): ProducerStates | null {
  if (bytes.length < HEADER_BYTES || readInt16(bytes, 0) !== VERSION) return null;
  if (readUint32(bytes, CRC_POSITION) !== crc32c(bytes, COUNT_POSITION)) return null;
  try {
    return readStates(bytes);
  } catch (error) {
    // A good checksum over nonsense: as good as none.
    if (error instanceof CorruptBatch) return null;
    throw error;
  }
}

function readStates(bytes: Uint8Array): ProducerStates | null {
  const count = readInt32(bytes, COUNT_POSITION);
  if (count < 0 || bytes.length < HEADER_BYTES + count * ENTRY_BYTES) return null;
  const states = new ProducerStates();
  const restored: ProducerState[] = [];
  let at = HEADER_BYTES;
  for (let index = 0; index < count; index++, at += ENTRY_BYTES) {
    const state = readEntry(bytes, at);
    restored.push(state);
    states.restore(readSafeInt64(bytes, at), state);
  }
  const completed: CompletedTransaction[] = [];
  if (at < bytes.length && readInt16(bytes, at) === EXTENSION_VERSION) {
    at += 2;
    for (const state of restored) at = readExtension(bytes, at, state);
    const completedCount = readInt32(bytes, at);
    at += 4;
    if (bytes.length < at + completedCount * COMPLETED_BYTES) return null;
    for (let index = 0; index < completedCount; index++, at += COMPLETED_BYTES) {
      completed.push({
        producerId: readSafeInt64(bytes, at),
        firstOffset: readOffset(bytes, at + 8),
        markerOffset: readOffset(bytes, at + 16),
        outcome: bytes[at + 24] === 1 ? 'commit' : 'abort',
      });
    }
  }
  states.restored(completed);
  return states;
}

function writeEntry(
  bytes: Uint8Array,
  at: number,
  producerId: number,
  state: ProducerState,
): number {
  const last = state.batches.at(-1);
  writeInt64(bytes, at, producerId);
  writeInt16(bytes, at + 8, state.epoch);
  writeInt32(bytes, at + 10, last?.lastSequence ?? -1);
  writeInt64(bytes, at + 14, last?.lastOffset ?? -1);
  writeInt32(bytes, at + 22, last === undefined ? 0 : last.lastOffset - last.baseOffset);
  writeInt64(bytes, at + 26, state.lastTimestamp);
  writeInt32(bytes, at + 34, state.coordinatorEpoch);
  writeInt64(bytes, at + 38, state.transactionStart ?? -1);
  return at + ENTRY_BYTES;
}

function readEntry(bytes: Uint8Array, at: number): ProducerState {
  const lastSequence = readInt32(bytes, at + 10);
  const lastOffset = readSafeInt64(bytes, at + 14);
  const delta = readInt32(bytes, at + 22);
  const transactionStart = readSafeInt64(bytes, at + 38);
  return {
    epoch: readInt16(bytes, at + 8),
    coordinatorEpoch: readInt32(bytes, at + 34),
    batches: lastSequence < 0 ? [] : [lastBatch(lastSequence, lastOffset, delta)],
    lastTimestamp: timestamp(readSafeInt64(bytes, at + 26)),
    transactionStart: transactionStart < 0 ? null : offset(transactionStart),
    markerOffset: null,
    seenAt: null,
  };
}

function lastBatch(lastSequence: number, lastOffset: number, delta: number): KnownBatch {
  if (lastOffset < 0 || delta < 0 || delta > lastOffset) {
    throw new CorruptBatch('the offsets of a producer’s last batch make no sense', 0);
  }
  return {
    baseSequence: (lastSequence - delta + 0x8000_0000) % 0x8000_0000,
    lastSequence,
    baseOffset: offset(lastOffset - delta),
    lastOffset: offset(lastOffset),
  };
}

function writeExtension(bytes: Uint8Array, at: number, state: ProducerState): number {
  const earlier = state.batches.slice(0, -1);
  writeInt64(bytes, at, state.markerOffset ?? -1);
  bytes[at + 8] = earlier.length;
  let next = at + EXTENSION_BYTES;
  for (const batch of earlier) {
    writeInt32(bytes, next, batch.baseSequence);
    writeInt32(bytes, next + 4, batch.lastSequence);
    writeInt64(bytes, next + 8, batch.baseOffset);
    writeInt64(bytes, next + 16, batch.lastOffset);
    next += BATCH_BYTES;
  }
  return next;
}

function readExtension(bytes: Uint8Array, at: number, state: ProducerState): number {
  const markerOffset = readSafeInt64(bytes, at);
  state.markerOffset = markerOffset < 0 ? null : offset(markerOffset);
  const count = bytes[at + 8] ?? 0;
  if (count >= KNOWN_BATCHES_MAX) throw new CorruptBatch('a producer has too many batches', at);
  const earlier: KnownBatch[] = [];
  let next = at + EXTENSION_BYTES;
  for (let index = 0; index < count; index++, next += BATCH_BYTES) {
    earlier.push({
      baseSequence: readInt32(bytes, next),
      lastSequence: readInt32(bytes, next + 4),
      baseOffset: readOffset(bytes, next + 8),
      lastOffset: readOffset(bytes, next + 16),
    });
  }
  state.batches.unshift(...earlier);
  return next;
}

function writeCompleted(bytes: Uint8Array, at: number, completed: CompletedTransaction): number {
  writeInt64(bytes, at, completed.producerId);
  writeInt64(bytes, at + 8, completed.firstOffset);
  writeInt64(bytes, at + 16, completed.markerOffset);
  bytes[at + 24] = completed.outcome === 'commit' ? 1 : 0;
  return at + COMPLETED_BYTES;
}

function readOffset(bytes: Uint8Array, position: number): ReturnType<typeof offset> {
  const value = readSafeInt64(bytes, position);
  if (value < 0) throw new CorruptBatch(`an offset is ${value}`, position);
  return offset(value);
}

const VERSION = 1;
const CRC_POSITION = 2;
const COUNT_POSITION = 6;
const HEADER_BYTES = 10;
const ENTRY_BYTES = 46;
const EXTENSION_VERSION = 1;
const EXTENSION_BYTES = 9;
const BATCH_BYTES = 24;
const COMPLETED_BYTES = 25;
