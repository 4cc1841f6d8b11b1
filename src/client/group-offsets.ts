import { leaderEpoch, offset, partitionIndex } from '../base/ids.ts';
import { GROUP_SERVICE } from '../wire/coordination-services.ts';
import type { CommitOffsetsRequest, CommittedOffset } from '../wire/group-messages.ts';
import type { Coordinator } from './coordinator.ts';
import { errorOfRefusal } from './errors.ts';
import type { CallOptions } from './waiting.ts';

/** How far a group has come in one partition. */
export interface GroupOffset {
  readonly topic: string;
  readonly partition: number;
  /** The next offset to read. */
  readonly offset: number;
  /** Of the last record that was read, if it is known. */
  readonly leaderEpoch?: number | null;
  /** Whatever is to be found again with it; at most 4,096 bytes. */
  readonly metadata?: string;
}

type Limits = CallOptions & { readonly timeoutMs: number };

/** Commits offsets of a group. Rejects with the first refusal; the others are committed all the same. */
export async function commitGroupOffsets(
  coordinator: Coordinator,
  group: string,
  offsets: readonly GroupOffset[],
  transaction: CommitOffsetsRequest['transaction'],
  limits: Limits,
): Promise<void> {
  const request = { group, offsets: offsets.map(toCommitted), transaction };
  const { results } = await coordinator.call(GROUP_SERVICE.commitOffsets, request, limits);
  for (const { topic, partition, refusal } of results) {
    if (refusal !== null) throw errorOfRefusal(refusal, { topic, partition });
  }
}

/**
 * Everything that a group has committed. `requireStable` waits for open transactions that commit
 * offsets of the group.
 */
export async function fetchGroupOffsets(
  coordinator: Coordinator,
  group: string,
  requireStable: boolean,
  limits: Limits,
): Promise<GroupOffset[]> {
  const request = { group, partitions: null, requireStable };
  const { offsets } = await coordinator.call(GROUP_SERVICE.fetchOffsets, request, limits);
  return offsets.flatMap((each) => {
    if (each.offset === null) return [];
    const { topic, partition, metadata } = each;
    return [{ topic, partition, offset: each.offset, leaderEpoch: each.leaderEpoch, metadata }];
  });
}

function toCommitted(each: GroupOffset): CommittedOffset {
  const epoch = each.leaderEpoch ?? null;
  return {
    topic: each.topic,
    partition: partitionIndex(each.partition),
    offset: offset(each.offset),
    leaderEpoch: epoch === null ? null : leaderEpoch(epoch),
    metadata: each.metadata ?? '',
  };
}
