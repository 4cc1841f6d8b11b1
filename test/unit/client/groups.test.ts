import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Client, ConsumerOptions } from '../../../src/client/index.ts';
import { OdradekError } from '../../../src/client/index.ts';
import type { TestCluster } from '../../../src/testing/index.ts';
import { startCluster } from '../../../src/testing/index.ts';

let cluster: TestCluster;
let client: Client;
let names = 0;

beforeAll(async () => {
  cluster = await startCluster({ brokers: 3 });
  client = cluster.client();
}, 60_000);

afterAll(() => cluster.stop());

/** A topic with one partition that has `count` batches of one record each. */
async function newTopic(count: number, partitions = 1): Promise<string> {
  const name = `topic-${++names}`;
  await client.admin.createTopic(name, { partitions });
  await using producer = client.producer();
  for (let index = 0; index < count; index++) {
    await producer.send(name, { partition: 0, value: `${index}` });
  }
  return name;
}

/** Reads up to `count` batches, or to the end, and closes. */
async function read(
  topic: string,
  group: string,
  options: Partial<ConsumerOptions> & { readonly count?: number } = {},
): Promise<string[]> {
  const { count = Infinity, ...rest } = options;
  await using consumer = client.consumer({ assign: [topic], group, ...rest });
  const values: string[] = [];
  for await (const batch of consumer.batches({ untilEnd: true })) {
    for (const { value } of batch) values.push(Buffer.from(value ?? []).toString());
    if (values.length >= count) break;
  }
  return values;
}

async function codeOf(call: Promise<unknown>): Promise<string> {
  const error = await call.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (error instanceof OdradekError) return error.code;
  throw new Error(`expected an OdradekError, got ${String(error)}`);
}

describe('a group', () => {
  test('goes on behind what its consumer was done with when it was closed', async () => {
    const topic = await newTopic(5);
    expect(await read(topic, 'readers')).toEqual(['0', '1', '2', '3', '4']);
    expect(await client.admin.groupOffsets('readers')).toMatchObject([
      { topic, partition: 0, offset: 5 },
    ]);
    expect(await read(topic, 'readers')).toEqual([]);
    expect(await read(topic, 'others')).toEqual(['0', '1', '2', '3', '4']);
  });

  test('gets what was being worked on when its consumer was left once more', async () => {
    const topic = await newTopic(5);
    expect(await read(topic, 'leavers', { count: 3 })).toEqual(['0', '1', '2']);
    expect(await read(topic, 'leavers')).toEqual(['2', '3', '4']);
  });

  test('commits what it is told to, the batch in hand included', async () => {
    const topic = await newTopic(4);
    {
      await using consumer = client.consumer({ assign: [topic], group: 'hands', autoCommitMs: 0 });
      let seen = 0;
      for await (const batch of consumer.batches()) {
        seen += batch.count;
        if (seen < 2) continue;
        await consumer.commit();
        if (seen >= 3) break;
      }
    }
    expect(await read(topic, 'hands')).toEqual(['3']);
  });

  test('is not taken back by the close to before what it was told to commit', async () => {
    const topic = await newTopic(4);
    {
      await using consumer = client.consumer({ assign: [topic], group: 'firm' });
      for await (const batch of consumer.batches()) {
        if (batch.baseOffset < 1) continue;
        await consumer.commit();
        break;
      }
    }
    expect(await read(topic, 'firm')).toEqual(['2', '3']);
  });

  test('commits nothing by itself if told so', async () => {
    const topic = await newTopic(2);
    await read(topic, 'manual', { autoCommitMs: 0 });
    expect(await client.admin.groupOffsets('manual')).toEqual([]);
  });

  test('commits every so often while it reads', async () => {
    const topic = await newTopic(3);
    await using consumer = client.consumer({ assign: [topic], group: 'steady', autoCommitMs: 20 });
    let reading = true;
    const done = (async () => {
      for await (const _ of consumer.batches()) if (!reading) return;
    })();
    await expect
      .poll(() => client.admin.groupOffsets('steady'), { timeout: 10_000 })
      .toMatchObject([{ offset: 3 }]);
    reading = false;
    await consumer.close();
    await done;
  });

  test('begins where it was told to in partitions that it has never read', async () => {
    const topic = await newTopic(3, 2);
    expect(await read(topic, 'late', { from: 'end' })).toEqual([]);
    await client.admin.commitOffsets('late', [{ topic, partition: 0, offset: 1 }]);
    expect(await read(topic, 'late', { from: 'end' })).toEqual(['1', '2']);
  });

  test('is listed and forgotten', async () => {
    const topic = await newTopic(1);
    await read(topic, 'passing');
    expect(await client.admin.listGroups()).toContain('passing');
    await client.admin.deleteGroup('passing');
    expect(await client.admin.groupOffsets('passing')).toEqual([]);
    expect(await read(topic, 'passing')).toEqual(['0']);
  });

  test('commits in a transaction, all or nothing', async () => {
    const topic = await newTopic(3);
    await using producer = client.producer({ transactionalId: 'group-mover' });
    const offsets = [{ topic, partition: 0, offset: 2 }];
    const failed = producer.transaction(async (transaction) => {
      await transaction.sendOffsets('atomic', offsets);
      throw new Error('no');
    });
    await expect(failed).rejects.toThrow('no');
    expect(await read(topic, 'atomic', { count: 1, autoCommitMs: 0 })).toEqual(['0']);
    await producer.transaction((transaction) => transaction.sendOffsets('atomic', offsets));
    // The reader waits for the transaction to be over.
    expect(await read(topic, 'atomic')).toEqual(['2']);
  });

  test('makes no sense without a name, or with odd options', async () => {
    const topic = await newTopic(1);
    expect(() => client.consumer({ assign: [topic], group: '' })).toThrow('a name');
    expect(() => client.consumer({ assign: [topic], autoCommitMs: -1 })).toThrow('autoCommitMs');
    expect(() => client.consumer({ assign: [topic], maxStalenessBytes: 0 })).toThrow('a rack');
    await using consumer = client.consumer({ assign: [topic] });
    expect(await codeOf(consumer.commit())).toBe('INVALID_REQUEST');
    expect(await codeOf(client.admin.groupOffsets(''))).toBe('INVALID_REQUEST');
  });
});

test('records are deleted up to an offset, or all of them', async () => {
  const topic = await newTopic(5);
  expect(await client.admin.deleteRecords([{ topic, partition: 0, before: 2 }])).toEqual([
    { topic, partition: 0, logStartOffset: 2 },
  ]);
  expect(await client.admin.listOffset(topic, 0, 'start')).toBe(2);
  await client.admin.deleteRecords([{ topic, partition: 0, before: 'end' }]);
  expect(await client.admin.listOffset(topic, 0, 'start')).toBe(5);
  const beyond = client.admin.deleteRecords([{ topic, partition: 0, before: 99 }]);
  expect(await codeOf(beyond)).toBe('OFFSET_OUT_OF_RANGE');
  const nowhere = client.admin.deleteRecords([{ topic, partition: 7, before: 0 }]);
  expect(await codeOf(nowhere)).toBe('UNKNOWN_TOPIC_OR_PARTITION');
});
