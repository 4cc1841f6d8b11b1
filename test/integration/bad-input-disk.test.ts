// A disk that is full, or fails: what is refused was never written, what was acknowledged stays, the
// others take over, and with space again everything is as before.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { OdradekError, type Client } from '../../src/client/index.ts';
import { partitionIndex } from '../../src/base/ids.ts';
import { startCluster, type TestCluster } from '../../src/testing/index.ts';
import { PRODUCER_SERVICE } from '../../src/wire/services.ts';
import {
  batchOf,
  Bystanders,
  expectFootprint,
  footprintOf,
  leaderAddress,
  Ledger,
  RawClient,
  readAll,
} from './bad-input-support.ts';
import { ClusterProcess, eventually, ProcessCluster } from './process-cluster.ts';

const MiB = 1024 * 1024;
const TOPIC = 'orders';

const cleanups: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

describe('in one process', () => {
  async function start(): Promise<{ cluster: TestCluster; client: Client; ledger: Ledger }> {
    const cluster = await startCluster({
      brokers: 3,
      settings: { 'disk.reserve.bytes': String(MiB), 'disk.check.interval.ms': '20' },
    });
    cleanups.push(() => cluster.stop());
    const client = cluster.client();
    const ledger = await Ledger.create(client, TOPIC);
    await ledger.add();
    return { cluster, client, ledger };
  }

  async function leaderOf(cluster: TestCluster, client: Client) {
    const address = await leaderAddress(cluster, client, TOPIC);
    const node = cluster.nodes.brokers.find((each) => each.address === address);
    if (node === undefined) throw new Error('no leader');
    return node;
  }

  async function produceRaw(cluster: TestCluster, client: Client, value: string) {
    const raw = new RawClient(await leaderAddress(cluster, client, TOPIC));
    const { results } = await raw.call(PRODUCER_SERVICE.produce, {
      clientId: 'test',
      acks: 'all',
      timeoutMs: 5_000,
      appends: [
        {
          correlationId: 1,
          topic: TOPIC,
          topicId: null,
          partition: partitionIndex(0),
          expectedLeaderEpoch: null,
          batch: batchOf([value]),
        },
      ],
    });
    raw.close();
    return results[0]?.result;
  }

  async function inSyncReplicas(client: Client, count: number): Promise<void> {
    await eventually(`${count} replicas in sync`, 20_000, async () => {
      const { partitions } = await client.admin.describeTopic(TOPIC);
      return partitions[0]?.isr.length === count;
    });
  }

  test('one broker runs into its reserve: its leadership moves, and writers notice nothing', async () => {
    const { cluster, client, ledger } = await start();
    const bystanders = await Bystanders.start(cluster.client());
    const before = footprintOf(cluster);
    const full = await leaderOf(cluster, client);
    full.disk.fullAfter(MiB / 2);
    await eventually('another leader', 10_000, async () => {
      return (await leaderOf(cluster, client)).id !== full.id;
    });
    await ledger.add();
    const { brokers } = await client.admin.describeCluster();
    expect(brokers.find(({ id }) => id === full.id)?.state).toBe('full');
    // What it might have no room for, nobody waits for.
    await inSyncReplicas(client, 2);

    full.disk.fullAfter(2 ** 40);
    await eventually('space to be noticed', 10_000, async () => {
      const { brokers: now } = await client.admin.describeCluster();
      return now.find(({ id }) => id === full.id)?.state === 'active';
    });
    await inSyncReplicas(client, 3);
    // Of every topic: the bystanders' leaders have moved too, and their streams with them.
    await client.admin.electLeaders();
    await eventually('it to lead again', 10_000, async () => {
      return (await leaderOf(cluster, client)).id === full.id;
    });
    await ledger.add();
    await ledger.verify();
    await bystanders.progress();
    await expectFootprint(cluster, before);
    await bystanders.stop();
  });

  test('every broker runs into its reserve: writes are refused and wait, reads go on', async () => {
    const { cluster, client, ledger } = await start();
    const before = footprintOf(cluster);
    for (const { disk } of cluster.nodes.brokers) disk.fullAfter(MiB / 2);
    const refused = await eventually('the refusal', 10_000, async () => {
      const result = await produceRaw(cluster, client, 'too early to be full');
      if (result?.ok === true) ledger.note('too early to be full');
      return result?.ok === false ? result.refusal : null;
    });
    expect(refused.code).toBe('DISK_FULL');
    expect(refused.message).toMatch(
      /broker \d has \d+ bytes left on the disk of \/data, and disk\.reserve\.bytes is 1048576; free/,
    );
    expect(new OdradekError(refused.code).retriable).toBe(true);
    await ledger.verify();

    // Who can wait is served once there is space; who cannot is told why.
    const impatient = client.producer({ deliveryTimeoutMs: 500 });
    await expect(impatient.send(TOPIC, { value: 'too late' })).rejects.toMatchObject({
      code: 'DELIVERY_TIMED_OUT',
      cause: { code: 'DISK_FULL' },
    });
    await impatient.close();
    const patient = client.producer();
    const values = ['waits 1', 'waits 2', 'waits 3'];
    const sends = values.map((value) => patient.send(TOPIC, { value }));
    await ledger.verify();
    for (const { disk } of cluster.nodes.brokers) disk.fullAfter(2 ** 40);
    await Promise.all(sends);
    for (const value of values) ledger.note(value);
    await patient.close();
    await ledger.add();
    await ledger.verify();
    await expectFootprint(cluster, before);
  });

  test.each([
    ['a write that finds no space in spite of the reserve', 'write', 'ENOSPC'],
    ['a sync that fails', 'sync', 'EIO'],
  ] as const)('%s: the broker goes, nothing acknowledged does', async (_, operation, code) => {
    const { cluster, client, ledger } = await start();
    const bystanders = await Bystanders.start(cluster.client());
    const victim = await leaderOf(cluster, client);
    const { broker } = victim;
    victim.disk.failNext(operation, /orders-0.*\.log$/, code);
    const producer = client.producer();
    const value = 'in the midst of it';
    const sent = producer.send(TOPIC, { value });
    const failure = await broker.failed;
    expect(failure).toMatchObject({ code: 'KAFKA_STORAGE_ERROR', cause: { code } });
    expect((failure as Error).message).toMatch(/the disk under \/data failed \(.*orders-0/);
    expect(broker.state).toBe('offline');
    // What its process does next.
    await victim.kill();
    await sent;
    await producer.close();
    // A retry may have written it twice; without the failed broker it is there at least once.
    const written = await readAll(client, TOPIC);
    expect(written.slice(0, ledger.end)).toEqual(['orders 0', 'orders 1', 'orders 2']);
    const more = written.slice(ledger.end);
    expect(new Set(more)).toEqual(new Set([value]));
    for (const each of more) ledger.note(each);
    await ledger.add();

    victim.disk.clearFaults();
    await victim.start();
    await eventually('it to be in sync again', 20_000, async () => {
      const { partitions } = await client.admin.describeTopic(TOPIC);
      return partitions[0]?.isr.length === 3;
    });
    await ledger.add();
    await ledger.verify();
    await bystanders.stop(5_000);
  });
});

/** Mounts are for root, and for those whom the kernel lets. */
function mountTmpfs(directory: string, size: string): boolean {
  mkdirSync(directory, { recursive: true });
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', directory], {
      stdio: 'ignore',
    });
    cleanups.push(() => {
      execFileSync('umount', [directory], { stdio: 'ignore' });
    });
    return true;
  } catch {
    // Not permitted: the disks in memory above are what is left.
    return false;
  }
}

