import { afterEach, expect, test } from 'vitest';
import type { ClusterNodes } from '../../../src/testing/cluster.ts';
import { createTelemetry, type Telemetry } from '../../../src/telemetry/telemetry.ts';
import { createTopic, leaderOf, produce, produceToLeader, readAll, startNodes } from './nodes.ts';

let nodes: ClusterNodes | null = null;
afterEach(async () => {
  await nodes?.stop();
  nodes = null;
});

test('what passes through a partition is counted on its leader and on its followers', async () => {
  const { cluster, telemetries } = await startMeasured();
  await createTopic(cluster, 'orders', {});
  await produceToLeader(cluster, 'orders', ['a', 'b', 'c']);
  const leader = await leaderOf(cluster, 'orders');
  await readAll(cluster.broker(leader).broker.door, 'orders');

  const led = await textOf(telemetries.get(`broker-${leader}`));
  expect(led).toContain('odradek_messages_in_total{topic="orders",partition="0"} 3');
  expect(led).toContain('odradek_batches_in_total{topic="orders",partition="0"} 1');
  expect(led).toContain('odradek_log_end_offset{topic="orders",partition="0"} 3');
  const bytesIn = valueOf(led, 'odradek_bytes_in_total');
  expect(bytesIn).toBeGreaterThan(61);
  expect(valueOf(led, 'odradek_bytes_out_total')).toBe(bytesIn);
  const follower = telemetries.get(`broker-${(leader % 3) + 1}`);
  expect(valueOf(await textOf(follower), 'odradek_replicated_bytes_total')).toBe(bytesIn);
});

test('how far each follower is behind is shown on the leader, and only there', async () => {
  const { cluster, telemetries } = await startMeasured({ 'replica.lag.time.max.ms': '60s' });
  await createTopic(cluster, 'orders', { settings: { 'min.insync.replicas': '1' } });
  await produceToLeader(cluster, 'orders', ['a']);
  const leader = await leaderOf(cluster, 'orders');
  const [behind, caughtUp] = [1, 2, 3].filter((id) => id !== leader);
  const lagOf = (text: string, follower: number | undefined): number =>
    valueOf(text, `odradek_replica_lag_bytes{topic="orders",partition="0",follower="${follower}"}`);
  const ofLeader = (): Promise<string> => textOf(telemetries.get(`broker-${leader}`));
  expect([lagOf(await ofLeader(), behind), lagOf(await ofLeader(), caughtUp)]).toEqual([0, 0]);

  await cluster.broker(behind ?? 0).kill();
  const before = valueOf(await ofLeader(), 'odradek_bytes_in_total');
  await produceToLeader(cluster, 'orders', ['b', 'c'], 1);
  const missing = valueOf(await ofLeader(), 'odradek_bytes_in_total') - before;
  await expect.poll(async () => lagOf(await ofLeader(), caughtUp)).toBe(0);
  expect(missing).toBeGreaterThan(61);
  expect(lagOf(await ofLeader(), behind)).toBe(missing);
  const follower = await textOf(telemetries.get(`broker-${caughtUp}`));
  expect(follower).not.toContain('odradek_replica_lag_bytes{');
});

test('what would be lost with the leader is shown on it, until another has it', async () => {
  const { cluster, telemetries } = await startMeasured({ 'replica.lag.time.max.ms': '60s' });
  await createTopic(cluster, 'orders', { settings: { 'min.insync.replicas': '1' } });
  await produceToLeader(cluster, 'orders', ['a']);
  const leader = await leaderOf(cluster, 'orders');
  const [first, second] = [1, 2, 3].filter((id) => id !== leader);
  const ofLeader = (): Promise<string> => textOf(telemetries.get(`broker-${leader}`));
  const atRisk = async (): Promise<number> => valueOf(await ofLeader(), 'odradek_bytes_at_risk');
  await expect.poll(atRisk).toBe(0);
  expect(valueOf(await ofLeader(), 'odradek_offline_logs')).toBe(0);

  for (const id of [first, second]) await cluster.broker(id ?? 0).kill();
  const before = valueOf(await ofLeader(), 'odradek_bytes_in_total');
  await produceToLeader(cluster, 'orders', ['b', 'c'], 1);
  const alone = valueOf(await ofLeader(), 'odradek_bytes_in_total') - before;
  expect(alone).toBeGreaterThan(61);
  expect(await atRisk()).toBe(alone);
  await cluster.broker(second ?? 0).start();
  await expect.poll(atRisk, { timeout: 10_000 }).toBe(0);
});

test('each sync of a log is counted, with its bytes and its duration, and each roll', async () => {
  const { cluster, telemetries } = await startMeasured();
  expect(valueOf(await textOf(telemetries.get('broker-1')), 'odradek_flushes_total')).toBe(0);
  await createTopic(cluster, 'orders', { settings: { 'segment.bytes': '512' } });
  // Two of them fill a segment. The next is produced when all replicas have synced the one before.
  for (let count = 0; count < 4; count++) {
    await produceToLeader(cluster, 'orders', ['a'.repeat(150)]);
  }
  for (const id of [1, 2, 3]) {
    const text = await textOf(telemetries.get(`broker-${id}`));
    expect(valueOf(text, 'odradek_flushes_total')).toBe(4);
    expect(valueOf(text, 'odradek_flush_duration_seconds_count')).toBe(4);
    const bytes = valueOf(text, 'odradek_log_bytes{topic="orders",partition="0"}');
    expect(bytes).toBeGreaterThan(600);
    expect(valueOf(text, 'odradek_flushed_bytes_total')).toBe(bytes);
    expect(valueOf(text, 'odradek_segments_rolled_total')).toBe(1);
  }
});

