// What the controller cannot do: it says what is wrong with which value, and nothing is changed.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Client, CreateTopicOptions, ErrorCode } from '../../src/client/index.ts';
import { startCluster, type TestCluster } from '../../src/testing/index.ts';
import { Bystanders, expectFootprint, expectRefusal, footprintOf } from './bad-input-support.ts';

let cluster: TestCluster;
let client: Client;
let bystanders: Bystanders;

beforeAll(async () => {
  cluster = await startCluster({ brokers: 3 });
  client = cluster.client();
  bystanders = await Bystanders.start(cluster.client());
  await client.admin.createTopic('orders', { partitions: 2, replicationFactor: 3 });
  // Once a record is on every replica, every file is there that will be.
  const producer = client.producer();
  for (const partition of [0, 1]) await producer.send('orders', { partition, value: 'first' });
  await producer.close();
});

afterAll(async () => {
  await bystanders.stop();
  await cluster.stop();
});

/** Nothing has been changed, and nobody has noticed. */
async function expectUnchanged(action: () => Promise<void>): Promise<void> {
  const before = footprintOf(cluster);
  const topics = await client.admin.listTopics();
  const orders = await settingsOf('orders');
  await action();
  expect(await client.admin.listTopics()).toEqual(topics);
  expect(await settingsOf('orders')).toEqual(orders);
  await bystanders.progress();
  await expectFootprint(cluster, before);
}

async function settingsOf(topic: string): Promise<unknown> {
  return (await client.admin.describeTopic(topic)).config;
}

describe('a topic that cannot be created', () => {
  const CASES: {
    what: string;
    name: string;
    options: CreateTopicOptions;
    code: ErrorCode;
    sentence: RegExp;
  }[] = [
    {
      what: 'more replicas than brokers',
      name: 'new',
      options: { replicationFactor: 5 },
      code: 'INVALID_REPLICATION_FACTOR',
      sentence:
        /a replication factor of 5 is not possible with 3 usable brokers of 3; ask for 1 to 3/,
    },
    ...(
      [
        ['an empty name', '', '""'],
        ['a name with a slash', 'a/b', '"a/b"'],
        ['a name that climbs', '..', '".."'],
        ['a dot', '.', '"."'],
        ['a space', 'a b', '"a b"'],
        ['other scripts', 'größe', '"größe"'],
        ['a zero byte', 'a\0b', '"a\\u0000b"'],
        ['250 characters', 'x'.repeat(250), `"${'x'.repeat(60)}…"`],
      ] as const
    ).map(([what, name, shown]) => ({
      what,
      name,
      options: {},
      code: 'INVALID_TOPIC_EXCEPTION' as const,
      sentence: new RegExp(
        `${shown.replaceAll(/[.\\]/g, '\\$&')} cannot name a topic: use 1 to 249 characters of a-z`,
      ),
    })),
    {
      what: 'a topic that exists',
      name: 'orders',
      options: {},
      code: 'TOPIC_ALREADY_EXISTS',
      sentence: /topic orders exists; delete it first, or choose another name/,
    },
    {
      what: 'too many partitions',
      name: 'new',
      options: { partitions: 20_000 },
      code: 'INVALID_PARTITIONS',
      sentence: /a topic cannot have 20000 partitions; ask for 1 to 10000/,
    },
    {
      what: 'an unknown setting',
      name: 'new',
      options: { config: { 'retention.msec': 1 } },
      code: 'INVALID_CONFIG',
      sentence: /there is no topic setting retention\.msec.*retention\.ms/,
    },
    {
      what: 'an impossible value',
      name: 'new',
      options: { config: { 'retention.ms': 'soon' } },
      code: 'INVALID_CONFIG',
      sentence: /retention\.ms cannot be "soon": it must be a duration such as/,
    },
    {
      what: 'a value out of bounds',
      name: 'new',
      options: { config: { 'segment.bytes': 10 } },
      code: 'INVALID_CONFIG',
      sentence: /segment\.bytes cannot be "10": it must be a size/,
    },
    {
      what: 'a durability that nobody offers',
      name: 'new',
      options: { config: { durability: 'hope' } },
      code: 'INVALID_CONFIG',
      sentence: /durability cannot be "hope": it must be fsync or page-cache/,
    },
  ];

  test.each(CASES)('$what', async ({ name, options, code, sentence }) => {
    await expectUnchanged(async () => {
      const error = await expectRefusal(client.admin.createTopic(name, options), code, sentence);
      expect(error).toMatchObject({ retriable: false, topic: name });
      const checked = client.admin.createTopic(name, { ...options, validateOnly: true });
      await expectRefusal(checked, code, sentence);
    });
  });

  test('a negative number', async () => {
    await expectUnchanged(async () => {
      await expectRefusal(
        client.admin.createTopic('new', { partitions: -2 }),
        'INVALID_PARTITIONS',
        /-2/,
      );
      await expectRefusal(
        client.admin.createTopic('new', { replicationFactor: -1 }),
        'INVALID_REPLICATION_FACTOR',
        /-1/,
      );
    });
  });
});

describe('a topic that cannot be changed', () => {
  test('settings: unknown, impossible, and fixed when it was created', async () => {
    await expectUnchanged(async () => {
      await expectRefusal(
        client.admin.alterTopic('orders', { 'retention.byte': 1 }),
        'INVALID_CONFIG',
        /there is no topic setting retention\.byte/,
      );
      // One that is right does not come into force beside one that is wrong.
      await expectRefusal(
        client.admin.alterTopic('orders', { 'retention.ms': '1h', 'min.insync.replicas': -4 }),
        'INVALID_CONFIG',
        /min\.insync\.replicas cannot be "-4"/,
      );
      await expectRefusal(
        client.admin.alterTopic('orders', { durability: 'page-cache' }),
        'INVALID_CONFIG',
        /durability is fixed when a topic is created; it is "fsync" here/,
      );
    });
  });

  test('partitions are not taken away', async () => {
    await expectUnchanged(async () => {
      await expectRefusal(
        client.admin.addPartitions('orders', 1),
        'INVALID_PARTITIONS',
        /topic orders has 2 partitions and 1 were asked for/,
      );
    });
  });

  test('a topic that is not there', async () => {
    await expectUnchanged(async () => {
      const code = 'UNKNOWN_TOPIC_OR_PARTITION';
      const sentence = /there is no topic "?nowhere/;
      for (const call of [
        () => client.admin.deleteTopic('nowhere'),
        () => client.admin.alterTopic('nowhere', { 'retention.ms': '1h' }),
        () => client.admin.addPartitions('nowhere', 3),
        () => client.admin.describeTopic('nowhere'),
        () => client.admin.electLeaders({ topic: 'nowhere' }),
      ]) {
        const error = await expectRefusal(call(), code, sentence);
        expect(error).toMatchObject({ topic: 'nowhere' });
      }
    });
  });

  test('an election of a partition that is not there', async () => {
    await expectUnchanged(async () => {
      await expectRefusal(
        client.admin.electLeaders({ topic: 'orders', partition: 8 }),
        'UNKNOWN_TOPIC_OR_PARTITION',
        /8/,
      );
    });
  });
});
