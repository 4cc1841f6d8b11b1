/**
 * The messages of a write. Byte tables (field, type):
 *
 *   ProduceStreamRequest   1 open · 2 appends (repeated)
 *   ProduceStreamOpen      1 client_id string · 2 acks enum · 3 timeout_ms uint32 ·
 *                          4 transactional_id string
 *   ProduceRequest         1 client_id · 2 acks · 3 timeout_ms · 4 appends (repeated) ·
 *                          5 transactional_id
 *   Append                 1 correlation_id uint64 · 2 topic string · 3 topic_id string ·
 *                          4 partition sint32 · 5 expected_leader_epoch optional sint32 ·
 *                          6 record_batch bytes
 *   …Response              1 results (repeated)
 *   AppendResult           1 correlation_id uint64 · 2 error · 3 base_offset int64 ·
 *                          4 log_start_offset int64
 *
 * Deliberately not done: an embedded message that occurs twice is not merged, the last one counts.
 */
import type { LeaderEpoch, PartitionIndex, TopicId } from '../../base/ids.ts';
import type { Acks, ProduceResult } from '../../replication/types.ts';
import type { ItemError, LeaderHint } from '../item-error.ts';
import { MalformedMessage } from '../malformed-message.ts';
import { readLeaderEpochOrNone, readOffset, readPartition, readTopicIdOrNone } from '../values.ts';
import { itemErrorSize, readItemError, writeItemError } from './item-error-codec.ts';
import { WireReader, tagOf } from './wire-reader.ts';
import {
  WIRE_BYTES,
  WIRE_VARINT,
  WireWriter,
  bytesSize,
  int64Size,
  messageSize,
  optionalSint32Size,
  sint32Size,
  stringSize,
  uint64Size,
} from './wire-writer.ts';

export interface ProduceOptions {
  readonly clientId: string;
  readonly acks: Acks;
  /** 0: the broker's default. */
  readonly timeoutMs: number;
  /** Whose transactions the batches belong to, if they are transactional; absent: nobody's. */
  readonly transactionalId?: string;
}

export interface Append {
  readonly correlationId: number;
  readonly topic: string;
  /** Null: whatever topic has the name now. */
  readonly topicId: TopicId | null;
  readonly partition: PartitionIndex;
  readonly expectedLeaderEpoch: LeaderEpoch | null;
  /** One record batch. Decoded: a view on the message. */
  readonly batch: Uint8Array;
}

export interface ProduceRequest extends ProduceOptions {
  readonly appends: readonly Append[];
}

export interface ProduceStreamRequest {
  /** In the first message of a stream. */
  readonly open: ProduceOptions | null;
  readonly appends: readonly Append[];
}

export interface AppendResult {
  readonly correlationId: number;
  readonly result: ProduceResult;
  /** With a refusal: who leads, if it is known. */
  readonly leader: LeaderHint | null;
}

/** Of `Produce` and of `ProduceStream`: their messages have the same shape. */
export interface ProduceResponse {
  readonly results: readonly AppendResult[];
}

// --- Requests. ---

export function encodeProduceRequest(request: ProduceRequest): Buffer {
  const sizes = request.appends.map(appendSize);
  const writer = new WireWriter(optionsSize(request) + sumOfMessages(sizes));
  writeOptions(writer, request);
  writeAppends(writer, 4, request.appends, sizes);
  writer.string(REQUEST_TRANSACTIONAL_ID, request.transactionalId ?? '');
  return writer.finish();
}

export function decodeProduceRequest(bytes: Uint8Array): ProduceRequest {
  const reader = new WireReader(bytes);
  const options = newOptions();
  const appends: Append[] = [];
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === tagOf(4, WIRE_BYTES)) appends.push(readAppend(reader.message()));
    else readOption(reader, tag, options, REQUEST_TRANSACTIONAL_ID);
  }
  return { ...finishOptions(options), appends };
}

