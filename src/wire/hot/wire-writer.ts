/**
 * Protobuf's wire format written by hand, for the messages that carry records: a first walk adds up
 * the exact size, a second writes into one buffer, and the records are copied once.
 *
 * Every `…Size` here counts the field's tag; fields with their default value are left out, as the
 * generated code does, so that both write the same bytes.
 */
import { assert } from '../../base/assert.ts';

export const WIRE_VARINT = 0;
export const WIRE_FIXED64 = 1;
export const WIRE_BYTES = 2;
export const WIRE_GROUP_START = 3;
export const WIRE_GROUP_END = 4;
export const WIRE_FIXED32 = 5;

const TWO_31 = 2_147_483_648;
const TWO_32 = 4_294_967_296;
/** Bytes of a negative 64-bit varint. */
const NEGATIVE_BYTES = 10;

/** Bytes of a varint of a safe integer from 0. */
export function varintBytes(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x20_0000) return 3;
  if (value < 0x1000_0000) return 4;
  let bytes = 5;
  for (let rest = Math.floor(value / 0x8_0000_0000); rest > 0; rest = Math.floor(rest / 0x80)) {
    bytes++;
  }
  return bytes;
}

function zigzag32(value: number): number {
  return ((value << 1) ^ (value >> 31)) >>> 0;
}

/** Tags of the fields 1 to 15 have one byte; the hot messages have no others. */
const TAG_BYTES = 1;

export function uint64Size(value: number): number {
  return value === 0 ? 0 : TAG_BYTES + varintBytes(value);
}
export function int64Size(value: number): number {
  return value < 0 ? TAG_BYTES + NEGATIVE_BYTES : uint64Size(value);
}
export function sint32Size(value: number): number {
  return value === 0 ? 0 : TAG_BYTES + varintBytes(zigzag32(value));
}
/** Of a field that says whether it is there: its default is written too. */
export function optionalSint32Size(value: number | null): number {
  return value === null ? 0 : TAG_BYTES + varintBytes(zigzag32(value));
}
export function boolSize(value: boolean): number {
  return value ? TAG_BYTES + 1 : 0;
}
export function doubleSize(value: number): number {
  return Object.is(value, 0) ? 0 : TAG_BYTES + 8;
}
export function optionalDoubleSize(value: number | null): number {
  return value === null ? 0 : TAG_BYTES + 8;
}
export function stringSize(value: string): number {
  return value === '' ? 0 : messageSize(Buffer.byteLength(value));
}
/** Of a `bytes` field with this much in it. */
export function bytesSize(length: number): number {
  return length === 0 ? 0 : messageSize(length);
}
/** Of an embedded message with a body of `length` bytes; an empty one is written too. */
export function messageSize(length: number): number {
  return TAG_BYTES + varintBytes(length) + length;
}

/** Fills one buffer of the size that was added up; `finish` asserts that it came out even. */
export class WireWriter {
  protected buffer: Buffer;
  protected position = 0;

  /** `allocated`: less than `size` only where a subclass finds room for the rest. */
  constructor(size: number, allocated = size) {
    this.buffer = Buffer.allocUnsafe(allocated);
  }

  finish(): Buffer {
    assert(
      this.position === this.buffer.length,
      () => `a message of ${this.buffer.length} bytes was written as ${this.position}`,
    );
    return this.buffer;
  }

  uint64(field: number, value: number): void {
    if (value === 0) return;
    this.tag(field, WIRE_VARINT);
    this.varint(value);
  }

  int64(field: number, value: number): void {
    if (value >= 0) {
      this.uint64(field, value);
      return;
    }
    this.tag(field, WIRE_VARINT);
    // Two's complement of 64 bits: nine groups of seven bits and the sign.
    let rest = value;
    for (let index = 0; index < 9; index++) {
      const group = ((rest % 0x80) + 0x80) % 0x80;
      this.byte(group | 0x80);
      rest = (rest - group) / 0x80;
    }
    this.byte(1);
  }

  sint32(field: number, value: number): void {
    if (value !== 0) this.optionalSint32(field, value);
  }

  optionalSint32(field: number, value: number | null): void {
    if (value === null) return;
    this.tag(field, WIRE_VARINT);
    this.varint(zigzag32(value));
  }

  bool(field: number, value: boolean): void {
    if (!value) return;
    this.tag(field, WIRE_VARINT);
    this.byte(1);
  }

  double(field: number, value: number): void {
    if (!Object.is(value, 0)) this.optionalDouble(field, value);
  }

