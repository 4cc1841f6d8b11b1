import { afterEach, expect, test } from 'vitest';
import type { ClusterNodes } from '../../../src/testing/cluster.ts';
import { createTopic, leaderOf, produceToLeader, readAll, startNodes, until } from './nodes.ts';

let nodes: ClusterNodes | null = null;
afterEach(async () => {
  await nodes?.stop();
  nodes = null;
});

test('a batch at acks=all is read back from the leader', async () => {
  nodes = await startNodes(3);
  await createTopic(nodes, 'orders', {});
  expect(await produceToLeader(nodes, 'orders', ['a', 'b'])).toBe(0);
  expect(await produceToLeader(nodes, 'orders', ['c'])).toBe(2);
  const leader = nodes.broker(await leaderOf(nodes, 'orders')).broker;
  expect(await readAll(leader.door, 'orders')).toEqual(['a', 'b', 'c']);
});

test('a killed leader is replaced and nothing acknowledged is missing', async () => {
  nodes = await startNodes(3);
  await createTopic(nodes, 'orders', {});
  await produceToLeader(nodes, 'orders', ['a', 'b']);
  const first = await leaderOf(nodes, 'orders');
  await nodes.broker(first).kill();
  await produceToLeader(nodes, 'orders', ['c']);
  const second = await leaderOf(nodes, 'orders');
  expect(second).not.toBe(first);
  expect(await readAll(nodes.broker(second).broker.door, 'orders')).toEqual(['a', 'b', 'c']);

  await nodes.broker(first).start();
  await nodes.broker(first).active();
  const image = nodes.broker(second).broker.metadata;
  await until('all three in sync', () => {
    const isr = image.image.topicByName('orders')?.partitions[0]?.isr;
    return isr?.length === 3;
  });
});