describe('on real disks', () => {
  /** A cluster, and a fourth broker whose data directory is a file system of 24 MiB. */
  async function start(args: readonly string[]) {
    const directory = mkdtempSync(path.join(tmpdir(), 'odradek-full-'));
    cleanups.push(() => rmSync(directory, { recursive: true, force: true }));
    if (!mountTmpfs(path.join(directory, 'broker-4'), '24m')) return null;
    const cluster = await ProcessCluster.start({ brokers: 2 });
    cleanups.push(() => cluster.close());
    const small = new ClusterProcess({
      name: 'broker-4',
      directory,
      role: 'broker',
      ...(await twoPorts()),
      args: ['--broker-id', '4', '--controller-address', cluster.controller.grpc, ...args],
    });
    cleanups.push(async () => {
      small.signal('SIGKILL');
      await small.ended;
    });
    await small.start();
    const client = cluster.client();
    // Each broker prefers to lead one partition.
    await client.admin.createTopic(TOPIC, { partitions: 3, replicationFactor: 3 });
    return { cluster, small, client };
  }

  /** Writes 100 KB records to every partition until `done`; what was acknowledged, by partition. */
  async function writeUntil(client: Client, done: () => boolean | Promise<boolean>) {
    const producer = client.producer();
    const acknowledged: (number | null)[][] = [[], [], []];
    const payload = 'p'.repeat(100_000);
    for (let round = 0; !(await done()); round += 1) {
      if (round > 1_000) throw new Error('the disk does not fill');
      await Promise.all(
        acknowledged.map(async (offsets, partition) => {
          const value = `${partition} ${round} ${payload}`;
          const { offset } = await producer.send(TOPIC, { partition, value });
          offsets.push(offset);
        }),
      );
    }
    await producer.close();
    return acknowledged;
  }

  async function expectReadable(
    client: Client,
    acknowledged: readonly (readonly (number | null)[])[],
  ): Promise<void> {
    for (const [partition, offsets] of acknowledged.entries()) {
      const consumer = client.consumer({ assign: [{ topic: TOPIC, partition, from: 'start' }] });
      const found = new Set<number | null>();
      for await (const batch of consumer.batches({ untilEnd: true })) {
        for (const { offset } of batch.records()) found.add(offset);
      }
      await consumer.close();
      expect(offsets.length).toBeGreaterThan(0);
      expect(offsets.filter((each) => !found.has(each))).toEqual([]);
    }
  }

  function enlarge(small: ClusterProcess): void {
    const options = ['-o', 'remount,size=512m', small.dataDir];
    execFileSync('mount', options, { stdio: 'ignore' });
  }

  function inSync(client: Client): Promise<boolean> {
    return eventually('all in sync', 30_000, async () => {
      const { partitions } = await client.admin.describeTopic(TOPIC);
      return partitions.every(({ isr, replicas, logEndOffset }) => {
        return isr.length === 3 && replicas.every((each) => each.logEndOffset === logEndOffset);
      });
    });
  }

  test('a disk that is full in spite of the reserve: the broker ends with an error, the others go on', async (context) => {
    const started = await start(['--disk-reserve-bytes', '0']);
    if (started === null) return context.skip('mounting a tmpfs is not permitted');
    const { small, client } = started;
    let code: number | null | undefined;
    void small.ended.then((ended) => (code = ended));
    const acknowledged = await writeUntil(client, () => code !== undefined);
    expect(code).toBe(1);
    expect(small.log()).toMatch(
      /odradek: the disk under .* failed .*ENOSPC.*\[KAFKA_STORAGE_ERROR\]/,
    );
    expect(small.events('data_directory_offline')).toHaveLength(1);
    await expectReadable(client, acknowledged);

    enlarge(small);
    await small.start();
    await inSync(client);
    await expectReadable(client, acknowledged);
  });

  test('a reserve that is reached: leadership moves, nobody fails, and with space it comes back', async (context) => {
    const started = await start([
      ...['--disk-reserve-bytes', '12MiB', '--disk-check-interval-ms', '20'],
    ]);
    if (started === null) return context.skip('mounting a tmpfs is not permitted');
    const { small, client } = started;
    const acknowledged = await writeUntil(client, async () => {
      const { partitions } = await client.admin.describeTopic(TOPIC);
      return partitions.every(({ leader }) => leader !== 4);
    });
    expect(small.events('disk_full')).toHaveLength(1);
    enlarge(small);
    await eventually('space to be noticed', 10_000, () =>
      Promise.resolve(small.events('disk_freed').length === 1),
    );
    await inSync(client);
    await expectReadable(client, acknowledged);
    expect(await small.stop()).toBe(0);
  });
});

/** As ProcessCluster finds its own. */
async function twoPorts(): Promise<{ grpcPort: number; httpPort: number }> {
  const { createServer } = await import('node:net');
  const servers = [createServer(), createServer()];
  const ports: number[] = [];
  for (const server of servers) {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address !== null && typeof address !== 'string') ports.push(address.port);
  }
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return { grpcPort: ports[0] ?? 0, httpPort: ports[1] ?? 0 };
}
