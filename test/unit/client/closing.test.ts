import { expect, test } from 'vitest';
import { Client } from '../../../src/client/client.ts';
import type { OdradekError } from '../../../src/base/errors.ts';
import type { Transport } from '../../../src/client/transport.ts';

/** A cluster that never says a word: nothing is known of any topic. */
const SILENCE: Transport = {
  call: () => new Promise(() => undefined),
  open: () => ({ send: () => undefined, end: () => undefined, close: () => undefined }),
  watch: () => ({ close: () => undefined }),
  close: () => undefined,
};

function codeOf(error: unknown): string {
  return (error as OdradekError).code;
}

test('what waits for its topic when the producer is closed fails with CLIENT_CLOSED', async () => {
  const producer = new Client({ transport: SILENCE }).producer();
  const sent = [
    producer.send('orders', { value: 'one' }),
    producer.sendBatch('orders', [{ value: 'two' }]),
  ].map((each) => each.then(() => 'delivered', codeOf));
  await producer.close({ timeoutMs: 1 }).catch(codeOf);
  // They said ABORTED_BY_CALLER, and no caller had aborted anything.
  expect(await Promise.all(sent)).toEqual(['CLIENT_CLOSED', 'CLIENT_CLOSED']);
});

test('who has given up before is told so, closed or not', async () => {
  const producer = new Client({ transport: SILENCE }).producer();
  const abort = new AbortController();
  const sent = producer
    .send('orders', { value: 'one' }, { signal: abort.signal })
    .then(() => 'delivered', codeOf);
  abort.abort();
  await producer.close({ timeoutMs: 1 }).catch(codeOf);
  expect(await sent).toBe('ABORTED_BY_CALLER');
});

test('an iteration that waits for its topic ends when the consumer is closed', async () => {
  const consumer = new Client({ transport: SILENCE }).consumer({ assign: ['orders'] });
  const next = consumer.batches().next();
  const sought = consumer.seek('orders', 0, 'end').then(() => 'done', codeOf);
  await consumer.close();
  // It threw ABORTED_BY_CALLER.
  expect(await next.then(({ done }) => done, codeOf)).toBe(true);
  expect(await sought).toBe('CLIENT_CLOSED');
  expect(await consumer.batches().next().catch(codeOf)).toBe('CLIENT_CLOSED');
});
