import type { Clock } from '../base/clock.ts';
import { refusal, type Refusal } from '../base/errors.ts';
import { instantAfter, type Instant } from '../base/ids.ts';
import type { ClusterImage } from '../controller/image.ts';
import type { StoredOffset } from '../group/offset-store.ts';
import { refuseGroupName } from '../group/offset-store.ts';
import type { OffsetPartition } from '../group/types.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import type { PartitionQuery } from '../transaction/types.ts';
import { CoordinatedPartitions } from './coordinated-partitions.ts';
import type { CommitOffsetsCall, CommittedPartition, Done, FetchedOffset } from './coordination.ts';
import { OFFSETS_TOPIC, partitionFor, type InternalTopics } from './internal-topics.ts';
import { OffsetsPartition } from './offsets-partition.ts';

export interface GroupCoordinatorOptions {
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly image: () => ClusterImage;
  readonly topics: InternalTopics;
  readonly verify: (query: PartitionQuery) => Promise<Refusal | null>;
  readonly failed: (error: unknown) => void;
}

/** The groups whose partition of the offsets topic this broker leads. */
export class GroupCoordinator {
  readonly partitions: CoordinatedPartitions<OffsetsPartition>;
  readonly #options: GroupCoordinatorOptions;
  #sweepAt: Instant;

  constructor(options: GroupCoordinatorOptions) {
    this.#options = options;
    const { clock, telemetry, verify, failed } = options;
    this.#sweepAt = instantAfter(clock.now(), SWEEP_MS);
    this.partitions = new CoordinatedPartitions(clock, (host, leaderEpoch, onLost) => {
      const { topic, topicId, partition } = host;
      return new OffsetsPartition({
        ...{ host, leaderEpoch, clock, onLost, failed },
        verify: (producer) => verify({ ...producer, topic, topicId, partition }),
        onUnreadable: (error) => {
          telemetry.event('coordinator_unreadable', { topic, partition, error });
        },
      });
    });
  }

  async commit(call: CommitOffsetsCall): Promise<readonly CommittedPartition[] | Refusal> {
    const partition = this.#partitionOf(call.group);
    if ('code' in partition) return partition;
    const image = this.#options.image();
    const offsets = call.offsets.map((each) => {
      const topic = image.topicByName(each.topic);
      const exists = topic !== undefined && each.partition < topic.partitions.length;
      return { ...each, topicId: exists ? topic.topicId : null };
    });
    const { group } = call;
    const results = await partition.commit({ kind: 'commit', group, offsets }, call.transaction);
    if ('code' in results) return asCoordinator(results);
    return call.offsets.map(({ topic, partition: index }, at) => ({
      topic,
      partition: index,
      refusal: results[at] ?? null,
    }));
  }

  fetch(
    group: string,
    partitions: readonly OffsetPartition[] | null,
    requireStable: boolean,
  ): readonly FetchedOffset[] | Refusal {
    const partition = this.#partitionOf(group);
    if ('code' in partition) return partition;
    const found = partition.fetch(group, partitions, requireStable);
    if ('code' in found) return found;
    const image = this.#options.image();
    // G4: what was committed for a topic that has the name no more.
    const counts = (stored: StoredOffset | null): stored is StoredOffset =>
      stored !== null && image.topicByName(stored.topic)?.topicId === stored.topicId;
    if (partitions === null) return found.filter(counts).map(answerOf);
    return partitions.map(({ topic, partition: index }, at) => {
      const stored = found[at] ?? null;
      if (counts(stored)) return answerOf(stored);
      return { topic, partition: index, offset: null, leaderEpoch: null, metadata: '' };
    });
  }

  list(): readonly string[] {
    return this.partitions
      .all()
      .flatMap((partition) => partition.groups() ?? [])
      .sort();
  }

  async delete(
    group: string,
    partitions: readonly OffsetPartition[] | null,
  ): Promise<Done | Refusal> {
    const partition = this.#partitionOf(group);
    if ('code' in partition) return partition;
    const why = await partition.delete(group, partitions);
    return why === null ? { kind: 'done' } : asCoordinator(why);
  }

  onTime(): void {
    const { clock, image, failed } = this.#options;
    if (clock.now() < this.#sweepAt) return;
    this.#sweepAt = instantAfter(clock.now(), SWEEP_MS);
    for (const partition of this.partitions.all()) {
      partition.sweep((topicId) => image().topic(topicId) !== undefined).catch(failed);
    }
  }

  close(): void {
    this.partitions.close();
  }

  #partitionOf(group: string): OffsetsPartition | Refusal {
    const why = refuseGroupName(group);
    if (why !== null) return why;
    const topic = this.#options.topics.find(OFFSETS_TOPIC);
    const partition =
      topic === undefined ? undefined : this.partitions.get(partitionFor(group, topic));
    return partition ?? refusal('NOT_COORDINATOR');
  }
}

function answerOf({
  topic,
  partition,
  offset,
  leaderEpoch,
  metadata,
}: StoredOffset): FetchedOffset {
  return { topic, partition, offset, leaderEpoch, metadata };
}

/** Clients know what to do about a coordinator, not about the replicas of its log. */
function asCoordinator(why: Refusal): Refusal {
  const { code, message } = why;
  const isOfLog = code === 'NOT_ENOUGH_REPLICAS' || code === 'DISK_FULL';
  return isOfLog ? refusal('COORDINATOR_NOT_AVAILABLE', message) : why;
}

/** Offsets of deleted topics are hidden at once and only cost space. */
const SWEEP_MS = 60_000;
