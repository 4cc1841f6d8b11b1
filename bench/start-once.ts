/** One start in this process, and its time on standard output: a program of its own, run by `start.ts`. */
import { startCluster } from '../src/testing/index.ts';

const startedAt = performance.now();
const cluster = await startCluster({ brokers: 3 });
const client = cluster.client();
await client.admin.createTopic('start', { partitions: 1, replicationFactor: 3 });
await client.producer().send('start', { key: null, value: 'first' });
process.stdout.write(String(performance.now() - startedAt));
await cluster.stop();
