import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Client } from '../../src/client/index.ts';
import { eventually, type ProcessCluster } from '../integration/process-cluster.ts';

/**
 * Waits until all replicas of topics end alike, stops the brokers, and compares their files byte for
 * byte. Throws at the first difference; returns the bytes that were compared.
 */
export async function compareReplicas(
  cluster: ProcessCluster,
  client: Client,
  topics: readonly string[],
): Promise<number> {
  const directories: string[] = [];
  for (const topic of topics) {
    const count = await eventually(`the replicas of ${topic} to end alike`, 60_000, async () => {
      const { partitions } = await client.admin.describeTopic(topic);
      const alike = partitions.every(
        ({ isr, logEndOffset, replicas }) =>
          isr.length === replicas.length &&
          replicas.every((replica) => replica.logEndOffset === logEndOffset),
      );
      return alike && partitions.length;
    });
    for (let index = 0; index < count; index++) directories.push(`${topic}-${index}`);
  }
  await Promise.all(cluster.brokers.map((broker) => broker.stop()));
  let compared = 0;
  for (const directory of directories) {
    const [first, ...others] = cluster.brokers.map(({ dataDir }) =>
      logOf(path.join(dataDir, directory)),
    );
    for (const [index, other] of others.entries()) {
      if (first?.equals(other) === true) continue;
      throw new Error(`${directory} differs between broker 1 and broker ${index + 2}`);
    }
    compared += first?.length ?? 0;
  }
  return compared;
}

/** All segments of a replica, one behind the other. */
function logOf(directory: string): Buffer {
  const segments = readdirSync(directory)
    .filter((name) => name.endsWith('.log'))
    .sort();
  return Buffer.concat(segments.map((name) => readFileSync(path.join(directory, name))));
}
