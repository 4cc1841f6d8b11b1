// The promises of producers with nothing set and of transactions, with real processes that die.
import { afterEach, expect, test } from 'vitest';
import { FLIGHTS, linesByKey, originOf } from '../exactly-once/flights.ts';
import { Killer } from '../exactly-once/killer.ts';
import { produceLines, readAll } from '../exactly-once/produce-flights.ts';
import { compareReplicas } from '../exactly-once/replicas.ts';
import { ProcessCluster } from './process-cluster.ts';

let cluster: ProcessCluster | null = null;
afterEach(async () => {
  await cluster?.close();
  cluster = null;
});

test('every flight is written once and in order while leaders are killed', async () => {
  cluster = await ProcessCluster.start();
  const client = cluster.client();
  await client.admin.createTopic('flights', {
    partitions: 6,
    replicationFactor: 3,
    config: { 'min.insync.replicas': '2' },
  });
  const lines = FLIGHTS.slice(0, 6_000);
  const killer = new Killer(cluster, client, 'flights', 500);
  killer.start();
  await produceLines(client, 'flights', lines, 6_000);
  await killer.stop();
  expect(killer.kills).toBeGreaterThanOrEqual(2);

  const records = await readAll(client, 'flights');
  expect(records.length).toBe(lines.length);
  expect(linesByKey(records)).toEqual(
    linesByKey(lines.map((value) => ({ key: originOf(value), value }))),
  );
  expect(await compareReplicas(cluster, client, ['flights'])).toBeGreaterThan(0);
});

test('what is moved in transactions is there once, whoever dies', async () => {
  cluster = await ProcessCluster.start();
  const client = cluster.client();
  for (const topic of ['from', 'to']) {
    await client.admin.createTopic(topic, { partitions: 6, replicationFactor: 3 });
  }
  const lines = FLIGHTS.slice(0, 2_000);
  await produceLines(client, 'from', lines, 0);
  const killer = new Killer(cluster, client, 'to', 300);
  killer.start();
  // Each life reads a part, and leaves its last transaction open.
  let moved = 0;
  for (let life = 0; moved < lines.length && life < 200; life++) {
    moved += await moveOnce(life % 3 === 2);
  }
  await killer.stop();
  const records = await readAll(client, 'to');
  expect(records.length).toBe(lines.length);
  expect(linesByKey(records)).toEqual(
    linesByKey(lines.map((value) => ({ key: originOf(value), value }))),
  );

  async function moveOnce(leavesOpen: boolean): Promise<number> {
    const producer = client.producer({ transactionalId: 'mover' });
    await using consumer = client.consumer({
      assign: ['from'],
      group: 'movers',
      isolation: 'read-committed',
      autoCommitMs: 0,
    });
    // Fences the life before, and ends what it has left, before offsets are looked at.
    await producer.begin();
    await producer.abort();
    let count = 0;
    for await (const batch of consumer.batches({ untilEnd: true })) {
      const records = [...batch].map(({ key, value }) => ({ key, value }));
      const fill = async (): Promise<void> => {
        await producer.sendBatch('to', records);
        await producer.sendOffsets('movers', consumer.offsets());
      };
      await producer.begin();
      await fill();
      if (leavesOpen && count > 0) return count;
      await producer.commit();
      count += records.length;
      if (count >= 200) break;
    }
    await producer.close();
    return count;
  }
});
