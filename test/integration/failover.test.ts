// What a producer sees when a broker dies, freezes, loses its controller or is stopped, on real
// processes: how long nothing is acknowledged, and that nothing acknowledged is lost.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Client as GrpcClient, credentials } from '@grpc/grpc-js';
import { afterEach, describe, expect, test } from 'vitest';
import { partitionIndex, timestamp } from '../../src/base/ids.ts';
import { OdradekError, type Client } from '../../src/client/index.ts';
import { RecordBatchBuilder } from '../../src/record/index.ts';
import type { ProduceResult } from '../../src/replication/types.ts';
import { PRODUCER_SERVICE } from '../../src/wire/services.ts';
import { eventually, ProcessCluster } from './process-cluster.ts';

let cluster: ProcessCluster | null = null;
afterEach(async () => {
  await cluster?.close();
  cluster = null;
});

describe('a leader dies', () => {
  test('the longest gap between acknowledgements stays under a second, worst of ten kills', async () => {
    cluster = await ProcessCluster.start();
    const client = cluster.client();
    await client.admin.createTopic('orders', { partitions: 1, replicationFactor: 3 });
    const load = new Load(client, 'orders', { perSecond: 200 });
    await load.until(50);
    const gaps: number[] = [];
    for (let kill = 0; kill < 10; kill += 1) {
      const leader = await cluster.leaderOf(client, 'orders');
      load.resetGap();
      const acknowledged = load.acknowledged;
      await cluster.broker(leader).kill();
      await load.until(acknowledged + 200);
      gaps.push(load.longestGapMs);
      await cluster.broker(leader).start();
      await inSync(client, 'orders', 3);
    }
    await load.stop();
    console.log(`failover gaps in ms: ${gaps.map(Math.round).join(' ')}`);
    expect(Math.max(...gaps)).toBeLessThan(1_000);
    await load.expectEverythingRead();
  }, 180_000);
});

describe('a leader freezes', () => {
  test('another takes over within 3 s, and the frozen one acknowledges nothing when it wakes', async () => {
    cluster = await ProcessCluster.start();
    const client = cluster.client();
    await client.admin.createTopic('orders', { partitions: 1, replicationFactor: 3 });
    const load = new Load(client, 'orders', { perSecond: 200 });
    await load.until(50);
    const leader = await cluster.leaderOf(client, 'orders');
    const frozen = cluster.broker(leader);
    load.resetGap();
    const acknowledged = load.acknowledged;
    frozen.signal('SIGSTOP');
    // Straight into the frozen leader's sockets, at acks=1: what it finds there when it wakes.
    const buffered = [1, 2, 3].map(() => produceTo(frozen.grpc, 'orders', 'into the freezer'));
    await load.until(acknowledged + 200);
    console.log(`gap with a frozen leader: ${Math.round(load.longestGapMs)} ms`);
    expect(load.longestGapMs).toBeLessThan(3_000);
    const newLeader = await eventually('a new leader', 10_000, async () => {
      const now = (await client.admin.describeTopic('orders')).partitions[0]?.leader;
      return now !== null && now !== leader ? now : null;
    });
    expect(newLeader).not.toBe(leader);

    frozen.signal('SIGCONT');
    for (const result of await Promise.all(buffered)) {
      expect(result).toMatchObject({ ok: false, refusal: { code: 'NOT_LEADER_OR_FOLLOWER' } });
    }
    await inSync(client, 'orders', 3);
    await load.stop();
    await load.expectEverythingRead();
    expect(await readAll(client, 'orders')).not.toContain('into the freezer');
    // Back to the new leader's history, byte for byte.
    await Promise.all(cluster.brokers.map((broker) => broker.stop()));
    const [first, ...others] = cluster.brokers.map((broker) =>
      readFileSync(path.join(broker.dataDir, 'orders-0', '00000000000000000000.log')),
    );
    for (const other of others) expect(other.equals(first as Buffer)).toBe(true);
  }, 120_000);
});

describe('the controller is away', () => {
  test('writes and reads go on for 30 s; back again, it fails leaders over', async () => {
    cluster = await ProcessCluster.start();
    const client = cluster.client();
    await client.admin.createTopic('orders', { partitions: 1, replicationFactor: 3 });
    const load = new Load(client, 'orders', { perSecond: 200 });
    await load.until(50);
    await cluster.controller.kill();
    load.resetGap();
    const killedAt = Date.now();
    await eventually('30 s without a controller', 60_000, () =>
      Promise.resolve(Date.now() - killedAt > 30_000),
    );
    expect(load.longestGapMs).toBeLessThan(1_000);
    expect((await readAll(client, 'orders')).length).toBeGreaterThan(5_000);

    await cluster.controller.start();
    const leader = await cluster.leaderOf(client, 'orders');
    await eventually('the brokers to be back', 20_000, async () => {
      const { brokers } = await client.admin.describeCluster();
      return brokers.every(({ state }) => state === 'active');
    });
    load.resetGap();
    const acknowledged = load.acknowledged;
    await cluster.broker(leader).kill();
    await load.until(acknowledged + 200);
    // The first seconds after a start every broker is given a full session timeout.
    expect(load.longestGapMs).toBeLessThan(3_000);
    await load.stop();
    await load.expectEverythingRead();
  }, 180_000);
});

