import { expect, test } from 'vitest';
import { ClusterImage } from '../../../src/controller/image.ts';
import { Cluster } from './cluster.ts';

test('blocks of producer ids follow one another, over restarts and snapshots', () => {
  const cluster = new Cluster().start(1);
  const allocate = () => cluster.admin({ kind: 'allocateProducerIds' });
  expect(allocate()).toEqual({ kind: 'producerIds', first: 0, count: 1_000 });
  expect(allocate()).toEqual({ kind: 'producerIds', first: 1_000, count: 1_000 });
  cluster.restart();
  expect(allocate()).toEqual({ kind: 'producerIds', first: 2_000, count: 1_000 });
  const restored = ClusterImage.fromSnapshot(cluster.image.encodeSnapshot());
  expect(restored.nextProducerId).toBe(3_000);
});

test('an image of the format before says that no producer has an id', () => {
  const image = new Cluster().start(1).image;
  const { nextProducerId, ...before } = JSON.parse(
    new TextDecoder().decode(image.encodeSnapshot()),
  ) as Record<string, unknown>;
  expect(nextProducerId).toBe(0);
  const bytes = new TextEncoder().encode(JSON.stringify({ ...before, format: 1 }));
  expect(ClusterImage.fromSnapshot(bytes).nextProducerId).toBe(0);
  const newer = new TextEncoder().encode(JSON.stringify({ ...before, format: 3 }));
  expect(() => ClusterImage.fromSnapshot(newer)).toThrow('format 3');
});
