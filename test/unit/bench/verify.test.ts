import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Payload } from '../../../bench/payload.ts';
import { verifyProduced, type Produced } from '../../../bench/verify.ts';
import type { Client, DeliveryReport } from '../../../src/client/index.ts';
import { startCluster, type TestCluster } from '../../../src/testing/index.ts';

let cluster: TestCluster;
let client: Client;
beforeAll(async () => {
  cluster = await startCluster({ brokers: 1 });
  client = cluster.client();
});
afterAll(() => cluster.stop());

/** Sends numbers, each to its partition, as the benchmark does. */
async function produce(
  topic: string,
  partitions: number,
  numbers: readonly (readonly [partition: number, number: number])[],
): Promise<Produced> {
  await client.admin.createTopic(topic, { partitions, replicationFactor: 1 });
  const deliveries: DeliveryReport[] = [];
  const payload = new Payload(8);
  const producer = client.producer({ onDelivery: (report) => deliveries.push(report) });
  for (const [partition, number] of numbers) {
    while (!producer.post(topic, { partition, key: null, value: payload.value(number) })) {
      await producer.ready();
    }
    if (number % 3 === 0) await producer.flush();
  }
  await producer.close();
  return { topic, partitions, messages: numbers.length, acks: 'all', deliveries };
}

const spread = (count: number, partitions: number) =>
  Array.from({ length: count }, (_, number) => [(number * 7) % partitions, number] as const);

describe('what was produced', () => {
  test('is all there, in one partition or in several of which one is empty', async () => {
    await verifyProduced(client, await produce('one', 1, spread(100, 1)));
    const produced = await produce('several', 4, spread(100, 3));
    await verifyProduced(client, produced);
    expect(new Set(produced.deliveries.map(({ partition }) => partition)).size).toBe(3);
  });

  test('lacks a message', async () => {
    const numbers = spread(10, 1).filter(([, number]) => number !== 4);
    const produced = await produce('lacking', 1, numbers);
    const last = produced.deliveries.at(-1);
    if (last === undefined) throw new Error('nothing was delivered');
    // As if the tenth had been acknowledged as well.
    const deliveries = [...produced.deliveries, { ...last, baseOffset: 9, count: 1 }];
    await expect(verifyProduced(client, { ...produced, messages: 10, deliveries })).rejects.toThrow(
      'lacking-0: the final read does not have "4" (sent by bench with acks all, acknowledged at ' +
        'offset 9)',
    );
    await expect(verifyProduced(client, { ...produced, messages: 10 })).rejects.toThrow(
      '9 of 10 messages were read back',
    );
  });

  test('came from several producers, each in its own order', async () => {
    // Two of them: the even numbers rise, and so do the odd ones.
    const numbers = [0, 2, 1, 4, 3, 5].map((number) => [0, number] as const);
    const produced = await produce('two', 1, numbers);
    await verifyProduced(client, { ...produced, producers: 2 });
    await expect(verifyProduced(client, produced)).rejects.toThrow('nonmonotonic-send');
  });

  test('was sent without being asked for', async () => {
    const unacknowledged = async (topic: string, numbers: readonly number[]) => ({
      ...(await produce(
        topic,
        1,
        numbers.map((number) => [0, number] as const),
      )),
      acks: 0 as const,
      deliveries: [],
    });
    await verifyProduced(client, await unacknowledged('silent', [0, 1, 2, 3]));
    const wrong = async (topic: string, numbers: readonly number[], sentence: string) =>
      expect(verifyProduced(client, await unacknowledged(topic, numbers))).rejects.toThrow(
        sentence,
      );
    await wrong('silent-twice', [0, 1, 1, 2], 'has 1 at offset 2, which is there before');
    await wrong('silent-order', [0, 2, 1, 3], 'has 1 at offset 2, behind 2 of the same producer');
    await wrong('silent-phantom', [0, 1, 9, 2], 'has 9 at offset 2, which nobody sent');
  });

  test('has a message twice', async () => {
    const produced = await produce('twice', 1, [...spread(5, 1), [0, 4]]);
    await expect(verifyProduced(client, produced)).rejects.toThrow('"4" (sent by bench with acks');
  });

  test('has messages in another order', async () => {
    const [first, second, ...others] = spread(5, 1) as [[0, 0], [0, 1], ...[0, number][]];
    const produced = await produce('order', 1, [second, first, ...others]);
    await expect(verifyProduced(client, produced)).rejects.toThrow('nonmonotonic-send: 1');
  });

  test('has what the benchmark did not send, or not there', async () => {
    const produced = await produce('phantom', 1, [...spread(5, 1), [0, 999]]);
    const ours = { ...produced, messages: 5 };
    await expect(verifyProduced(client, ours)).rejects.toThrow('nobody sent "999"');

    const shifted = await produce('shifted', 1, spread(3, 1));
    const deliveries = shifted.deliveries.map((each) => ({
      ...each,
      baseOffset: (each.baseOffset ?? 0) + 1,
    }));
    await expect(verifyProduced(client, { ...shifted, deliveries })).rejects.toThrow(
      '"0" (sent by bench with acks all, acknowledged at offset 3) was read by the final read at ' +
        'offset 0 instead',
    );
  });
});
