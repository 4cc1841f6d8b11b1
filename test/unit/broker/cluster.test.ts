import { afterEach, expect, test } from 'vitest';
import { partitionIndex } from '../../../src/base/ids.ts';
import { createTelemetry } from '../../../src/telemetry/telemetry.ts';
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

// It was said to the controller too, which takes nothing but damage from a running replica, and refused.
test('a replica that is whole again says so to nobody who would refuse it', async () => {
  const refusals: unknown[] = [];
  const logger = {
    event: (name: string, fields: unknown) => {
      if (name === 'request_refused') refusals.push(fields);
    },
  };
  nodes = await startNodes(3, {}, (name) =>
    createTelemetry(name === 'controller' ? logger : undefined),
  );
  await createTopic(nodes, 'orders', {});
  await produceToLeader(nodes, 'orders', ['a']);
  const leader = await leaderOf(nodes, 'orders');
  const node = nodes.broker((leader % 3) + 1);
  await node.kill();
  // Nothing can be said any more about what it had acknowledged.
  node.disk.remove('/data/durable-marks');
  await node.start();
  await node.active();
  const target = { topic: 'orders', topicId: null, partition: partitionIndex(0) };
  const host = await until('its replica', () => {
    const found = node.broker.door.find(target);
    return 'code' in found ? undefined : found;
  });
  await until('it to be whole again', () => host.log.recovery.state === 'whole');
  // What it says next is heard behind what it may have said of this.
  await node.stop();
  expect(refusals).toEqual([]);
});

// The directory went while a log was being laid down in it: the broker took that for a failed disk and
// went offline. And what was created anew meanwhile pushed the old directory aside for good.
test('a topic may be deleted, and created again, while its replicas are still being made', async () => {
  nodes = await startNodes(2);
  for (const { disk } of nodes.brokers) disk.syncDelayMs = 5;
  const { host } = nodes.controller;
  const { disk: observed } = nodes.broker(1);
  for (let round = 0; round < 8; round++) {
    const before = observed.operationCount;
    await createTopic(nodes, 'orders', { partitions: 3 });
    // Somewhere in the midst of it, each round a little further.
    await until('some operations', () => observed.operationCount >= before + 4 * round);
    expect(await host?.admin({ kind: 'deleteTopic', name: 'orders' })).toEqual({ kind: 'done' });
  }
  await createTopic(nodes, 'orders', { partitions: 3 });
  expect(await produceToLeader(nodes, 'orders', ['a'])).toBe(0);
  for (const { broker, disk } of nodes.brokers) {
    expect(broker.state).toBe('active');
    const names = () => disk.list('/data').filter((name) => name.startsWith('orders-'));
    await until('the old directories to be gone', () => names().length === 3);
    expect(names()).toEqual(['orders-0', 'orders-1', 'orders-2']);
  }
});
