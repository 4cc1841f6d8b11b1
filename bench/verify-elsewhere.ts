import { Worker } from 'node:worker_threads';
import type { Produced } from './verify.ts';

/** What the worker is given. */
export interface VerifyTask {
  readonly bootstrap: readonly string[];
  readonly produced: Produced;
}

/**
 * `verifyProduced` in a heap of its own, which goes with it: what the judge remembers of millions of
 * messages would be marked again and again while the next repetition is measured. From the built
 * command only: a worker cannot load TypeScript.
 */
export function verifyElsewhere(bootstrap: readonly string[], produced: Produced): Promise<void> {
  // Only what the check needs: an error or a method cannot be sent to another thread.
  const deliveries = produced.deliveries.map(({ topic, partition, baseOffset, count }) => ({
    topic,
    partition,
    baseOffset,
    count,
  }));
  const task: VerifyTask = { bootstrap, produced: { ...produced, deliveries } };
  const worker = new Worker(new URL('verify-worker.js', import.meta.url), { workerData: task });
  return new Promise((resolve, reject) => {
    worker.once('message', (message: string | null) => {
      if (message === null) resolve();
      else reject(new Error(message));
    });
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`the verification ended with ${code}`)));
  });
}
