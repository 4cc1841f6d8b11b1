// Brokers with two shards each: six brokers to the cluster, three processes to the machine.
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { eventually, ProcessCluster, runCommand } from './process-cluster.ts';

let cluster: ProcessCluster | null = null;
afterEach(async () => {
  await cluster?.close();
  cluster = null;
});

/** The process that a broker id lives in: shard 1 of broker 2 is 2001. */
const processOf = (broker: number): number =>
  broker >= 1_000 ? Math.floor(broker / 1_000) : broker;

test('replicas never share a process, clients go to the shard that leads, a death loses nothing', async () => {
  cluster = await ProcessCluster.start({
    brokers: 3,
    brokerArgs: ['--shards', '2', '--shard-port-step', '0'],
  });
  const client = cluster.client();
  await eventually('six brokers', 20_000, async () => {
    const { brokers } = await client.admin.describeCluster();
    return brokers.filter(({ state }) => state === 'active').length === 6 || undefined;
  });
  await client.admin.createTopic('orders', { partitions: 12, replicationFactor: 3 });
  const { partitions } = await client.admin.describeTopic('orders');
  for (const { replicas } of partitions) {
    expect(new Set(replicas.map(({ broker }) => processOf(broker))).size).toBe(3);
  }
  expect(new Set(partitions.map(({ leader }) => leader)).size).toBe(6);

  const producer = client.producer();
  const send = (from: number, to: number): Promise<unknown> =>
    Promise.all(
      Array.from({ length: to - from }, (_, index) =>
        producer.send('orders', { key: `${from + index}`, value: `${from + index}` }),
      ),
    );
  await send(0, 600);
  await cluster.broker(2).kill();
  await send(600, 1_200);
  await producer.close();

  const seen = new Set<string>();
  const consumer = client.consumer({ assign: ['orders'] });
  for await (const batch of consumer.batches({ untilEnd: true })) {
    batch.forEach(({ value }) => seen.add(Buffer.from(value ?? []).toString()));
  }
  await consumer.close();
  expect(seen.size).toBe(1_200);

  await cluster.broker(2).start();
  await eventually('all replicas in sync again', 20_000, async () => {
    const topic = await client.admin.describeTopic('orders');
    return topic.partitions.every(({ isr }) => isr.length === 3) || undefined;
  });
  expect(await cluster.broker(1).stop()).toBe(0);
});

test('ids and ports that shards cannot have are refused', async () => {
  const start = (...flags: string[]): ReturnType<typeof runCommand> =>
    runCommand([
      'broker',
      'start',
      '--log-dir',
      path.join(tmpdir(), 'odradek-never'),
      '--shards',
      '3',
      ...flags,
    ]);
  const noId = await start('--broker-id', '0');
  expect(noId.stderr).toContain('broker.id (0, --broker-id) must be from 1 to 2000000');
  const noPorts = await start('--broker-id', '1', '--grpc-port', '64000');
  expect(noPorts.stderr).toContain('leaves no ports for shards (3, --shards)');
  const same = await start('--broker-id', '1', '--shard-port-step', '100');
  expect(same.stderr).toContain('gives the gRPC port of one shard to the HTTP of another');
  expect([noId.code, noPorts.code, same.code]).toEqual([2, 2, 2]);
});
