import { expect, test } from 'vitest';
import { parseConsumption } from '../../../bench/peers/kafka/consume.ts';

test('reads the table of ConsumerPerformance by its names', () => {
  const stdout =
    'start.time, end.time, data.consumed.in.MB, MB.sec, data.consumed.in.nMsg, nMsg.sec, ' +
    'rebalance.time.ms, fetch.time.ms, fetch.MB.sec, fetch.nMsg.sec\n' +
    '2026-11-20 10:00:00:000, 2026-11-20 10:00:02:500, 190.7349, 76.2939, 2000000, 800000.0000, ' +
    '3100, 1575, 121.1015, 1269841.2698\n';
  expect(parseConsumption(stdout)).toEqual({
    messagesPerSecond: 800_000,
    fetchMessagesPerSecond: 1_269_841.2698,
    messages: 2_000_000,
  });
});

test('a run without a table is an error, not a rate of zero', () => {
  expect(() => parseConsumption('Exiting before consuming the expected number\n')).toThrow(
    'ConsumerPerformance ended with “Exiting before',
  );
});
