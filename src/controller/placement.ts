import type { Random } from '../base/random.ts';
import { assert } from '../base/assert.ts';
import type { NodeId } from '../base/ids.ts';

/** A broker that replicas can be placed on, with what it holds already. */
export interface Site {
  readonly id: NodeId;
  /** Null: a rack of its own. */
  readonly rack: string | null;
  readonly replicaCount: number;
  /** Of how many partitions it is the preferred leader. */
  readonly preferredCount: number;
}

/**
 * Replicas for `partitionCount` partitions in assignment order, the preferred leader first. Preferred
 * leaders are spread evenly; the other replicas go to racks that the partition has least of, then to
 * the brokers that hold least. Ties fall to `random`, so that no two brokers share all they have.
 */
export function placeReplicas(
  sites: readonly Site[],
  partitionCount: number,
  replicationFactor: number,
  random: Random,
): NodeId[][] {
  assert(
    replicationFactor >= 1 && replicationFactor <= sites.length,
    () => `${replicationFactor} replicas on ${sites.length} brokers`,
  );
  const loads = sites.map((site) => ({
    id: site.id,
    rack: site.rack ?? `broker ${site.id}`,
    replicas: site.replicaCount,
    preferred: site.preferredCount,
    tie: 0,
  }));
  return Array.from({ length: partitionCount }, () => {
    for (const load of loads) load.tie = random.below(2 ** 31);
    const chosen: Load[] = [];
    while (chosen.length < replicationFactor) {
      const first = chosen.length === 0;
      const next = loads
        .filter((load) => !chosen.includes(load))
        .reduce((a, b) => (compare(a, b, chosen, first) <= 0 ? a : b));
      chosen.push(next);
      next.replicas++;
      if (first) next.preferred++;
    }
    return chosen.map(({ id }) => id);
  });
}

interface Load {
  readonly id: NodeId;
  readonly rack: string;
  replicas: number;
  preferred: number;
  tie: number;
}

function compare(a: Load, b: Load, chosen: readonly Load[], first: boolean): number {
  const onRack = ({ rack }: Load) => chosen.filter((other) => other.rack === rack).length;
  return (
    (first ? a.preferred - b.preferred : onRack(a) - onRack(b)) ||
    a.replicas - b.replicas ||
    a.tie - b.tie ||
    a.id - b.id
  );
}