export function encodeProduceStreamRequest(
  request: ProduceStreamRequest,
  Writer: typeof WireWriter = WireWriter,
): Buffer {
  const openSize = request.open === null ? 0 : optionsSize(request.open);
  const sizes = request.appends.map(appendSize);
  const writer = new Writer(
    (request.open === null ? 0 : messageSize(openSize)) + sumOfMessages(sizes),
  );
  if (request.open !== null) {
    writer.message(1, openSize);
    writeOptions(writer, request.open);
    writer.string(OPEN_TRANSACTIONAL_ID, request.open.transactionalId ?? '');
  }
  writeAppends(writer, 2, request.appends, sizes);
  return writer.finish();
}

export function decodeProduceStreamRequest(bytes: Uint8Array): ProduceStreamRequest {
  const reader = new WireReader(bytes);
  let open: ProduceOptions | null = null;
  const appends: Append[] = [];
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === tagOf(2, WIRE_BYTES)) appends.push(readAppend(reader.message()));
    else if (tag === tagOf(1, WIRE_BYTES)) open = readOptions(reader.message());
    else reader.skip(tag);
  }
  return { open, appends };
}

// --- Responses. ---

export function encodeProduceResponse({ results }: ProduceResponse): Buffer {
  const sizes = results.map(resultSize);
  const writer = new WireWriter(sumOfMessages(sizes));
  for (const [index, result] of results.entries()) {
    writer.message(1, sizes[index] ?? 0);
    writeResult(writer, result);
  }
  return writer.finish();
}

export function decodeProduceResponse(bytes: Uint8Array): ProduceResponse {
  const reader = new WireReader(bytes);
  const results: AppendResult[] = [];
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === tagOf(1, WIRE_BYTES)) results.push(readResult(reader.message()));
    else reader.skip(tag);
  }
  return { results };
}

// --- Append. ---

function appendSize(append: Append): number {
  return (
    uint64Size(append.correlationId) +
    stringSize(append.topic) +
    stringSize(append.topicId ?? '') +
    sint32Size(append.partition) +
    optionalSint32Size(append.expectedLeaderEpoch) +
    bytesSize(append.batch.length)
  );
}

function writeAppends(
  writer: WireWriter,
  field: number,
  appends: readonly Append[],
  sizes: readonly number[],
): void {
  for (const [index, append] of appends.entries()) {
    writer.message(field, sizes[index] ?? 0);
    writer.uint64(1, append.correlationId);
    writer.string(2, append.topic);
    writer.string(3, append.topicId ?? '');
    writer.sint32(4, append.partition);
    writer.optionalSint32(5, append.expectedLeaderEpoch);
    writer.bytes(6, append.batch);
  }
}

const NO_BYTES: Uint8Array = Buffer.alloc(0);

function readAppend(reader: WireReader): Append {
  let correlationId = 0;
  let topic = '';
  let topicId = '';
  let partition = 0;
  let expectedLeaderEpoch: number | null = null;
  let batch = NO_BYTES;
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === tagOf(1, WIRE_VARINT)) correlationId = reader.uint64();
    else if (tag === tagOf(2, WIRE_BYTES)) topic = reader.string();
    else if (tag === tagOf(3, WIRE_BYTES)) topicId = reader.string();
    else if (tag === tagOf(4, WIRE_VARINT)) partition = reader.sint32();
    else if (tag === tagOf(5, WIRE_VARINT)) expectedLeaderEpoch = reader.sint32();
    else if (tag === tagOf(6, WIRE_BYTES)) batch = reader.bytes();
    else reader.skip(tag);
  }
  return {
    correlationId,
    topic,
    topicId: readTopicIdOrNone(topicId, 'topic_id'),
    partition: readPartition(partition, 'partition'),
    expectedLeaderEpoch: readLeaderEpochOrNone(expectedLeaderEpoch, 'expected_leader_epoch'),
    batch,
  };
}

// --- AppendResult. ---

function errorOf({ result, leader }: AppendResult): ItemError | null {
  return result.ok ? null : { refusal: result.refusal, leader };
}

function resultSize(appendResult: AppendResult): number {
  const { correlationId, result } = appendResult;
  const error = errorOf(appendResult);
  return (
    uint64Size(correlationId) +
    (error === null ? 0 : messageSize(itemErrorSize(error))) +
    (result.ok ? int64Size(result.baseOffset) + int64Size(result.logStartOffset) : 0)
  );
}

