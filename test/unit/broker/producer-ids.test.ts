import { expect, test } from 'vitest';
import { OdradekError, refusal } from '../../../src/base/errors.ts';
import { ProducerIds } from '../../../src/broker/producer-ids.ts';
import type { AdminReply } from '../../../src/controller/types.ts';

function blocksOf(count: number) {
  const blocks = { asked: 0, underWay: 0, mostUnderWay: 0, answers: [] as (AdminReply | Error)[] };
  const ids = new ProducerIds(async () => {
    blocks.asked += 1;
    blocks.underWay += 1;
    blocks.mostUnderWay = Math.max(blocks.mostUnderWay, blocks.underWay);
    const first = (blocks.asked - 1) * count;
    await Promise.resolve();
    blocks.underWay -= 1;
    const answer = blocks.answers.shift();
    if (answer instanceof Error) throw answer;
    return answer ?? { kind: 'producerIds', first, count };
  });
  return { blocks, ids };
}

test('ids come out of one block after the other, and one request brings each', async () => {
  const { blocks, ids } = blocksOf(3);
  const given = await Promise.all(Array.from({ length: 8 }, () => ids.next()));
  expect([...given].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect(blocks).toMatchObject({ asked: 3, mostUnderWay: 1 });
});

test('a controller that refuses or cannot be reached is no reason to end, and is asked again', async () => {
  const { blocks, ids } = blocksOf(3);
  blocks.answers.push(
    { kind: 'refused', refusal: refusal('NOT_CONTROLLER') },
    new OdradekError('NETWORK_EXCEPTION'),
  );
  expect(await ids.next()).toMatchObject({ code: 'COORDINATOR_NOT_AVAILABLE' });
  expect(await ids.next()).toMatchObject({ code: 'COORDINATOR_NOT_AVAILABLE' });
  expect(await ids.next()).toBe(6);
});

test('what is no refusal is not swallowed', async () => {
  const { blocks, ids } = blocksOf(3);
  blocks.answers.push(new TypeError('a bug'));
  await expect(ids.next()).rejects.toThrow('a bug');
});
