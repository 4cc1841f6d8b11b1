import type { Client, ProducerOptions } from '../../src/client/index.ts';
import { originOf } from './flights.ts';
import { sleep } from './killer.ts';

/** Writes lines in their order, by origin, over about `durationMs`; resolves once all are delivered. */
export async function produceLines(
  client: Client,
  topic: string,
  lines: readonly string[],
  durationMs: number,
  options: ProducerOptions = {},
): Promise<void> {
  const producer = client.producer({ batchBytes: 8 * 1024, ...options });
  const sent: Promise<unknown>[] = [];
  for (let at = 0; at < lines.length; at += LINES_PER_CHUNK) {
    for (const line of lines.slice(at, at + LINES_PER_CHUNK)) {
      const delivered = producer.send(topic, { key: originOf(line), value: line });
      delivered.catch(() => undefined);
      sent.push(delivered);
    }
    await sleep((durationMs * LINES_PER_CHUNK) / lines.length);
  }
  await Promise.all(sent);
  await producer.close();
}

/** Everything that a topic has for readers of what is committed, in the order of each partition. */
export async function readAll(
  client: Client,
  topic: string,
): Promise<{ key: string; value: string; partition: number }[]> {
  await using consumer = client.consumer({ assign: [topic], isolation: 'read-committed' });
  const records: { key: string; value: string; partition: number }[] = [];
  for await (const batch of consumer.batches({ untilEnd: true })) {
    for (const { key, value, partition } of batch) {
      records.push({ key: textOf(key), value: textOf(value), partition });
    }
  }
  return records;
}

function textOf(bytes: Uint8Array | null): string {
  return Buffer.from(bytes ?? []).toString();
}

const LINES_PER_CHUNK = 100;
