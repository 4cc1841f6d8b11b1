/**
 * Protobuf's wire format read by hand. Throws `MalformedMessage` and nothing else; what it returns
 * as bytes are views on the input.
 */
import { asBuffer } from '../protobuf.ts';
import { MalformedMessage } from '../malformed-message.ts';
import { signed64, unsigned64 } from '../safe-integer.ts';
import {
  WIRE_BYTES,
  WIRE_FIXED32,
  WIRE_FIXED64,
  WIRE_GROUP_END,
  WIRE_GROUP_START,
  WIRE_VARINT,
} from './wire-writer.ts';

/** Groups in groups: more than any message has, less than the stack holds. */
const GROUP_DEPTH_MAX = 32;

/** The tag of a field, as `switch` compares it. */
export function tagOf(field: number, wireType: number): number {
  return (field << 3) | wireType;
}

export class WireReader {
  private readonly buffer: Buffer;
  private position: number;
  private readonly end: number;

  constructor(bytes: Uint8Array, position = 0, end = bytes.length) {
    this.buffer = asBuffer(bytes);
    this.position = position;
    this.end = end;
  }

  get done(): boolean {
    return this.position >= this.end;
  }

  /** A field's number and wire type. */
  tag(): number {
    const tag = this.exactUint32();
    if (tag >>> 3 === 0) throw new MalformedMessage('a field has the number 0');
    return tag;
  }

  /** The low 32 bits of a varint, unsigned: the format cuts longer ones. */
  uint32(): number {
    let value = 0;
    for (let index = 0; index < 10; index++) {
      const byte = this.byte();
      if (index < 5) value |= (byte & 0x7f) << (7 * index);
      if (byte < 0x80) return value >>> 0;
    }
    throw new MalformedMessage('a number has more than ten bytes');
  }

  sint32(): number {
    const value = this.uint32();
    return (value >>> 1) ^ -(value & 1);
  }

  bool(): boolean {
    let any = 0;
    for (let index = 0; index < 10; index++) {
      const byte = this.byte();
      any |= byte & 0x7f;
      if (byte < 0x80) return any !== 0;
    }
    throw new MalformedMessage('a number has more than ten bytes');
  }

  int64(): number {
    return this.varint64(signed64);
  }

  uint64(): number {
    return this.varint64(unsigned64);
  }

  double(): number {
    this.require(8);
    const value = this.buffer.readDoubleLE(this.position);
    this.position += 8;
    return value;
  }

  /** Refuses what is no UTF-8, as the generated code does: a name that was guessed at is no name. */
  string(): string {
    const length = this.length();
    const start = this.position;
    this.position += length;
    const text = this.buffer.toString('utf8', start, this.position);
    // It stands for every byte that makes no sense; now and then somebody has written it himself.
    if (text.includes('\ufffd')) assertUtf8(this.buffer.subarray(start, this.position));
    return text;
  }

  bytes(): Buffer {
    const length = this.length();
    const start = this.position;
    this.position += length;
    return this.buffer.subarray(start, this.position);
  }

  /** A reader of the embedded message that begins here; this one goes on behind it. */
  message(): WireReader {
    const length = this.length();
    const start = this.position;
    this.position += length;
    return new WireReader(this.buffer, start, this.position);
  }

  /** Passes over a field that is not known, or that comes with another wire type than it should. */
  skip(tag: number, depth = 0): void {
    switch (tag & 7) {
      case WIRE_VARINT:
        this.bool();
        return;
      case WIRE_FIXED64:
        this.pass(8);
        return;
      case WIRE_BYTES:
        this.pass(this.length());
        return;
      case WIRE_GROUP_START:
        if (depth >= GROUP_DEPTH_MAX) throw new MalformedMessage('groups are nested too deep');
        for (;;) {
          const inner = this.tag();
          if ((inner & 7) !== WIRE_GROUP_END) {
            this.skip(inner, depth + 1);
            continue;
          }
          if (inner >>> 3 !== tag >>> 3) {
            throw new MalformedMessage('a group is ended by another’s end');
          }
          return;
        }
      case WIRE_FIXED32:
        this.pass(4);
        return;
      default:
        throw new MalformedMessage(`a field has the impossible wire type ${tag & 7}`);
    }
  }

  private varint64(combine: (low: number, high: number) => number): number {
    let low = 0;
    let high = 0;
    for (let index = 0; index < 10; index++) {
      const byte = this.byte();
      const bits = byte & 0x7f;
      if (index < 4) low |= bits << (7 * index);
      else if (index === 4) {
        low |= bits << 28;
        high |= bits >>> 4;
      } else high |= bits << (7 * index - 32);
      if (byte < 0x80) return combine(low >>> 0, high >>> 0);
    }
    throw new MalformedMessage('a number has more than ten bytes');
  }

  private length(): number {
    const length = this.exactUint32();
    this.require(length);
    return length;
  }

  /** For tags and lengths, which are not cut: what is more than 32 bits is refused. */
  private exactUint32(): number {
    const start = this.position;
    const value = this.uint32();
    const bytes = this.position - start;
    const last = this.buffer[this.position - 1] ?? 0;
    if (bytes > 5 || (bytes === 5 && last > 0x0f)) {
      throw new MalformedMessage('a tag or a length has more than 32 bits');
    }
    return value;
  }

  private pass(bytes: number): void {
    this.require(bytes);
    this.position += bytes;
  }

  private require(bytes: number): void {
    if (bytes > this.end - this.position) {
      throw new MalformedMessage(
        `a field of ${bytes} bytes begins ${this.end - this.position} bytes before the end`,
      );
    }
  }

  private byte(): number {
    const byte = this.position < this.end ? this.buffer[this.position] : undefined;
    if (byte === undefined) throw new MalformedMessage('the message ends within a number');
    this.position++;
    return byte;
  }
}

const STRICT_UTF8 = new TextDecoder('utf-8', { fatal: true });

function assertUtf8(bytes: Uint8Array): void {
  try {
    STRICT_UTF8.decode(bytes);
  } catch (cause) {
    throw new MalformedMessage('a string is not UTF-8', 'INVALID_REQUEST', cause);
  }
}
