import { cpuMicrosOf } from '../../cluster.ts';
import type { Peer, PeerProducer, PeerRun } from '../peer.ts';
import type { Missing } from '../tools.ts';
import { startNats, type NatsCluster, type NatsSync } from './nats-cluster.ts';

/**
 * NATS JetStream, driven by its own Go client: asynchronous publishes to a stream with three replicas in
 * files. Each is acknowledged by most of the replicas; it is written once unless a publish is repeated.
 */
export async function startNatsPeer(options: {
  readonly directory?: string;
  readonly sync: NatsSync;
}): Promise<Peer | Missing> {
  const nats = await startNats(options);
  if ('missing' in nats) return nats;
  const isSynced = options.sync === 'always';
  const producer = (outstanding: number): PeerProducer => ({
    settings: `${outstanding} outstanding`,
    produce: (what) => produceToNats(nats, { ...what, outstanding }),
  });
  return {
    name: isSynced ? 'nats-fsync' : 'nats',
    title: isSynced ? 'NATS JetStream with sync_interval always' : 'NATS JetStream',
    version: nats.version,
    durability: isSynced ? 'fsync' : 'page-cache, fsync every 2 min',
    brokers: nats.brokers,
    warmUp: producer(4_096),
    sweep: SWEEP.map(producer),
    messagesMax: isSynced ? SYNCED_MESSAGES_MAX : null,
    stop: () => nats.stop(),
  };
}

async function produceToNats(
  cluster: NatsCluster,
  options: { readonly messages: number; readonly size: number; readonly outstanding: number },
): Promise<PeerRun> {
  const { messages, size, outstanding } = options;
  const stream = `bench-${Math.random().toString(36).slice(2, 10)}`;
  const before = await cpuMicrosOf(cluster.brokers);
  const stdout = await cluster.drive([
    ...['-stream', stream, '-messages', String(messages), '-size', String(size)],
    ...['-outstanding', String(outstanding)],
  ]);
  const brokerCpuMicros = ((await cpuMicrosOf(cluster.brokers)) - before) / messages;
  const { seconds, held } = parseResult(stdout);
  if (held !== messages) throw new Error(`NATS holds ${held} of ${messages} messages`);
  return { messagesPerSecond: messages / seconds, brokerCpuMicros };
}

/** What `main.go` prints. Exported for its test. */
export function parseResult(stdout: string): { readonly seconds: number; readonly held: number } {
  const { seconds, held } = JSON.parse(stdout) as Record<string, unknown>;
  if (typeof seconds !== 'number' || typeof held !== 'number' || !(seconds > 0)) {
    throw new Error(`the NATS producer printed “${stdout.trim()}”`);
  }
  return { seconds, held };
}

/** Publishes that wait for their acknowledgement: from a few to more than fill every buffer. */
const SWEEP: readonly number[] = [256, 1_024, 4_096, 16_384, 65_536];
/** It syncs for each message: a hundred thousand take long enough to be measured. */
const SYNCED_MESSAGES_MAX = 100_000;
