/**
 * A process that is going to be killed: reads flights, adds up what each batch of them was late, by
 * airport and day, and writes that in one transaction with how far it has come.
 *
 *   npx tsx test/exactly-once/pipeline.ts BOOTSTRAP
 *
 * Runs until it is killed; ends by itself, with an error, if anything fails for good.
 */
import { Client } from '../../src/client/index.ts';
import { totalsOf } from './flights.ts';

const [, , bootstrap = ''] = process.argv;
const client = new Client({ bootstrap, clientId: 'pipeline' });
const producer = client.producer({ transactionalId: 'pipeline' });
// Fences the last life and ends what it has left, before it is asked how far that had come.
await producer.begin();
await producer.abort();
const consumer = client.consumer({
  assign: ['flights'],
  group: 'pipeline',
  isolation: 'read-committed',
  autoCommitMs: 0,
});
for await (const batch of consumer.batches()) {
  const lines = [...batch].map(({ value }) => Buffer.from(value ?? []).toString());
  await producer.transaction(async (transaction) => {
    for (const [key, minutes] of totalsOf(lines)) {
      void transaction.send('totals', { key, value: String(minutes) });
    }
    await transaction.sendOffsets('pipeline', consumer.offsets());
  });
}
