// Real input through real processes: the leader is killed while batches are in flight, and every
// flight is there all the same, in order, on every replica, byte for byte.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import type { Client } from '../../src/client/index.ts';
import { eventually, ProcessCluster } from './process-cluster.ts';

const FLIGHTS = gunzipSync(readFileSync(new URL('../data/flights.ndjson.gz', import.meta.url)))
  .toString()
  .split('\n')
  .filter((line) => line !== '');

let cluster: ProcessCluster | null = null;
afterEach(async () => {
  await cluster?.close();
  cluster = null;
});

test('twenty thousand flights survive a leader that is killed in mid-stream', async () => {
  cluster = await ProcessCluster.start();
  const client = cluster.client();
  await client.admin.createTopic('flights', {
    partitions: 6,
    replicationFactor: 3,
    config: { 'min.insync.replicas': '2' },
  });
  const before = await partitionZero(client);
  const victim = cluster.broker(before.leader);

  const producer = client.producer({ acks: 'all', batchBytes: 16 * 1024 });
  const half = FLIGHTS.length / 2;
  const sent: Promise<unknown>[] = [];
  for (const line of FLIGHTS.slice(0, half)) sent.push(send(line));
  // Some of the first half is acknowledged, the rest is on its way.
  await Promise.race(sent);
  await victim.kill();
  const killedAt = Date.now();
  for (const line of FLIGHTS.slice(half)) sent.push(send(line));
  await Promise.all(sent);
  await producer.close();

  await eventually('two seconds to pass', 5_000, () =>
    Promise.resolve(Date.now() - killedAt > 2_000),
  );
  await victim.start();
  await eventually('all replicas in sync', 30_000, async () => {
    const { partitions } = await client.admin.describeTopic('flights');
    return partitions.every(
      ({ isr, logEndOffset, replicas }) =>
        isr.length === 3 && replicas.every((replica) => replica.logEndOffset === logEndOffset),
    );
  });

  expect((await partitionZero(client)).leaderEpoch).toBeGreaterThan(before.leaderEpoch);
  const read = await readEverything(client);
  expect(new Set(read.map(({ value }) => value)).size).toBe(new Set(FLIGHTS).size);
  expect(countsOf(read.map(({ value }) => value))).toSatisfy((counts: Map<string, number>) =>
    [...countsOf(FLIGHTS)].every(([line, count]) => (counts.get(line) ?? 0) >= count),
  );
  expect(firstOccurrencesByKey(read)).toEqual(
    firstOccurrencesByKey(FLIGHTS.map((value) => ({ key: originOf(value), value }))),
  );

  await Promise.all(cluster.brokers.map((broker) => broker.stop()));
  for (let partition = 0; partition < 6; partition += 1) {
    const [first, ...others] = cluster.brokers.map((broker) => logOf(broker.dataDir, partition));
    expect(first?.length).toBeGreaterThan(0);
    for (const other of others) expect(other.equals(first as Buffer)).toBe(true);
  }

  function send(line: string): Promise<unknown> {
    return producer.send('flights', { key: originOf(line), value: line });
  }
});

async function partitionZero(client: Client): Promise<{ leader: number; leaderEpoch: number }> {
  return eventually('a leader of flights-0', 20_000, async () => {
    const partition = (await client.admin.describeTopic('flights')).partitions[0];
    if (partition === undefined || partition.leader === null) return null;
    return { leader: partition.leader, leaderEpoch: partition.leaderEpoch };
  });
}

async function readEverything(client: Client): Promise<{ key: string; value: string }[]> {
  const { partitions } = await client.admin.describeTopic('flights');
  const expected = partitions.reduce((sum, { highWatermark }) => sum + (highWatermark ?? 0), 0);
  const consumer = client.consumer({ assign: [{ topic: 'flights', from: 'start' }] });
  const read: { key: string; value: string }[] = [];
  for await (const record of consumer) {
    read.push({ key: text(record.key), value: text(record.value) });
    if (read.length === expected) break;
  }
  await consumer.close();
  return read;
}

function text(bytes: Uint8Array | null): string {
  return new TextDecoder().decode(bytes ?? new Uint8Array());
}

function originOf(line: string): string {
  const flight: unknown = JSON.parse(line);
  if (typeof flight !== 'object' || flight === null || !('origin' in flight)) throw new Error(line);
  return String(flight.origin);
}

function countsOf(lines: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const line of lines) counts.set(line, (counts.get(line) ?? 0) + 1);
  return counts;
}

/** Each key's distinct flights in the order in which they first came; a resend may repeat a batch. */
function firstOccurrencesByKey(
  records: readonly { key: string; value: string }[],
): Record<string, string[]> {
  const byKey: Record<string, Set<string>> = {};
  for (const { key, value } of records) (byKey[key] ??= new Set()).add(value);
  return Object.fromEntries(
    Object.entries(byKey)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, values]) => [key, [...values]]),
  );
}

/** All segments of a replica, one behind the other. */
function logOf(dataDir: string, partition: number): Buffer {
  const directory = path.join(dataDir, `flights-${partition}`);
  const segments = readdirSync(directory)
    .filter((name) => name.endsWith('.log'))
    .sort();
  return Buffer.concat(segments.map((name) => readFileSync(path.join(directory, name))));
}
