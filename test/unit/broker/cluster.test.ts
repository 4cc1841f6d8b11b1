import { afterEach, expect, test } from 'vitest';
import type { ClusterNodes } from '../../../src/testing/cluster.ts';
import {
  createTopic,
  leaderOf,
  produce,
  produceToLeader,
  readAll,
  startNodes,
  until,
} from './nodes.ts';

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

// The followers kept it for connected after they had dropped their link to it, and sent their first
// position into a link that was not there yet: no write was acknowledged any more.
test('followers go back to a leader that they had turned away from', async () => {
  nodes = await startNodes(3, { 'disk.check.interval.ms': '10ms', 'disk.reserve.bytes': '1MiB' });
  await createTopic(nodes, 'orders', {});
  await produceToLeader(nodes, 'orders', ['a']);
  const first = nodes.broker(await leaderOf(nodes, 'orders'));
  first.disk.fullAfter(1_000);
  await until('a hand-over', () => first.broker.status().leading === 0);
  await produceToLeader(nodes, 'orders', ['b']);

  first.disk.fullAfter(2 ** 40);
  await until('all three in sync', () => {
    const partition = first.broker.metadata.image.topicByName('orders')?.partitions[0];
    return partition?.isr.length === 3;
  });
  await nodes.controller.host?.admin({ kind: 'electLeaders', name: 'orders', partition: null });
  await until('it to lead again', () => first.broker.status().leading === 1);
  const result = await produce(first.broker.door, 'orders', ['c'], { timeoutMs: 3_000 });
  expect(result).toMatchObject({ ok: true, baseOffset: 2 });
});
