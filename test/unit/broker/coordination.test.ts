/** What a cluster coordinates, asked for at the level of its RPCs. */
import { expect, test } from 'vitest';
import { startNodes } from './nodes.ts';

test('every broker gives ids to producers, and none is given twice', async () => {
  const nodes = await startNodes(2);
  const given: number[] = [];
  for (let turn = 0; turn < 5; turn += 1) {
    for (const { broker } of nodes.brokers) {
      const identity = await broker.door.coordination.initProducerId(null, 0);
      if ('code' in identity) throw new Error(identity.message);
      expect(identity.producerEpoch).toBe(0);
      given.push(identity.producerId);
    }
  }
  expect(new Set(given).size).toBe(10);
  await nodes.stop();
});
