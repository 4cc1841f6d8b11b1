/**
 * `verifyProduced` in a heap of its own, which goes with it: what the judge remembers of millions of
 * messages would be marked again and again while the next repetition is measured.
 */
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import { Client } from '../src/client/index.ts';
import { verifyProduced, type Produced } from './verify.ts';

interface Task {
  readonly bootstrap: readonly string[];
  readonly produced: Produced;
}

/** As `verifyProduced`. Runs from the built command only: a worker cannot load TypeScript. */
export function verifyElsewhere(bootstrap: readonly string[], produced: Produced): Promise<void> {
  // Only what the check needs: an error or a method cannot be sent to another thread.
  const deliveries = produced.deliveries.map(({ topic, partition, baseOffset, count }) => ({
    topic,
    partition,
    baseOffset,
    count,
  }));
  const task: Task = { bootstrap, produced: { ...produced, deliveries } };
  const worker = new Worker(new URL(import.meta.url), { workerData: task });
  return new Promise((resolve, reject) => {
    worker.once('message', (message: string | null) => {
      if (message === null) resolve();
      else reject(new Error(message));
    });
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`the verification ended with ${code}`)));
  });
}

if (!isMainThread && parentPort !== null) {
  const { bootstrap, produced } = workerData as Task;
  const client = new Client({ bootstrap, clientId: 'bench-verify' });
  const message = await verifyProduced(client, produced).then(
    () => null,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
  await client.close();
  parentPort.postMessage(message);
}
