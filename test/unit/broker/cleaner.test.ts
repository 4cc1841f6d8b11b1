import { expect, test } from 'vitest';
import { partitionIndex, timestamp } from '../../../src/base/ids.ts';
import type { PartitionLog } from '../../../src/log/partition-log.ts';
import { RecordBatchBuilder } from '../../../src/record/index.ts';
import type { ClusterNodes } from '../../../src/testing/cluster.ts';
import { createTelemetry } from '../../../src/telemetry/telemetry.ts';
import { createTopic, leaderOf, readAll, startNodes, until } from './nodes.ts';

const TOPIC = 'accounts';
const KEYS = 5;
const SETTINGS = {
  'cleanup.policy': 'compact',
  'min.cleanable.dirty.percent': '0',
  'segment.bytes': '2KiB',
  'max.message.bytes': '2KiB',
  'min.insync.replicas': '1',
};

/** One batch with a value for each key, to whoever leads. */
async function put(nodes: ClusterNodes, round: number): Promise<void> {
  const builder = new RecordBatchBuilder({ bytesMax: 2_000 });
  for (let key = 0; key < KEYS; key++) {
    const value = `${round} of ${key} `.repeat(8);
    builder.append({ key: `account-${key}`, value, timestamp: timestamp(1_700_000_000_000) });
  }
  const { door } = nodes.broker(await leaderOf(nodes, TOPIC)).broker;
  const result = await new Promise<unknown>((resolve) => {
    door.produce(
      {
        target: { topic: TOPIC, topicId: null, partition: partitionIndex(0) },
        acks: 'all',
        timeoutMs: 5_000,
        expectedLeaderEpoch: null,
        batch: Uint8Array.from(builder.build()),
      },
      resolve,
    );
  });
  expect(result).toMatchObject({ ok: true });
}

function logOf(nodes: ClusterNodes, broker: number): PartitionLog {
  const [host] = nodes.broker(broker).broker.partitions;
  if (host === undefined) throw new Error('no replica yet');
  return host.log;
}

/** The values that are left, without what makes them long. */
async function valuesAt(nodes: ClusterNodes, broker: number): Promise<string[]> {
  const values = await readAll(nodes.broker(broker).broker.door, TOPIC);
  return values.filter(Boolean).map((value) => value.slice(0, value.indexOf(' of') + 5));
}

test('every replica compacts its own log, and one that was away goes on where it was', async () => {
  const events: string[] = [];
  const telemetry = (): ReturnType<typeof createTelemetry> =>
    createTelemetry({ event: (event) => events.push(event) });
  const nodes = await startNodes(2, { 'log.cleaner.backoff.ms': '20ms' }, telemetry);
  await createTopic(nodes, TOPIC, { replicationFactor: 2, settings: SETTINGS });
  for (let round = 0; round < 30; round++) await put(nodes, round);
  const leader = await leaderOf(nodes, TOPIC);
  const follower = 3 - leader;
  await nodes.broker(follower).stop();
  const awayAt = logOf(nodes, leader).logEndOffset;
  for (let round = 30; round < 90; round++) await put(nodes, round);
  // What the follower has not seen is gone from the leader, but for the last segments.
  await until('a compacted log', () => logOf(nodes, leader).sizeBytes < 6_000);
  expect(logOf(nodes, leader).logEndOffset).toBe(90 * KEYS);

  await nodes.broker(follower).start();
  await until('the follower', () => {
    const [host] = nodes.broker(follower).broker.partitions;
    return host?.log.logEndOffset === 90 * KEYS && host.log.sizeBytes < 6_000;
  });
  expect(awayAt).toBe(30 * KEYS);
  // And the other way round, so that the leader's batches are read from the follower's log.
  await nodes.broker(leader).stop();
  await put(nodes, 90);
  const left = await valuesAt(nodes, follower);
  expect(left.slice(-KEYS)).toEqual(Array.from({ length: KEYS }, (_, key) => `90 of ${key}`));
  expect(left.length).toBeLessThan(20 * KEYS);
  expect(events).toContain('log_compacted');
  expect(events.filter((event) => /failed|damaged|offline|not_compacted/.test(event))).toEqual([]);
  await nodes.stop();
});

test('a compacted topic has no retention by time or size', async () => {
  const nodes = await startNodes(1);
  await createTopic(nodes, TOPIC, {
    replicationFactor: 1,
    settings: { ...SETTINGS, 'retention.ms': '1', 'retention.bytes': '1' },
  });
  await put(nodes, 0);
  const { config } = logOf(nodes, 1);
  expect(config).toMatchObject({ retentionMs: -1, retentionBytes: -1 });
  expect(config.compaction).toMatchObject({ minCleanableDirtyPercent: 0 });
  await nodes.stop();
});