test('how long acknowledgements take is told by what they waited for', async () => {
  const { cluster, telemetries } = await startMeasured();
  await createTopic(cluster, 'orders', {});
  for (const acks of ['all', 'all', 1] as const) {
    await produceToLeader(cluster, 'orders', ['a'], acks);
  }
  const leader = await leaderOf(cluster, 'orders');
  const { door } = cluster.broker(leader).broker;
  const ofLeader = (): Promise<string> => textOf(telemetries.get(`broker-${leader}`));
  const countOf = (text: string, acks: string): number =>
    valueOf(text, `odradek_produce_duration_seconds_count{acks="${acks}"}`);
  const text = await ofLeader();
  expect([countOf(text, 'all'), countOf(text, '1')]).toEqual([2, 1]);
  expect(valueOf(text, 'odradek_produce_duration_seconds_sum{acks="all"}')).toBeGreaterThan(0);

  // What nobody acknowledges, and what is refused, took no time.
  expect((await produce(door, 'orders', ['b'], { acks: 0 })).ok).toBe(true);
  expect((await produce(door, 'nowhere', ['b'])).ok).toBe(false);
  const after = await ofLeader();
  expect([countOf(after, 'all'), countOf(after, '1')]).toEqual([2, 1]);
  expect(after).not.toContain('acks="0"');
});

test('a leader that is cut off shows that it has stopped itself, also where nobody asks', async () => {
  const { cluster, telemetries } = await startMeasured();
  await createTopic(cluster, 'orders', {});
  await produceToLeader(cluster, 'orders', ['a']);
  const leader = await leaderOf(cluster, 'orders');
  const selfFenced = async (): Promise<number> =>
    valueOf(await textOf(telemetries.get(`broker-${leader}`)), 'odradek_self_fenced_partitions');
  expect(await selfFenced()).toBe(0);

  const others = ['controller', ...[1, 2, 3].map((id) => `broker-${id}`)];
  for (const other of others.filter((name) => name !== `broker-${leader}`)) {
    cluster.network.cut(`broker-${leader}`, other);
    cluster.network.cut(other, `broker-${leader}`);
  }
  await expect.poll(selfFenced, { timeout: 10_000 }).toBe(1);
  cluster.network.heal();
  await expect.poll(selfFenced, { timeout: 10_000 }).toBe(0);
});

test('the controller tells of its cluster, and of what its journal has taken', async () => {
  const { cluster, telemetries } = await startMeasured();
  const ofController = (): Promise<string> => textOf(telemetries.get('controller'));
  const before = await ofController();
  await createTopic(cluster, 'orders', { partitions: 2, replicationFactor: 1 });
  const text = await ofController();
  expect(valueOf(text, 'odradek_controller_active')).toBe(1);
  expect(valueOf(text, 'odradek_controller_epoch')).toBe(1);
  expect(valueOf(text, 'odradek_topics')).toBe(1);
  expect(valueOf(text, 'odradek_brokers{state="active"}')).toBe(3);
  expect(valueOf(text, 'odradek_leaderless_partitions')).toBe(0);
  expect(text).toContain(
    `odradek_metadata_events_total ${cluster.controller.host?.committed.nextOffset}\n`,
  );
  for (const name of [
    'odradek_metadata_events_total',
    'odradek_metadata_journal_bytes',
    'odradek_metadata_commit_duration_seconds_count',
  ]) {
    expect(valueOf(text, name), name).toBeGreaterThan(valueOf(before, name));
  }

  // Nobody else has the partitions that it led.
  const leader = await leaderOf(cluster, 'orders');
  const led = cluster.broker(leader).broker.status().leading;
  await cluster.broker(leader).kill();
  const leaderless = async (): Promise<number> =>
    valueOf(await ofController(), 'odradek_leaderless_partitions');
  await expect.poll(leaderless, { timeout: 10_000 }).toBe(led);
  const after = await ofController();
  expect(valueOf(after, 'odradek_brokers{state="active"}')).toBe(2);
  expect(valueOf(after, 'odradek_brokers{state="fenced"}')).toBe(1);
  await cluster.broker(leader).start();
  await expect.poll(leaderless, { timeout: 10_000 }).toBe(0);

  await cluster.controller.stop();
  expect(valueOf(await ofController(), 'odradek_controller_active')).toBe(0);
});

/** Three brokers, and what each process tells. */
async function startMeasured(settings: Readonly<Record<string, string>> = {}) {
  const telemetries = new Map<string, Telemetry>();
  const cluster = await startNodes(3, settings, (name) => {
    const telemetry = createTelemetry();
    telemetries.set(name, telemetry);
    return telemetry;
  });
  nodes = cluster;
  return { cluster, telemetries };
}

async function textOf(telemetry: Telemetry | undefined): Promise<string> {
  return (await telemetry?.metrics.read())?.body ?? '';
}

function valueOf(text: string, name: string): number {
  const line = text.split('\n').find((each) => each.startsWith(name));
  return Number(line?.split(' ').at(-1));
}
