import { expect, test } from 'vitest';
import { parseSummary } from '../../../bench/peers/kafka/produce.ts';

test('reads the last line of ProducerPerformance', () => {
  const stdout =
    '601231 records sent, 120222.2 records/sec (11.47 MB/sec), 1721.5 ms avg latency, 2211.0 ms max latency.\n' +
    '3000000 records sent, 149164.7 records/sec (14.23 MB/sec), 3012.31 ms avg latency, 4670.00 ms max latency, ' +
    '3495 ms 50th, 4460 ms 95th, 4579 ms 99th, 4664 ms 99.9th.\n';
  expect(parseSummary(stdout)).toEqual({
    messagesPerSecond: 149_164.7,
    latencyMs: { p50: 3_495, p99: 4_579, p999: 4_664 },
  });
});

test('a run without a summary is an error, not a rate of zero', () => {
  expect(() => parseSummary('org.apache.kafka.common.errors.TimeoutException: no\n')).toThrow(
    'ProducerPerformance ended with “org.apache.kafka',
  );
});
