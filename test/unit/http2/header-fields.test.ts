import { describe, expect, test } from 'vitest';
import { HTTP2_ERROR, Http2ConnectionError } from '../../../src/http2/frames.ts';
import {
  pathOf,
  requestFields,
  responseFields,
  statusOf,
  trailers,
  type CallStatus,
} from '../../../src/http2/grpc-fields.ts';
import { decodeHeaderFields, encodeHeaderFields } from '../../../src/http2/header-fields.ts';
import { SeededRandom } from '../../../src/testing/seeded-random.ts';
import { randomBytes } from './bytes.ts';

function refusedWith(block: Buffer): number | null {
  try {
    decodeHeaderFields(block);
  } catch (error) {
    if (error instanceof Http2ConnectionError) return error.code;
    throw error;
  }
  return null;
}

describe('header fields', () => {
  test('come back as they were, whatever their lengths', () => {
    const lengths = [0, 1, 126, 127, 128, 254, 255, 256, 16_509, 16_510, 16_511, 60_000];
    for (const length of lengths) {
      const fields = new Map([
        [`x-${'n'.repeat(length % 1_000)}`, 'v'.repeat(length)],
        ['y', ''],
      ]);
      expect(decodeHeaderFields(encodeHeaderFields(fields)), `${length}`).toEqual(fields);
    }
    expect(decodeHeaderFields(encodeHeaderFields(new Map()))).toEqual(new Map());
  });

  test('in HPACK’s other forms are refused', () => {
    const literal = [0, 1, 0x61, 1, 0x62];
    expect(refusedWith(Buffer.from(literal))).toBe(null);
    for (const [form, block] of Object.entries({
      indexed: [0x82],
      'with incremental indexing': [0x40, ...literal.slice(1)],
      'never indexed': [0x10, ...literal.slice(1)],
      'with a name from a table': [0x04, 1, 0x62],
      'a new size of the table': [0x20],
      'a name in Huffman’s code': [0, 0x81, 0x1f, 1, 0x62],
      'a value in Huffman’s code': [0, 1, 0x61, 0x81, 0x1f],
      'a name that ends too early': [0, 2, 0x61],
      'a value that ends too early': [0, 1, 0x61, 2, 0x62],
      'without a value': [0, 1, 0x61],
      'without a name': [0],
      'a length that ends too early': [0, 0x7f, 0x80],
      'a length without end': [0, 0x7f, 0x80, 0x80, 0x80, 0x80, 0x01],
    })) {
      expect(refusedWith(Buffer.from(block)), form).toBe(HTTP2_ERROR.compression);
      expect(refusedWith(Buffer.from([...literal, ...block])), form).toBe(HTTP2_ERROR.compression);
    }
  });

  test('of any bytes are read or refused', () => {
    const random = new SeededRandom(1);
    for (let count = 0; count < 2_000; count++) {
      const block = Buffer.concat([Buffer.alloc(1), randomBytes(random.below(20), random)]);
      expect([null, HTTP2_ERROR.compression]).toContain(refusedWith(block));
    }
  });
});

describe('gRPC’s fields', () => {
  const through = (status: CallStatus) =>
    statusOf(decodeHeaderFields(encodeHeaderFields(trailers(status))));

  test('carry a status with any text and any details', () => {
    for (const status of [
      { code: 0, message: '', details: null },
      { code: 5, message: '100 % of “what” is\nlost — 失', details: Buffer.from([0, 255, 1]) },
      { code: 13, message: '%41', details: Buffer.alloc(0) },
    ]) {
      expect(through(status)).toEqual(status);
    }
  });

  test('that say no status are an unknown one', () => {
    for (const text of [undefined, '', 'x', '1.5']) {
      const fields = new Map(text === undefined ? [] : [['grpc-status', text]]);
      expect(statusOf(fields), text).toEqual({ code: 2, message: '', details: null });
    }
  });

  test('name the method of a call, and no other request’s', () => {
    const fields = new Map(requestFields('/a.B/C', 'host:1'));
    expect(pathOf(fields)).toBe('/a.B/C');
    expect(pathOf(responseFields())).toBe(null);
    expect(pathOf(new Map([...fields, [':method', 'GET']]))).toBe(null);
    expect(pathOf(new Map([...fields, ['content-type', 'text/html']]))).toBe(null);
  });
});