describe('a broker is stopped cleanly', () => {
  test('under 10,000 messages a second: no error, no gap over 200 ms, nothing lost at acks 1', async () => {
    cluster = await ProcessCluster.start();
    const client = cluster.client();
    await client.admin.createTopic('orders', { partitions: 1, replicationFactor: 3 });
    const load = new Load(client, 'orders', { perSecond: 10_000, acks: 1 });
    await load.until(20_000);
    const leader = await cluster.leaderOf(client, 'orders');
    load.resetGap();
    const acknowledged = load.acknowledged;
    expect(await cluster.broker(leader).stop()).toBe(0);
    await load.until(acknowledged + 20_000);
    console.log(`gap with a clean stop: ${Math.round(load.longestGapMs)} ms`);
    expect(load.longestGapMs).toBeLessThan(200);
    expect(load.errors).toEqual([]);
    await load.stop();
    await load.expectEverythingRead();
  }, 120_000);
});

async function inSync(client: Client, topic: string, replicas: number): Promise<void> {
  await eventually(`${replicas} replicas in sync`, 30_000, async () => {
    const { partitions } = await client.admin.describeTopic(topic);
    return partitions.every(({ isr }) => isr.length === replicas);
  });
}

async function readAll(client: Client, topic: string): Promise<string[]> {
  const consumer = client.consumer({ assign: [{ topic, from: 'start' }] });
  const records: string[] = [];
  const decoder = new TextDecoder();
  for await (const batch of consumer.batches({ untilEnd: true })) {
    batch.forEach((record) => {
      records[record.offset] = decoder.decode(record.value ?? new Uint8Array());
    });
  }
  await consumer.close();
  return records;
}

/** One unary produce at acks=1 to this very broker, without anybody's routing or retries. */
function produceTo(address: string, topic: string, value: string): Promise<ProduceResult> {
  const builder = new RecordBatchBuilder({ bytesMax: 10_000 });
  builder.append({ key: null, value, timestamp: timestamp(Date.now()) });
  const { path: route, requestSerialize, responseDeserialize } = PRODUCER_SERVICE.produce;
  const client = new GrpcClient(address, credentials.createInsecure());
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(
      route,
      requestSerialize,
      responseDeserialize,
      {
        clientId: 'test',
        acks: 1,
        timeoutMs: 10_000,
        appends: [
          {
            correlationId: 1,
            topic,
            topicId: null,
            partition: partitionIndex(0),
            expectedLeaderEpoch: null,
            batch: builder.build(),
          },
        ],
      },
      (error, response) => {
        client.close();
        const [answer] = response?.results ?? [];
        if (answer === undefined) reject(error ?? new Error('no answer'));
        else resolve(answer.result);
      },
    );
  });
}

/** A steady stream of numbered records, and when each was acknowledged. */
class Load {
  acknowledged = 0;
  readonly errors: OdradekError[] = [];
  readonly #client: Client;
  readonly #topic: string;
  readonly #producer: ReturnType<Client['producer']>;
  readonly #offsets = new Map<number, number>();
  #next = 0;
  #lastAt = performance.now();
  #longestGapMs = 0;
  #stopped = false;
  readonly #done: Promise<void>;

  constructor(client: Client, topic: string, options: { perSecond: number; acks?: 'all' | 1 }) {
    this.#client = client;
    this.#topic = topic;
    this.#producer = client.producer({ acks: options.acks ?? 'all' });
    this.#done = this.#run(options.perSecond);
  }

  get longestGapMs(): number {
    return Math.max(this.#longestGapMs, performance.now() - this.#lastAt);
  }

  resetGap(): void {
    this.#longestGapMs = 0;
    this.#lastAt = performance.now();
  }

  async until(acknowledged: number): Promise<void> {
    await eventually(`${acknowledged} acknowledgements`, 60_000, () =>
      Promise.resolve(this.acknowledged >= acknowledged),
    );
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#done;
    await this.#producer.close();
  }

  /** Every acknowledged record is at its acknowledged offset. */
  async expectEverythingRead(): Promise<void> {
    const records = await readAll(this.#client, this.#topic);
    const wrong = [...this.#offsets].filter(([number, offset]) => records[offset] !== `${number}`);
    expect(this.#offsets.size).toBeGreaterThan(0);
    expect(wrong).toEqual([]);
  }

  async #run(perSecond: number): Promise<void> {
    const startedAt = performance.now();
    while (!this.#stopped) {
      const due = Math.floor(((performance.now() - startedAt) * perSecond) / 1000);
      while (this.#next < due) this.#send(this.#next++);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  #send(number: number): void {
    this.#producer.send(this.#topic, { key: null, value: `${number}` }).then(
      ({ offset }) => {
        const now = performance.now();
        this.#longestGapMs = Math.max(this.#longestGapMs, now - this.#lastAt);
        this.#lastAt = now;
        this.acknowledged += 1;
        this.#offsets.set(number, offset as number);
      },
      (error: unknown) => {
        if (error instanceof OdradekError) this.errors.push(error);
        else throw error;
      },
    );
  }
}
