import { Worker } from 'node:worker_threads';
import type { BrokerConfig } from '../config/config.ts';
import { shardConfig } from '../config/shards.ts';
import type { RunningProcess } from '../main.ts';

/** What a shard tells the thread that started it. Errors cross as copies. */
export type ShardMessage =
  | { readonly kind: 'started'; readonly grpcAddress: string; readonly httpAddress: string }
  | { readonly kind: 'stopped'; readonly error: Error | null };

/**
 * Starts a broker: one event loop, or with `shards` above 1 as many, each a broker of its own to the
 * cluster (`config/shards.ts`). The first runs in this thread, the others in threads of their own;
 * metadata leads clients straight to the shard that leads a partition, so nothing crosses threads.
 *
 * They live and die together: one that ends by itself takes the others with it, since whoever runs a
 * broker watches a process.
 */
export async function startShards(config: BrokerConfig): Promise<RunningProcess> {
  const { startBroker } = await import('../main.ts');
  const first = startBroker(shardConfig(config, 0));
  if (config.shards === 1) return first;
  const others = Array.from({ length: config.shards - 1 }, (_, index) =>
    startWorker(shardConfig(config, index + 1)),
  );
  const outcomes = await Promise.allSettled([first, ...others]);
  const shards = outcomes.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  const stopAll = async (): Promise<void> => {
    await Promise.all(shards.map((shard) => shard.stop()));
  };
  const failed = outcomes.find((each) => each.status === 'rejected');
  const [leading] = shards;
  if (failed !== undefined || leading === undefined) {
    await stopAll();
    throw failed?.reason;
  }
  const ended = shards.map(async (shard) => {
    const outcome = await shard.stopped;
    if (outcome.error !== undefined) await stopAll();
    return outcome;
  });
  return {
    grpcAddress: leading.grpcAddress,
    httpAddress: leading.httpAddress,
    stop: stopAll,
    stopped: Promise.all(ended).then((all) => all.find(({ error }) => error !== undefined) ?? {}),
  };
}

/** Resolves when the shard has started; rejects if it could not. */
function startWorker(config: BrokerConfig): Promise<RunningProcess> {
  const worker = new Worker(new URL('./shard-worker.js', import.meta.url), { workerData: config });
  return new Promise((resolve, reject) => {
    let end: (outcome: { readonly error?: Error }) => void = () => undefined;
    const stopped = new Promise<{ readonly error?: Error }>((done) => {
      end = done;
    });
    worker.on('message', (message: ShardMessage) => {
      if (message.kind === 'stopped') {
        end(message.error === null ? {} : { error: message.error });
        return;
      }
      const { grpcAddress, httpAddress } = message;
      resolve({
        grpcAddress,
        httpAddress,
        stop: async () => {
          worker.postMessage('stop');
          await stopped;
        },
        stopped,
      });
    });
    worker.on('error', (error) => {
      // A bug is the outermost frame's to report, whichever thread has found it.
      if (error instanceof Error && error.name === 'InvariantViolation') {
        process.nextTick(() => {
          throw error;
        });
      }
      const reason = error instanceof Error ? error : new Error(String(error));
      reject(reason);
      end({ error: reason });
    });
    worker.on('exit', (code) => {
      const reason = new Error(`shard ${config.brokerId} ended with code ${code}`);
      reject(reason);
      end({ error: reason });
    });
  });
}
