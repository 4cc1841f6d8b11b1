/** One shard of a broker, in a thread of its own: see `broker-shards.ts`. */
import { parentPort, workerData } from 'node:worker_threads';
import type { BrokerConfig } from '../config/config.ts';
import { keepIdleHeapSmall, startBroker } from '../main.ts';
import type { ShardMessage } from './broker-shards.ts';

const port = parentPort;
if (port === null) throw new Error('this is a worker of odradek broker start');
const tell = (message: ShardMessage): void => port.postMessage(message);

const config: BrokerConfig = workerData;
const running = await startBroker(config);
tell({ kind: 'started', grpcAddress: running.grpcAddress, httpAddress: running.httpAddress });
port.on('message', () => void running.stop());
const release = keepIdleHeapSmall();
const { error } = await running.stopped;
release();
tell({ kind: 'stopped', error: error ?? null });
port.close();
