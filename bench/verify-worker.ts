/** One verification in this thread, and what is wrong as its message: run by `verify-elsewhere.ts`. */
import { parentPort, workerData } from 'node:worker_threads';
import { Client } from '../src/client/index.ts';
import { verifyProduced } from './verify.ts';
import type { VerifyTask } from './verify-elsewhere.ts';

const { bootstrap, produced } = workerData as VerifyTask;
const client = new Client({ bootstrap, clientId: 'bench-verify' });
const message = await verifyProduced(client, produced).then(
  () => null,
  (error: unknown) => (error instanceof Error ? error.message : String(error)),
);
await client.close();
parentPort?.postMessage(message);
