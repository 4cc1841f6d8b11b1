import { describe, expect, test } from 'vitest';
import { leaderEpoch, offset } from '../../../src/base/ids.ts';
import { encodeLogState, parseLogState } from '../../../src/log/log-state.ts';
import { crc32c } from '../../../src/record/crc32c.ts';
import { LeaderEpochHistory } from '../../../src/record/leader-epoch-history.ts';

const state = {
  logStartOffset: offset(120),
  condition: 'uncertain',
  reason: 'two lines\nand "quotes" – and a dash',
  epochs: LeaderEpochHistory.of([
    { epoch: leaderEpoch(3), startOffset: offset(120) },
    { epoch: leaderEpoch(5), startOffset: offset(180) },
  ]),
} as const;

describe('the state of a log', () => {
  test('is read as it was written', () => {
    const read = parseLogState(encodeLogState(state));
    expect(read).toEqual({ state: { ...state, epochs: expect.anything() as unknown } });
    expect('state' in read && read.state.epochs.equals(state.epochs)).toBe(true);
  });

  test('has a layout that does not change', () => {
    const text = Buffer.from(encodeLogState({ ...state, reason: '' })).toString('latin1');
    expect(text.split('\n').slice(0, 7)).toEqual([
      'version: 1',
      'log_start_offset: 120',
      'state: uncertain',
      'reason: ""',
      'epochs: 2',
      '3 120',
      '5 180',
    ]);
  });

  test('any flipped bit and any missing end is found out', () => {
    const bytes = encodeLogState(state);
    for (let byte = 0; byte < bytes.length; byte++) {
      const flipped = bytes.slice();
      flipped[byte] = (flipped[byte] ?? 0) ^ (1 << (byte % 8));
      expect(parseLogState(flipped)).toHaveProperty('problem');
      expect(parseLogState(bytes.subarray(0, byte))).toHaveProperty('problem');
    }
  });

  test('nonsense under a good checksum is found out too', () => {
    const text = Buffer.from(encodeLogState({ ...state, reason: '' })).toString('latin1');
    for (const [line, other] of [
      ['log_start_offset: 120', 'log_start_offset: 9999999999999999'],
      ['reason: ""', 'reason: "\\"'],
      ['reason: ""', 'reason: "a\tb"'],
      ['reason: ""', 'reason: "a" "b"'],
      ['3 120', '6 120'],
    ] as const) {
      const body = text.replace(line, other).replace(/crc32c: .*\n$/, '');
      const checksum = crc32c(Buffer.from(body, 'latin1')).toString(16).padStart(8, '0');
      const forged = Buffer.from(`${body}crc32c: ${checksum}\n`, 'latin1');
      expect(parseLogState(forged), other).toHaveProperty('problem');
    }
  });

  test('a later version is refused rather than rebuilt', () => {
    const body = 'version: 2\nwhatever: 1\n';
    const checksum = crc32c(Buffer.from(body)).toString(16).padStart(8, '0');
    expect(() => parseLogState(Buffer.from(`${body}crc32c: ${checksum}\n`))).toThrow('version 2');
  });
});
