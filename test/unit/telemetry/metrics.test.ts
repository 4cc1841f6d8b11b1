import { expect, test } from 'vitest';
import { Metrics } from '../../../src/telemetry/metrics.ts';

const FLIGHTS = { topic: 'flights', partition: 0 };

async function lines(metrics: Metrics, name: string): Promise<string[]> {
  const { body } = await metrics.read();
  return body.split('\n').filter((line) => line.startsWith(name));
}

test('a counter is a plain number that is seen when the metrics are read', async () => {
  const metrics = new Metrics();
  const counter = metrics.counter('odradek_messages_in_total', FLIGHTS);
  counter.add(5);
  counter.add();
  expect(metrics.counter('odradek_messages_in_total', FLIGHTS)).toBe(counter);
  const line = 'odradek_messages_in_total{topic="flights",partition="0"} 6';
  expect(await lines(metrics, 'odradek_messages_in_total')).toEqual([line]);
  // Reading is not counting.
  expect(await lines(metrics, 'odradek_messages_in_total')).toEqual([line]);
});

test('a gauge is asked at the moment of reading, and a later one replaces it', async () => {
  const metrics = new Metrics();
  let value = 1;
  metrics.gauge('odradek_high_watermark', FLIGHTS, () => value);
  metrics.gauge('odradek_topics', () => 3);
  value = 2;
  expect(await lines(metrics, 'odradek_high_watermark')).toEqual([
    'odradek_high_watermark{topic="flights",partition="0"} 2',
  ]);
  metrics.gauge('odradek_high_watermark', FLIGHTS, () => 9);
  expect(await lines(metrics, 'odradek_high_watermark')).toEqual([
    'odradek_high_watermark{topic="flights",partition="0"} 9',
  ]);
  expect(await lines(metrics, 'odradek_topics')).toEqual(['odradek_topics 3']);
});

test('a histogram counts into fixed buckets, cumulatively, bounds included', async () => {
  const metrics = new Metrics();
  const histogram = metrics.histogram('odradek_produce_duration_seconds', { acks: 'all' });
  for (const seconds of [0.000_05, 0.001, 0.002, 60]) histogram.observe(seconds);
  const read = await lines(metrics, 'odradek_produce_duration_seconds');
  const bucket = (le: string) =>
    read
      .find((line) => line.includes(`le="${le}"`))
      ?.split(' ')
      .pop();
  expect(['0.0001', '0.0005', '0.001', '0.0025', '10', '+Inf'].map(bucket)).toEqual([
    '1',
    '1',
    '2',
    '3',
    '3',
    '4',
  ]);
  expect(read.slice(-2)).toEqual([
    'odradek_produce_duration_seconds_sum{acks="all"} 60.00305',
    'odradek_produce_duration_seconds_count{acks="all"} 4',
  ]);
});

test('what left is forgotten, of every metric, and the others stay', async () => {
  const metrics = new Metrics();
  metrics.counter('odradek_bytes_in_total', FLIGHTS).add(1);
  metrics.counter('odradek_bytes_in_total', { topic: 'flights', partition: 1 }).add(2);
  metrics.counter('odradek_bytes_in_total', { topic: 'flights', partition: 2 }).add(3);
  metrics.gauge('odradek_replica_lag_bytes', { ...FLIGHTS, follower: 2 }, () => 5);
  metrics.counter('odradek_flushes_total').add();
  metrics.forget([FLIGHTS, { topic: 'flights', partition: 2 }, { topic: 'fl', partition: 1 }]);
  metrics.forget([]);
  expect(await lines(metrics, 'odradek_flushes_total')).toEqual(['odradek_flushes_total 1']);
  expect(await lines(metrics, 'odradek_bytes_in_total')).toEqual([
    'odradek_bytes_in_total{topic="flights",partition="1"} 2',
  ]);
  expect(await lines(metrics, 'odradek_replica_lag_bytes')).toEqual([]);
});

test('two processes in one have registries of their own', async () => {
  const [one, other] = [new Metrics(), new Metrics()];
  one.counter('odradek_flushes_total').add();
  expect(await lines(one, 'odradek_flushes_total')).toEqual(['odradek_flushes_total 1']);
  expect(await lines(other, 'odradek_flushes_total')).toEqual([]);
  const { body, contentType } = await new Metrics({ ofProcess: true }).read();
  expect(body).toContain('process_resident_memory_bytes');
  expect(contentType).toContain('text/plain');
});
