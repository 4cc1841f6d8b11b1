// A broker that starts again opens its logs before it has heard from the controller, so with the
// default durability; the topic's own came with the first metadata. `reconfigure` took the difference
// for a change of what is fixed, and every broker with a page-cache topic died at its second start
// ("the durability of a log is fixed").
import { afterEach, expect, test } from 'vitest';
import type { ClusterNodes } from '../../src/testing/cluster.ts';
import {
  createTopic,
  leaderOf,
  produceToLeader,
  readAll,
  startNodes,
} from '../unit/broker/nodes.ts';

let nodes: ClusterNodes | null = null;
afterEach(async () => {
  await nodes?.stop();
  nodes = null;
});

test('a broker with a page-cache topic starts again', async () => {
  nodes = await startNodes(1);
  await createTopic(nodes, 'orders', { settings: { durability: 'page-cache' } });
  await produceToLeader(nodes, 'orders', ['a']);
  await nodes.broker(1).kill();
  await nodes.broker(1).start();
  await produceToLeader(nodes, 'orders', ['b']);
  const leader = nodes.broker(await leaderOf(nodes, 'orders')).broker;
  expect(await readAll(leader.door, 'orders')).toEqual(['a', 'b']);
});
