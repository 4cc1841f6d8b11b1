import { describe, expect, test } from 'vitest';
import { offset, timestamp } from '../../../src/base/ids.ts';
import { parseFrom } from '../../../src/cli/consume/parse-from.ts';
import { recordFormatter, type ReadableRecord } from '../../../src/cli/consume/record-format.ts';

describe('--from', () => {
  test.each([
    ['start', 'start'],
    ['end', 'end'],
    ['0', 0],
    ['17', 17],
    ['-5', { last: 5 }],
    ['@1700000000000', { timestamp: 1_700_000_000_000 }],
    ['@2023-11-14T22:13:20Z', { timestamp: 1_700_000_000_000 }],
    ['@2023-11-14', { timestamp: 1_699_920_000_000 }],
    ['@-15m', { timestamp: 10_000_000 - 900_000 }],
  ])('%s', (text, position) => {
    expect(parseFrom(text, 10_000_000)).toEqual(position);
  });

  test.each([
    '',
    'begin',
    '1.5',
    '--1',
    '@',
    '@yesterday',
    '@1969-01-01',
    '@-1x',
    '1e3',
    '@-1h30m',
  ])('refuses "%s"', (text) => {
    expect(() => parseFrom(text, 10_000_000)).toThrow('It must be');
  });
});

describe('what is printed of a record', () => {
  const place = { topic: 'flights', partition: 2 };
  const record = (over: Partial<ReadableRecord>): ReadableRecord => ({
    offset: offset(5),
    timestamp: timestamp(17),
    key: Buffer.from('SFO'),
    value: Buffer.from('{"a":1}'),
    headers: [],
    ...over,
  });
  const json = (over: Partial<ReadableRecord>): unknown =>
    JSON.parse(String(recordFormatter('ndjson')(record(over), place)));

  test('the value as it is, nothing for none', () => {
    const bytes = Buffer.from([0xff, 0x00]);
    expect(recordFormatter('value')(record({ value: bytes }), place)).toBe(bytes);
    expect(recordFormatter('value')(record({ value: null }), place)).toHaveLength(0);
  });

  test('key and value with a tab between them', () => {
    const format = recordFormatter('key-value');
    expect(String(format(record({}), place))).toBe('SFO\t{"a":1}');
    expect(String(format(record({ key: null }), place))).toBe('\t{"a":1}');
  });

  test('an object with everything', () => {
    expect(json({ headers: [{ key: 'h', value: Buffer.from('é') }] })).toEqual({
      ...place,
      offset: 5,
      timestamp: 17,
      key: 'SFO',
      value: '{"a":1}',
      headers: [{ key: 'h', value: 'é' }],
    });
    expect(json({ key: null, value: null })).toMatchObject({ key: null, value: null });
  });

  test('bytes that are no text are base64, and say so', () => {
    const bytes = Buffer.from([0xff, 0xfe]);
    const headers = [{ key: 'h', value: bytes }];
    expect(json({ key: bytes, value: bytes, headers })).toMatchObject({
      key: '//4=',
      keyEncoding: 'base64',
      value: '//4=',
      valueEncoding: 'base64',
      headers: [{ key: 'h', value: '//4=', encoding: 'base64' }],
    });
    // A byte order mark is a character like any other.
    expect(json({ value: Buffer.from('\ufeffa') })).toMatchObject({ value: '\ufeffa' });
  });
});