function writeResult(writer: WireWriter, appendResult: AppendResult): void {
  const { correlationId, result } = appendResult;
  const error = errorOf(appendResult);
  writer.uint64(1, correlationId);
  if (error !== null) {
    writer.message(2, itemErrorSize(error));
    writeItemError(writer, error);
  }
  if (result.ok) {
    writer.int64(3, result.baseOffset);
    writer.int64(4, result.logStartOffset);
  }
}

function readResult(reader: WireReader): AppendResult {
  let correlationId = 0;
  let error: ItemError | null = null;
  let baseOffset = 0;
  let logStartOffset = 0;
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === tagOf(1, WIRE_VARINT)) correlationId = reader.uint64();
    else if (tag === tagOf(2, WIRE_BYTES)) error = readItemError(reader.message());
    else if (tag === tagOf(3, WIRE_VARINT)) baseOffset = reader.int64();
    else if (tag === tagOf(4, WIRE_VARINT)) logStartOffset = reader.int64();
    else reader.skip(tag);
  }
  if (error !== null) {
    return { correlationId, result: { ok: false, refusal: error.refusal }, leader: error.leader };
  }
  return {
    correlationId,
    result: {
      ok: true,
      baseOffset: readOffset(baseOffset, 'base_offset'),
      logStartOffset: readOffset(logStartOffset, 'log_start_offset'),
    },
    leader: null,
  };
}

// --- Options: the fields 1 to 3 of ProduceStreamOpen and of ProduceRequest, and one that has another
// number in each of them. ---

const OPEN_TRANSACTIONAL_ID = 4;
const REQUEST_TRANSACTIONAL_ID = 5;

const ACKS_NUMBERS = { 0: 1, 1: 2, all: 3 } as const satisfies Record<Acks, number>;
/** By number; 0, unspecified, is as `all`. */
const ACKS: readonly Acks[] = ['all', 0, 1, 'all'];

interface RawOptions {
  clientId: string;
  acks: number;
  timeoutMs: number;
  transactionalId: string;
}

function optionsSize(options: ProduceOptions): number {
  return (
    stringSize(options.clientId) +
    uint64Size(ACKS_NUMBERS[options.acks]) +
    uint64Size(options.timeoutMs) +
    stringSize(options.transactionalId ?? '')
  );
}

function writeOptions(writer: WireWriter, options: ProduceOptions): void {
  writer.string(1, options.clientId);
  writer.uint64(2, ACKS_NUMBERS[options.acks]);
  writer.uint64(3, options.timeoutMs);
}

function readOptions(reader: WireReader): ProduceOptions {
  const options = newOptions();
  while (!reader.done) readOption(reader, reader.tag(), options, OPEN_TRANSACTIONAL_ID);
  return finishOptions(options);
}

function newOptions(): RawOptions {
  return { clientId: '', acks: 0, timeoutMs: 0, transactionalId: '' };
}

function readOption(
  reader: WireReader,
  tag: number,
  options: RawOptions,
  transactionalIdField: number,
): void {
  if (tag === tagOf(1, WIRE_BYTES)) options.clientId = reader.string();
  else if (tag === tagOf(2, WIRE_VARINT)) options.acks = reader.uint32();
  else if (tag === tagOf(3, WIRE_VARINT)) options.timeoutMs = reader.uint32();
  else if (tag === tagOf(transactionalIdField, WIRE_BYTES)) {
    options.transactionalId = reader.string();
  } else reader.skip(tag);
}

function finishOptions({ clientId, acks, timeoutMs, transactionalId }: RawOptions): ProduceOptions {
  const known = ACKS[acks];
  if (known === undefined) {
    throw new MalformedMessage(`acks has the unknown value ${acks}`, 'INVALID_REQUIRED_ACKS');
  }
  const options = { clientId, acks: known, timeoutMs };
  return transactionalId === '' ? options : { ...options, transactionalId };
}

function sumOfMessages(sizes: readonly number[]): number {
  let sum = 0;
  for (const size of sizes) sum += messageSize(size);
  return sum;
}
