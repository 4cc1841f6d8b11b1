import { partitionIndex, timestamp, type Offset, type TopicId } from '../../../src/base/ids.ts';
import type { BrokerDoor } from '../../../src/broker/broker-door.ts';
import { SystemClock } from '../../../src/platform/clock.ts';
import { batchesIn, RecordBatchBuilder, RecordBatchView } from '../../../src/record/index.ts';
import type { Acks, ProduceResult } from '../../../src/replication/types.ts';
import { ClusterNodes } from '../../../src/testing/cluster.ts';
import { SeededRandom } from '../../../src/testing/seeded-random.ts';
import type { Telemetry } from '../../../src/telemetry/telemetry.ts';

/** Short times, so that what takes seconds in production takes a test's patience. */
export const QUICK = {
  'broker.session.timeout.ms': '600ms',
  'broker.heartbeat.interval.ms': '50ms',
  'session.reopen.grace.ms': '60ms',
  'session.reconnect.backoff.ms': '10ms',
  'replica.idle.interval.ms': '50ms',
  'replica.retry.backoff.ms': '10ms',
  'replica.lag.time.max.ms': '1s',
};

export async function startNodes(
  brokers: number,
  settings: Readonly<Record<string, string>> = {},
  telemetry?: (name: string) => Telemetry,
): Promise<ClusterNodes> {
  const nodes = new ClusterNodes({
    brokers,
    settings: { ...QUICK, ...settings },
    clock: new SystemClock(),
    random: new SeededRandom(1),
    ...(telemetry === undefined ? {} : { telemetry }),
  });
  await nodes.start();
  return nodes;
}

export async function createTopic(
  nodes: ClusterNodes,
  name: string,
  options: { partitions?: number; replicationFactor?: number; settings?: Record<string, string> },
): Promise<TopicId> {
  const reply = await nodes.controller.host?.admin({
    kind: 'createTopic',
    name,
    partitions: options.partitions ?? 1,
    replicationFactor: options.replicationFactor ?? 0,
    settings: options.settings ?? {},
    validateOnly: false,
  });
  if (reply?.kind !== 'topicCreated') throw new Error(JSON.stringify(reply));
  return reply.topicId;
}

export function batchOf(...values: string[]): Uint8Array {
  const builder = new RecordBatchBuilder({ bytesMax: 1_000_000 });
  for (const value of values) {
    builder.append({ key: null, value, timestamp: timestamp(1_700_000_000_000) });
  }
  return Uint8Array.from(builder.build());
}

export function produce(
  door: BrokerDoor,
  topic: string,
  values: readonly string[],
  options: { acks?: Acks; partition?: number; timeoutMs?: number } = {},
): Promise<ProduceResult> {
  return new Promise((resolve) => {
    door.produce(
      {
        target: { topic, topicId: null, partition: partitionIndex(options.partition ?? 0) },
        acks: options.acks ?? 'all',
        timeoutMs: options.timeoutMs ?? 5_000,
        expectedLeaderEpoch: null,
        batch: batchOf(...values),
      },
      resolve,
    );
  });
}

/** The broker that leads, once one does and says so itself. */
export async function leaderOf(nodes: ClusterNodes, topic: string, partition = 0): Promise<number> {
  return until(`a leader of ${topic}-${partition}`, () => {
    for (const node of nodes.brokers) {
      if (!node.running) continue;
      const host = node.broker.door.find({
        topic,
        topicId: null,
        partition: partitionIndex(partition),
      });
      if (!('code' in host) && host.bounds(null).ok) return node.id;
    }
    return undefined;
  });
}

/** Produces to whoever leads, again and again until it is acknowledged. */
export async function produceToLeader(
  nodes: ClusterNodes,
  topic: string,
  values: readonly string[],
  acks: Acks = 'all',
): Promise<Offset> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const leader = await leaderOf(nodes, topic);
    const result = await produce(nodes.broker(leader).broker.door, topic, values, { acks });
    if (result.ok) return result.baseOffset;
    if (Date.now() > deadline) throw new Error(JSON.stringify(result));
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Every value below the high watermark, by offset. */
export async function readAll(door: BrokerDoor, topic: string, partition = 0): Promise<string[]> {
  const values: string[] = [];
  let fetchOffset = 0;
  for (;;) {
    const [fetched] = await door.fetch(
      {
        partitions: [
          {
            target: { topic, topicId: null, partition: partitionIndex(partition) },
            fetchOffset: fetchOffset as Offset,
            currentLeaderEpoch: null,
            maxBytes: 1_000_000,
            generation: 0,
          },
        ],
        maxWaitMs: 0,
        minBytes: 0,
        maxBytes: 1_000_000,
        isolation: 'read-uncommitted',
      },
      new AbortController().signal,
    );
    if (fetched === undefined || fetched.error !== null) throw new Error(JSON.stringify(fetched));
    if (fetched.chunks.length === 0) return values;
    for (const chunk of fetched.chunks) {
      for (const { header, position } of batchesIn(chunk)) {
        const view = new RecordBatchView(chunk, position);
        for (const record of view.records()) {
          values[record.offset] = new TextDecoder().decode(record.value ?? new Uint8Array());
        }
        fetchOffset = header.lastOffset + 1;
      }
    }
  }
}

export async function until<T>(what: string, look: () => T | undefined | false): Promise<T> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const found = look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
