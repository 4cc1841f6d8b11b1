// All processes are killed at the same moment, under load, and started again: every acknowledged
// record is at its acknowledged offset. (The power cut, which loses what was not synced, is played on
// disks in memory in test/fault/power-cut.test.ts.)
import { afterEach, expect, test } from 'vitest';
import type { Client } from '../../src/client/index.ts';
import { eventually, ProcessCluster } from './process-cluster.ts';

let cluster: ProcessCluster | null = null;
afterEach(async () => {
  await cluster?.close();
  cluster = null;
});

test.each(['fsync', 'page-cache'] as const)(
  'kill -9 of everything at once, %s: acknowledged records stay where they were acknowledged',
  async (durability) => {
    cluster = await ProcessCluster.start();
    const client = cluster.client();
    await client.admin.createTopic('orders', {
      partitions: 3,
      replicationFactor: 3,
      config: { durability },
    });
    const acknowledged = new Map<string, { partition: number; offset: number }>();
    let next = 0;
    for (let round = 1; round <= 3; round += 1) {
      // A client of its own, so that what is under way at the kill fails with it.
      const doomed = cluster.client();
      const producer = doomed.producer({ acks: 'all', deliveryTimeoutMs: 2_000 });
      const target = acknowledged.size + 2_000;
      let stop = false;
      const load = (async () => {
        while (!stop) {
          for (let burst = 0; burst < 20; burst += 1) {
            const value = `${next++}`;
            producer.send('orders', { key: value, value }).then(
              ({ partition, offset }) =>
                acknowledged.set(value, { partition, offset: offset as number }),
              () => {}, // Not acknowledged: nothing was promised.
            );
          }
          await new Promise((resolve) => setTimeout(resolve, 2));
        }
      })();
      await eventually(`${target} acknowledgements`, 30_000, () =>
        Promise.resolve(acknowledged.size >= target),
      );
      const everyone = [cluster.controller, ...cluster.brokers];
      for (const process of everyone) process.signal('SIGKILL');
      await Promise.all(everyone.map((process) => process.ended));
      stop = true;
      await load;
      await producer.close({ timeoutMs: 100 }).catch(() => {}); // Its records were not delivered.
      await doomed.close();

      for (const process of everyone) process.spawn();
      await Promise.all(everyone.map((process) => process.ready()));
      await expectAllThere(cluster.client(), acknowledged);
    }
  },
  120_000,
);

async function expectAllThere(
  client: Client,
  acknowledged: ReadonlyMap<string, { partition: number; offset: number }>,
): Promise<void> {
  await eventually('every partition to have a leader', 20_000, async () => {
    const { partitions } = await client.admin.describeTopic('orders');
    return partitions.every(({ leader, isr }) => leader !== null && isr.length >= 2);
  });
  const consumer = client.consumer({ assign: ['orders'] });
  const read = new Map<string, string>();
  const decoder = new TextDecoder();
  for await (const batch of consumer.batches({ untilEnd: true })) {
    batch.forEach(({ offset, value }) => {
      read.set(`${batch.partition}:${offset}`, decoder.decode(value ?? new Uint8Array()));
    });
  }
  await consumer.close();
  const missing = [...acknowledged].filter(
    ([value, { partition, offset }]) => read.get(`${partition}:${offset}`) !== value,
  );
  expect(missing).toEqual([]);
  expect(acknowledged.size).toBeGreaterThan(1_000);
}
