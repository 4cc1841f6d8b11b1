import type { Peer, PeerProducer } from '../peer.ts';
import type { Missing } from '../tools.ts';
import { startKafka } from './kafka-cluster.ts';
import { produceToKafka, SWEEP, type KafkaSettings } from './produce.ts';

/** Apache Kafka at its default durability, driven by its own tools. */
export async function startKafkaPeer(options: {
  readonly directory?: string;
}): Promise<Peer | Missing> {
  const kafka = await startKafka({ ...options, messageBytesMax: 4_000_000 });
  if ('missing' in kafka) return kafka;
  const producer = (settings: KafkaSettings): PeerProducer => ({
    settings: `batch.size ${settings.batchBytes}, linger.ms ${settings.lingerMs}`,
    produce: (what) => produceToKafka(kafka, { ...what, settings }),
  });
  return {
    name: 'kafka',
    title: 'Apache Kafka',
    version: kafka.version,
    durability: 'page-cache',
    brokers: kafka.brokers,
    warmUp: producer({ batchBytes: 262_144, lingerMs: 5 }),
    sweep: SWEEP.map(producer),
    messagesMax: null,
    stop: () => kafka.stop(),
  };
}