  optionalDouble(field: number, value: number | null): void {
    if (value === null) return;
    this.tag(field, WIRE_FIXED64);
    this.reserve(8);
    this.position = this.buffer.writeDoubleLE(value, this.position);
  }

  string(field: number, value: string): void {
    if (value === '') return;
    const length = Buffer.byteLength(value);
    this.message(field, length);
    this.reserve(length);
    this.position += this.buffer.write(value, this.position, 'utf8');
  }

  bytes(field: number, value: Uint8Array): void {
    this.chunks(field, value.length, [value]);
  }

  /** Several pieces as one `bytes` field; `length` is their sum. */
  chunks(field: number, length: number, pieces: readonly Uint8Array[]): void {
    if (length === 0) return;
    this.message(field, length);
    this.append(length, pieces);
  }

  /** The head of an embedded message; its fields follow. */
  message(field: number, length: number): void {
    this.tag(field, WIRE_BYTES);
    this.varint(length);
  }

  /** Makes room for what is written next. */
  protected reserve(_bytes: number): void {}

  protected append(length: number, pieces: readonly Uint8Array[]): void {
    this.reserve(length);
    for (const piece of pieces) {
      this.buffer.set(piece, this.position);
      this.position += piece.length;
    }
  }

  private tag(field: number, wireType: number): void {
    this.byte((field << 3) | wireType);
  }

  private varint(value: number): void {
    let rest = value;
    while (rest >= TWO_31) {
      this.byte((rest % 0x80) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    while (rest >= 0x80) {
      this.byte((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    this.byte(rest);
  }

  private byte(value: number): void {
    this.reserve(1);
    this.buffer[this.position++] = value;
  }
}

/**
 * Writes a message that refers to its records where they lie. Our own transport hands the pieces to
 * the socket as they are. grpc-js frames every message by copying it into a buffer of its own, and
 * asks nothing of it but `length`, `byteLength` and `copy`: so what `finish` returns looks like a
 * buffer to it alone. The pieces must not change until the message has left.
 */
export class GatheringWriter extends WireWriter {
  private readonly size: number;
  private readonly parts: Uint8Array[] = [];
  private gatheredBytes = 0;
  /** Where in `buffer` the next part begins. */
  private start = 0;

  constructor(size: number) {
    super(size, Math.min(size, HEAD_BYTES));
    this.size = size;
  }

  override finish(): Buffer {
    if (this.parts.length === 0) return Buffer.from(this.buffer.subarray(0, this.position));
    this.cut();
    assert(
      this.gatheredBytes === this.size,
      () => `a message of ${this.size} bytes was gathered as ${this.gatheredBytes}`,
    );
    return new GatheredBytes(this.parts, this.size) as unknown as Buffer;
  }

  protected override reserve(bytes: number): void {
    if (this.position + bytes <= this.buffer.length) return;
    this.cut();
    this.buffer = Buffer.allocUnsafe(Math.max(bytes, HEAD_BYTES));
    this.start = 0;
    this.position = 0;
  }

  protected override append(length: number, pieces: readonly Uint8Array[]): void {
    if (length < GATHER_BYTES_MIN) {
      super.append(length, pieces);
      return;
    }
    this.cut();
    for (const piece of pieces) this.add(piece);
  }

  private cut(): void {
    if (this.position > this.start) this.add(this.buffer.subarray(this.start, this.position));
    this.start = this.position;
  }

  private add(part: Uint8Array): void {
    this.parts.push(part);
    this.gatheredBytes += part.length;
  }
}

/** A message in pieces, and the part of a buffer that grpc-js uses of a message that it frames. */
export class GatheredBytes {
  readonly length: number;
  readonly byteLength: number;
  readonly pieces: readonly Uint8Array[];

  constructor(pieces: readonly Uint8Array[], length: number) {
    this.pieces = pieces;
    this.length = length;
    this.byteLength = length;
  }

  copy(target: Uint8Array, targetStart: number): number {
    let position = targetStart;
    for (const part of this.pieces) {
      target.set(part, position);
      position += part.length;
    }
    return this.length;
  }
}

/** Room for everything but records in a message of a few partitions. */
const HEAD_BYTES = 512;
/** Below this a copy costs less than another part. */
const GATHER_BYTES_MIN = 4_096;

/** The bytes of several pieces together. */
export function lengthOf(pieces: readonly Uint8Array[]): number {
  let length = 0;
  for (const piece of pieces) length += piece.length;
  assert(length < TWO_32, () => `a field cannot hold ${length} bytes`);
  return length;
}
