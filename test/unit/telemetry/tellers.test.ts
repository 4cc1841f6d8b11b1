/**
 * A metric that is declared and never told looks like one that is told and quiet: an alert on it
 * sleeps for ever. So a cluster lives through everything that there is a metric for, and each must
 * have been seen: a gauge with a value, a counter and a histogram with something counted.
 */
import { expect, test } from 'vitest';
import { METRICS } from '../../../src/telemetry/metric-declarations.ts';
import { createTelemetry, type Telemetry } from '../../../src/telemetry/telemetry.ts';
import { startCluster, type TestCluster } from '../../../src/testing/index.ts';
import { createTopic, leaderOf, produceToLeader, QUICK, readAll } from '../broker/nodes.ts';

test('every metric that is declared is told by a cluster in which everything happens once', async () => {
  const told = new Told();
  await using cluster = await startCluster({
    settings: { ...QUICK, 'log.retention.check.interval.ms': '50ms' },
    telemetry: (name) => told.telemetry(name),
  });
  await recordsComeAndGo(cluster, told);
  await requestsAreRefused(cluster);
  await leadershipIsHandedOver(cluster);
  await aLogIsCutBack(cluster, told);
  await told.look();
  expect(told.untold()).toEqual([]);
  expect(await told.value('odradek_produce_streams')).toBeGreaterThan(0);
});

test('what nobody tells is found out, of each kind', async () => {
  const told = new Told();
  const { metrics } = told.telemetry('broker-1');
  await told.look();
  expect(told.untold()).toEqual(Object.keys(METRICS));

  metrics.gauge('odradek_topics', () => 0);
  // Resolved, and nothing counted yet.
  const flushes = metrics.counter('odradek_flushes_total');
  const durations = metrics.histogram('odradek_flush_duration_seconds');
  await told.look();
  expect(told.untold()).toEqual(Object.keys(METRICS).filter((name) => name !== 'odradek_topics'));

  flushes.add();
  durations.observe(0);
  await told.look();
  const alsoTold = ['odradek_topics', 'odradek_flushes_total', 'odradek_flush_duration_seconds'];
  expect(told.untold()).toEqual(Object.keys(METRICS).filter((name) => !alsoTold.includes(name)));
});

/** The records of `produceToLeader` are years old, and retention would take them at once. */
const KEPT = { 'retention.ms': '-1' };

/** By a client over gRPC, into segments that fill and are deleted again. */
async function recordsComeAndGo(cluster: TestCluster, told: Told): Promise<void> {
  const settings = { 'segment.bytes': '512', 'retention.bytes': '512' };
  await createTopic(cluster.nodes, 'orders', { settings });
  await using producer = cluster.client().producer();
  for (let count = 0; count < 8; count++) {
    await producer.send('orders', { value: 'a'.repeat(150) });
  }
  await expect.poll(() => told.value('odradek_retention_deleted_bytes_total')).toBeGreaterThan(0);
  await createTopic(cluster.nodes, 'read', { settings: KEPT });
  await produceToLeader(cluster.nodes, 'read', ['a']);
  await readAll(cluster.broker(await leaderOf(cluster.nodes, 'read')).broker.door, 'read');
  // While it is open.
  await told.look();
}

async function requestsAreRefused(cluster: TestCluster): Promise<void> {
  const { admin } = cluster.client();
  await expect(admin.deleteTopic('nowhere')).rejects.toMatchObject({
    code: 'UNKNOWN_TOPIC_OR_PARTITION',
  });
}

async function leadershipIsHandedOver(cluster: TestCluster): Promise<void> {
  const leader = await leaderOf(cluster.nodes, 'orders');
  await cluster.broker(leader).stop();
  await cluster.broker(leader).start();
  await cluster.broker(leader).active();
}

/** A follower dies, its leader goes on alone and dies; the follower is elected without being in sync. */
async function aLogIsCutBack(cluster: TestCluster, told: Told): Promise<void> {
  const { nodes } = cluster;
  await createTopic(nodes, 'risky', {
    replicationFactor: 2,
    settings: { ...KEPT, 'min.insync.replicas': '1', 'unclean.leader.election.enable': 'true' },
  });
  await produceToLeader(nodes, 'risky', ['a']);
  const leader = await leaderOf(nodes, 'risky');
  const follower = nodes.brokers.find(({ id, broker }) => {
    const hasReplica = [...broker.partitions].some(({ topic }) => topic === 'risky');
    return id !== leader && hasReplica;
  });
  if (follower === undefined) throw new Error('nobody follows');
  await follower.kill();
  await produceToLeader(nodes, 'risky', ['b'], 'all');
  await nodes.broker(leader).kill();
  await follower.start();
  await produceToLeader(nodes, 'risky', ['c'], 1);
  await nodes.broker(leader).start();
  await expect
    .poll(() => told.value('odradek_truncations_total'), { timeout: 10_000 })
    .toBeGreaterThan(0);
  await expect
    .poll(() => told.value('odradek_isr_expands_total'), { timeout: 10_000 })
    .toBeGreaterThan(0);
}

/** What the processes of a cluster have told at any of the moments at which somebody looked. */
class Told {
  readonly #telemetries = new Map<string, Telemetry>();
  /** The largest value of each series, without its labels. */
  readonly #values = new Map<string, number>();

  /** The same one for every life of a process. */
  telemetry(name: string): Telemetry {
    const known = this.#telemetries.get(name);
    if (known !== undefined) return known;
    const telemetry = createTelemetry();
    this.#telemetries.set(name, telemetry);
    return telemetry;
  }

  async look(): Promise<void> {
    for (const { metrics } of this.#telemetries.values()) {
      const { body } = await metrics.read();
      for (const line of body.split('\n')) {
        const [, name, value] = /^(\w+)(?:\{.*\})? (\S+)$/.exec(line) ?? [];
        if (name === undefined) continue;
        this.#values.set(name, Math.max(this.#values.get(name) ?? 0, Number(value)));
      }
    }
  }

  async value(name: keyof typeof METRICS): Promise<number> {
    await this.look();
    return this.#values.get(name) ?? 0;
  }

  untold(): string[] {
    return Object.entries(METRICS).flatMap(([name, { type }]) => {
      const value = this.#values.get(type === 'histogram' ? `${name}_count` : name);
      const isTold = type === 'gauge' ? value !== undefined : value !== undefined && value > 0;
      return isTold ? [] : [name];
    });
  }
}
