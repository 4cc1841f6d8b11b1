/**
 * The way to the generated code. 64-bit fields are safe integers in both directions: they are read
 * by a reader of our own, which refuses what lies beyond 2^53 - 1, so that protobufjs's own `Long`
 * is left as the rest of the process knows it.
 */
import protobufjs from 'protobufjs/minimal.js';
import type { Writer } from 'protobufjs/minimal.js';
import { MalformedMessage } from './malformed-message.ts';
import { signed64, unsigned64 } from './safe-integer.ts';

export { google, odradek } from './generated/odradek.js';

/** A generated message class, as far as it is used: `Given` is what encodes, `Read` what is decoded. */
export interface MessageType<Given, Read> {
  encode(message: Given, writer?: Writer): Writer;
  decode(reader: protobufjs.Reader | Uint8Array, length?: number): Read;
}

/** Encodes into one buffer. */
export function encodeMessage<Given>(type: MessageType<Given, unknown>, message: Given): Buffer {
  return asBuffer(type.encode(message).finish());
}

/** Decodes; `bytes` fields are views on the input. Throws `MalformedMessage` and nothing else. */
export function decodeMessage<Read>(type: MessageType<never, Read>, bytes: Uint8Array): Read {
  try {
    return type.decode(new SafeReader(asBuffer(bytes)));
  } catch (error) {
    if (error instanceof MalformedMessage) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new MalformedMessage(
      `the message cannot be decoded: ${reason}`,
      'INVALID_REQUEST',
      error,
    );
  }
}

/** The same bytes as a Buffer, without a copy. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Reads 64-bit varints as safe integers; the rest is protobufjs's. */
class SafeReader extends protobufjs.BufferReader {
  // The declared return type is protobufjs's `Long`, which the generated code never asks for.
  override int64(): never {
    const { low, high } = this.varint64();
    return signed64(low, high) as never;
  }

  override uint64(): never {
    const { low, high } = this.varint64();
    return unsigned64(low, high) as never;
  }

  override sint64(): never {
    const { low, high } = this.varint64();
    const sign = -(low & 1);
    const decodedLow = ((low >>> 1) | (high << 31)) ^ sign;
    const decodedHigh = (high >>> 1) ^ sign;
    return signed64(decodedLow >>> 0, decodedHigh >>> 0) as never;
  }

  private varint64(): { low: number; high: number } {
    let low = 0;
    let high = 0;
    for (let index = 0; index < 10; index++) {
      const byte = this.pos < this.len ? this.buf[this.pos] : undefined;
      if (byte === undefined) throw new MalformedMessage('the message ends within a number');
      this.pos++;
      const bits = byte & 0x7f;
      if (index < 4) low |= bits << (7 * index);
      else if (index === 4) {
        low |= bits << 28;
        high |= bits >>> 4;
      } else high |= bits << (7 * index - 32);
      if (byte < 0x80) return { low: low >>> 0, high: high >>> 0 };
    }
    throw new MalformedMessage('a number has more than ten bytes');
  }
}
