/**
 * Zigzag varints, as records use them: 7 bits a byte, lowest first, the highest bit of a byte says
 * that another follows; 0, -1, 1, -2 become 0, 1, 2, 3. A varint holds 32 bits, a varlong 64, of
 * which this room takes what a number holds exactly.
 */
/* eslint-disable @typescript-eslint/no-non-null-assertion -- bytes between checked bounds */
import { assert } from '../base/assert.ts';
import { CorruptBatch } from './corrupt-batch.ts';

/** The bytes that `writeVarint` takes for this 32-bit integer, 1 to 5. */
export function varintSize(value: number): number {
  const zigzag = ((value << 1) ^ (value >> 31)) >>> 0;
  if (zigzag < 0x80) return 1;
  if (zigzag < 0x4000) return 2;
  if (zigzag < 0x20_0000) return 3;
  return zigzag < 0x1000_0000 ? 4 : 5;
}

/** The bytes that `writeVarlong` takes for this safe integer, 1 to 8. */
export function varlongSize(value: number): number {
  let rest = value < 0 ? -value - 1 : value;
  if (rest < 0x4000_0000) return varintSize(value);
  let size = 4;
  for (rest = Math.floor(rest / 0x800_0000); rest > 0; rest = Math.floor(rest / 0x80)) size++;
  return size;
}

/** Writes a 32-bit integer at `position`, returns the position behind it. Room must be there. */
export function writeVarint(bytes: Uint8Array, position: number, value: number): number {
  let zigzag = ((value << 1) ^ (value >> 31)) >>> 0;
  while (zigzag >= 0x80) {
    bytes[position++] = (zigzag & 0x7f) | 0x80;
    zigzag >>>= 7;
  }
  bytes[position++] = zigzag;
  return position;
}

/** Writes a safe integer at `position`, returns the position behind it. Room must be there. */
export function writeVarlong(bytes: Uint8Array, position: number, value: number): number {
  if (value >= -0x4000_0000 && value < 0x4000_0000) return writeVarint(bytes, position, value);
  assert(Number.isSafeInteger(value), () => `a varlong must be a safe integer, got ${value}`);
  // The zigzag form does not fit in a number: its lowest 28 bits and the rest are held apart.
  const magnitude = value < 0 ? -value - 1 : value;
  const low = (magnitude % 0x800_0000) * 2 + (value < 0 ? 1 : 0);
  let high = Math.floor(magnitude / 0x800_0000);
  for (let shift = 0; shift < 28; shift += 7) bytes[position++] = ((low >>> shift) & 0x7f) | 0x80;
  while (high >= 0x80) {
    bytes[position++] = (high & 0x7f) | 0x80;
    high >>>= 7;
  }
  bytes[position++] = high;
  return position;
}

/**
 * Reads varints from untrusted bytes: throws `CorruptBatch` at `end`, for a varint that is too long
 * and for a value out of range. One reader walks over one records section.
 */
export class VarintReader {
  readonly bytes: Uint8Array;
  /** Of the next byte to read. */
  position: number;
  /** Nothing at or behind this position is read. */
  end: number;

  constructor(bytes: Uint8Array, position = 0, end = bytes.length) {
    this.bytes = bytes;
    this.position = position;
    this.end = end;
  }

  /** A 32-bit integer. */
  readVarint(): number {
    const { bytes, position } = this;
    if (position >= this.end) throw new CorruptBatch('a varint is cut off', position);
    let byte = bytes[position]!;
    if (byte < 0x80) {
      this.position = position + 1;
      return (byte >>> 1) ^ -(byte & 1);
    }
    let value = byte & 0x7f;
    let at = position + 1;
    for (let shift = 7; shift <= 28; shift += 7) {
      if (at >= this.end) throw new CorruptBatch('a varint is cut off', position);
      byte = bytes[at++]!;
      if (shift === 28 && byte > 0x0f) break;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) {
        this.position = at;
        return (value >>> 1) ^ -(value & 1);
      }
    }
    throw new CorruptBatch('a varint has more than 32 bits', position);
  }

  /** A 64-bit integer that a number holds exactly. */
  readVarlong(): number {
    const { bytes, position } = this;
    let low = 0;
    let high = 0;
    let at = position;
    for (let index = 0; index < 10; index++) {
      if (at >= this.end) throw new CorruptBatch('a varlong is cut off', position);
      const byte = bytes[at++]!;
      if (index < 4) low |= (byte & 0x7f) << (7 * index);
      else if (index < 8) high |= (byte & 0x7f) << (7 * (index - 4));
      else if ((byte & 0x7f) !== 0) break;
      if (byte < 0x80) {
        const magnitude = (low >>> 1) + high * 0x800_0000;
        const value = (low & 1) === 0 ? magnitude : -magnitude - 1;
        if (!Number.isSafeInteger(value)) break;
        this.position = at;
        return value;
      }
    }
    throw new CorruptBatch('a varlong leaves the range of safe integers', position);
  }
}
