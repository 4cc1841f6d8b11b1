import { expect, test } from 'vitest';
import { parseEndToEnd } from '../../../bench/peers/kafka/latency.ts';

test('reads the last lines of EndToEndLatency', () => {
  const stdout =
    '0\t38.2\n1000\t2.1\n' +
    'Avg latency: 2.4171 ms\n\n' +
    'Percentiles: 50th = 2, 99th = 5, 99.9th = 11\n';
  expect(parseEndToEnd(stdout)).toEqual({ p50: 2, p99: 5, p999: 11 });
});

test('a run without percentiles is an error, not a latency of zero', () => {
  expect(() =>
    parseEndToEnd('poll() timed out before finding a result (timeout:[60000ms])\n'),
  ).toThrow('EndToEndLatency ended with “poll() timed out');
});
