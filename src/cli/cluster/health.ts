import type { PartitionDescription, TopicDescription } from '../../client/index.ts';
import { isOffline, isUnderReplicated, type ClusterStatus } from './status.ts';

export interface Problem {
  readonly kind:
    | 'controller-unreachable'
    | 'broker-not-active'
    | 'leader-silent'
    | 'partition-offline'
    | 'partition-below-min-isr'
    | 'partition-under-replicated';
  /** A sentence that says what is wrong, and what that means. */
  readonly message: string;
  readonly broker: number | null;
  readonly topic: string | null;
  readonly partition: number | null;
}

/** Everything that is not as it should be, the worst of a partition once. */
export function findProblems(
  status: ClusterStatus,
  topics: readonly TopicDescription[],
): readonly Problem[] {
  const problems: Problem[] = [];
  const { controller, brokers } = status;
  if (!controller.reachable) {
    problems.push({
      ...NOWHERE,
      kind: 'controller-unreachable',
      message:
        'the broker that was asked does not reach the controller: ' +
        'no leader is elected and no topic is changed until it does',
    });
  }
  for (const { id, state, grpc } of brokers) {
    if (state === 'active') continue;
    problems.push({
      ...NOWHERE,
      kind: 'broker-not-active',
      broker: id,
      message: `broker ${id} (${grpc}) is ${state}: ${BROKER_STATES[state] ?? 'it cannot lead'}`,
    });
  }
  const activeIds = new Set(brokers.filter(({ state }) => state === 'active').map(({ id }) => id));
  const silent = new Set<number>();
  for (const topic of topics) {
    for (const partition of topic.partitions) {
      const { leader } = partition;
      const isSilent = leader !== null && partition.logEndOffset === null;
      if (isSilent && activeIds.has(leader)) silent.add(leader);
      const problem = partitionProblem(topic.name, partition);
      if (problem !== null) problems.push(problem);
    }
  }
  for (const id of [...silent].sort((a, b) => a - b)) {
    problems.push({
      ...NOWHERE,
      kind: 'leader-silent',
      broker: id,
      message: `broker ${id} leads partitions and says nothing of them when it is asked`,
    });
  }
  return problems;
}

const NOWHERE = { broker: null, topic: null, partition: null } as const;

const BROKER_STATES: Readonly<Record<string, string>> = {
  fenced: 'it is down, or cut off from the controller',
  stopping: 'it hands its leaderships over and ends',
  full: 'its disk is nearly full; free space or add some',
};

function partitionProblem(topic: string, partition: PartitionDescription): Problem | null {
  const { isr, replicas, minInsyncReplicas } = partition;
  const name = `${topic}-${partition.partition}`;
  const place = { broker: null, topic, partition: partition.partition };
  const all = replicas.map(({ broker }) => broker);
  if (isOffline(partition)) {
    return {
      ...place,
      kind: 'partition-offline',
      message: `${name} has no leader and takes no reads or writes: of ${list(all)} none that may lead is up`,
    };
  }
  const inSync = `${isr.length} of ${all.length} replicas of ${name} are in sync`;
  const missing = list(all.filter((broker) => !isr.includes(broker)));
  if (isr.length < minInsyncReplicas) {
    return {
      ...place,
      kind: 'partition-below-min-isr',
      message: `${inSync}, and acks=all takes ${minInsyncReplicas}: it is refused (missing: ${missing})`,
    };
  }
  if (isUnderReplicated(partition)) {
    return {
      ...place,
      kind: 'partition-under-replicated',
      message: `${inSync} (missing: ${missing})`,
    };
  }
  return null;
}

function list(brokers: readonly number[]): string {
  return `broker${brokers.length === 1 ? '' : 's'} ${brokers.join(', ')}`;
}
