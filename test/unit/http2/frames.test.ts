import { describe, expect, test } from 'vitest';
import {
  ALL_CALLS,
  FLAG,
  FRAME,
  frame,
  FrameReader,
  HTTP2_ERROR,
  Http2ConnectionError,
  numberFrame,
  parseSettings,
  PREFACE,
  SETTING,
  settingsFrame,
  writeFrameHeader,
} from '../../../src/http2/frames.ts';
import { isOurs } from '../../../src/http2/introduction.ts';
import { SeededRandom } from '../../../src/testing/seeded-random.ts';
import { cuts, randomBytes } from './bytes.ts';

/** A frame as a reader tells it, with the pieces of its DATA put together. */
interface Told {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: string;
}

/** `lent`: each chunk is written over once it was pushed. */
function read(chunks: Iterable<Buffer>, lent = false): Told[] {
  const told: Told[] = [];
  let data: Buffer[] = [];
  const reader = new FrameReader({
    onFrame: (type, flags, stream, payload) =>
      told.push({ type, flags, stream, payload: payload.toString('hex') }),
    onData: (_, bytes) => data.push(Buffer.from(bytes)),
    onDataEnd: (stream, flags, length) => {
      const payload = Buffer.concat(data);
      expect(payload.length).toBe(length);
      told.push({ type: FRAME.data, flags, stream, payload: payload.toString('hex') });
      data = [];
    },
  });
  for (const chunk of chunks) {
    const bytes = Buffer.from(chunk);
    reader.push(bytes);
    if (lent) bytes.fill(0xee);
  }
  return told;
}

function randomFrames(random: SeededRandom): { bytes: Buffer; told: Told[] } {
  const told: Told[] = [];
  const parts: Buffer[] = [];
  for (let count = 1 + random.below(12); count > 0; count--) {
    const type = random.below(12);
    const flags = random.below(256) & (type === FRAME.data ? ~FLAG.padded : 0xff);
    const stream = random.below(2 ** 31);
    const payload = randomBytes(random.below(4) === 0 ? 0 : random.below(300), random);
    parts.push(frame(type, flags, stream, payload));
    told.push({ type, flags, stream, payload: payload.toString('hex') });
  }
  return { bytes: Buffer.concat(parts), told };
}

function codeOf(work: () => unknown): number | null {
  try {
    work();
  } catch (error) {
    if (error instanceof Http2ConnectionError) return error.code;
    throw error;
  }
  return null;
}

describe('a reader of frames', () => {
  test('tells the same frames however the bytes were cut', () => {
    for (let seed = 0; seed < 300; seed++) {
      const random = new SeededRandom(seed);
      const { bytes, told } = randomFrames(random);
      expect(read(cuts(bytes, random)), `seed ${seed}`).toEqual(told);
    }
  });

  // Before the pieces of a frame were copied, the first of them said what the next read had brought.
  test('tells them also where each piece is written over behind it', () => {
    for (let seed = 0; seed < 300; seed++) {
      const random = new SeededRandom(seed);
      const { bytes, told } = randomFrames(random);
      expect(read(cuts(bytes, random), true), `seed ${seed}`).toEqual(told);
    }
  });

  test('ignores the reserved bit of a stream’s number', () => {
    const bytes = numberFrame(FRAME.resetStream, 5, 8);
    bytes[5] = (bytes[5] ?? 0) | 0x80;
    expect(read([bytes])).toMatchObject([{ stream: 5 }]);
  });

  test('refuses a control frame that is too long as soon as it says so', () => {
    const header = Buffer.alloc(9);
    const announce = (type: number, length: number) => {
      writeFrameHeader(header, 0, { length, type, flags: 0, stream: 0 });
      return codeOf(() => read([header]));
    };
    for (let type = 0; type < 12; type++) {
      expect(announce(type, 1 << 16)).toBe(null);
      const expected = type === FRAME.data ? null : HTTP2_ERROR.frameSize;
      expect(announce(type, (1 << 16) + 1)).toBe(expected);
    }
  });

  test('refuses DATA with padding', () => {
    const bytes = frame(FRAME.data, FLAG.padded, 1, Buffer.from([0, 1]));
    expect(codeOf(() => read([bytes]))).toBe(HTTP2_ERROR.protocol);
  });
});

describe('SETTINGS', () => {
  test('come back as they were', () => {
    const settings = new Map([
      [SETTING.initialWindow, 2 ** 32 - 1],
      [SETTING.literalFields, ALL_CALLS],
      [0xffff, 0],
    ]);
    expect(parseSettings(settingsFrame(settings).subarray(9))).toEqual(settings);
  });

  test('of a wrong length are refused', () => {
    expect(codeOf(() => parseSettings(Buffer.alloc(7)))).toBe(HTTP2_ERROR.frameSize);
  });
});

describe('an introduction', () => {
  const settings = (...entries: [number, number][]) =>
    Buffer.concat([PREFACE, settingsFrame(new Map(entries))]);
  const ours = settings([SETTING.streamsMax, 10], [SETTING.literalFields, ALL_CALLS]);

  test('is undecided until all of it has come', () => {
    for (let length = 0; length < ours.length; length++) {
      expect(isOurs(ours.subarray(0, length)), `${length} bytes`).toBe(null);
    }
    expect(isOurs(ours)).toBe(true);
    expect(isOurs(Buffer.concat([ours, Buffer.from('more')]))).toBe(true);
  });

  test('without our setting is somebody else’s', () => {
    expect(isOurs(settings())).toBe(false);
    expect(isOurs(settings([SETTING.streamsMax, 1]))).toBe(false);
    expect(isOurs(settings([SETTING.literalFields, 0]))).toBe(false);
    expect(isOurs(settings([SETTING.literalFields, 1]))).toBe(false);
  });

  test('that goes wrong is somebody else’s, from the first byte that does', () => {
    for (let at = 0; at < PREFACE.length; at++) {
      const bytes = Buffer.from(ours);
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      expect(isOurs(bytes.subarray(0, at)), `${at} bytes`).toBe(null);
      expect(isOurs(bytes.subarray(0, at + 1)), `${at + 1} bytes`).toBe(false);
    }
    expect(isOurs(Buffer.from('GET / HTTP/1.1\r\n'))).toBe(false);
    expect(isOurs(Buffer.concat([PREFACE, numberFrame(FRAME.windowUpdate, 0, 1)]))).toBe(false);
  });

  test('whose SETTINGS are too long or not made of settings is somebody else’s', () => {
    const uneven = frame(FRAME.settings, 0, 0, Buffer.alloc(7));
    expect(isOurs(Buffer.concat([PREFACE, uneven]))).toBe(false);
    const header = Buffer.alloc(9);
    writeFrameHeader(header, 0, { length: 6 * 3_000, type: FRAME.settings, flags: 0, stream: 0 });
    expect(isOurs(Buffer.concat([PREFACE, header]))).toBe(false);
  });
});
