import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nodeId } from '../../../src/base/ids.ts';
import { placeReplicas } from '../../../src/controller/placement.ts';
import type { Site } from '../../../src/controller/placement.ts';
import { SeededRandom } from '../../../src/testing/seeded-random.ts';

function sites(racks: readonly (string | null)[]): Site[] {
  return racks.map((rack, index) => ({
    id: nodeId(index + 1),
    rack,
    replicaCount: 0,
    preferredCount: 0,
  }));
}

describe('placement', () => {
  test('spreads leaders evenly and replicas nearly so, no broker twice in a partition', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 5 }),
        fc.nat(),
        (brokers, partitions, factor, seed) => {
          const all = sites(Array.from({ length: brokers }, () => null));
          const wanted = Math.min(factor, brokers);
          const placed = placeReplicas(all, partitions, wanted, new SeededRandom(seed));
          for (const replicas of placed) expect(new Set(replicas).size).toBe(wanted);
          const leaders = all.map(({ id }) => placed.filter(([first]) => first === id).length);
          expect(Math.max(...leaders) - Math.min(...leaders)).toBeLessThanOrEqual(1);
          const held = all.map(({ id }) => placed.filter((ids) => ids.includes(id)).length);
          expect(Math.max(...held) - Math.min(...held)).toBeLessThanOrEqual(2);
        },
      ),
    );
  });

  test('puts the replicas of a partition on as many racks as there are', () => {
    const all = sites(['a', 'a', 'b', 'b', 'c', 'c']);
    for (const replicas of placeReplicas(all, 50, 3, new SeededRandom(7))) {
      const racks = replicas.map((id) => all.find((site) => site.id === id)?.rack);
      expect(new Set(racks).size).toBe(3);
    }
    for (const replicas of placeReplicas(all, 50, 4, new SeededRandom(7))) {
      const racks = replicas.map((id) => all.find((site) => site.id === id)?.rack);
      expect(new Set(racks).size).toBe(3);
    }
  });

  test('fills up a broker that has less than the others', () => {
    const loaded = sites([null, null, null]).map((site) => ({
      ...site,
      replicaCount: site.id === 3 ? 0 : 4,
      preferredCount: site.id === 3 ? 0 : 2,
    }));
    const placed = placeReplicas(loaded, 3, 1, new SeededRandom(1));
    expect(placed.slice(0, 2)).toEqual([[3], [3]]);
  });
});
