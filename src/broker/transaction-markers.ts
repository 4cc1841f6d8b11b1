import type { Clock } from '../base/clock.ts';
import { OdradekError, refusal, type Refusal } from '../base/errors.ts';
import { instantAfter, partitionKey, type NodeId, type PartitionKey } from '../base/ids.ts';
import type { ClusterImage } from '../controller/image.ts';
import type { Endpoint } from '../controller/types.ts';
import type { MarkerOrder, MarkerResult, TransactionPartition } from '../transaction/types.ts';
import type { PeerReply, PeerRequest } from './interfaces.ts';
import type { PartitionHost } from './partition-host.ts';

export interface TransactionMarkersOptions {
  readonly self: NodeId;
  readonly clock: Clock;
  readonly image: () => ClusterImage;
  readonly host: (key: PartitionKey) => PartitionHost | undefined;
  readonly call: (
    endpoint: Endpoint,
    request: PeerRequest,
    timeoutMs: number,
  ) => Promise<PeerReply>;
}

/** Brings the end of transactions into their partitions, wherever those are led. */
export class TransactionMarkers {
  readonly #options: TransactionMarkersOptions;

  constructor(options: TransactionMarkersOptions) {
    this.#options = options;
  }

  /**
   * Has every partition's leader write the marker, again and again until all have it, or it is moot:
   * the topic is gone, or a newer marker is there. False if `stopped` said so before.
   */
  async write(order: MarkerOrder, stopped: () => boolean): Promise<boolean> {
    let left = order.partitions;
    for (let wait = RETRY_FIRST_MS; ; wait = Math.min(wait * 2, RETRY_MAX_MS)) {
      if (stopped()) return false;
      left = await this.#round(order, left);
      if (left.length === 0) return true;
      await this.#pause(wait);
    }
  }

  /** As the leader of the partitions: answers once every marker is committed, or why it is not. */
  writeHere(orders: readonly MarkerOrder[]): Promise<MarkerResult[]> {
    return Promise.all(
      orders.flatMap((order) =>
        order.partitions.map(async (place) => ({
          producerId: order.producerId,
          topic: place.topic,
          partition: place.partition,
          refusal: await this.#writeOne(order, place),
        })),
      ),
    );
  }

  /** Tries everywhere at once; returns what is left. */
  async #round(
    order: MarkerOrder,
    partitions: readonly TransactionPartition[],
  ): Promise<TransactionPartition[]> {
    const { image } = this.#options;
    const byLeader = new Map<NodeId, TransactionPartition[]>();
    const left: TransactionPartition[] = [];
    for (const place of partitions) {
      // A topic that is not there was deleted: it was there when the transaction named it.
      if (image().topic(place.topicId) === undefined) continue;
      const leader = image().partition(place.topicId, place.partition)?.leader ?? null;
      if (leader === null) left.push(place);
      else byLeader.set(leader, [...(byLeader.get(leader) ?? []), place]);
    }
    const rounds = [...byLeader].map(async ([leader, places]) => {
      const results = await this.#send(leader, { ...order, partitions: places });
      return places.filter((_, index) => !isSettled(results[index]?.refusal));
    });
    return [...left, ...(await Promise.all(rounds)).flat()];
  }

  async #send(leader: NodeId, order: MarkerOrder): Promise<readonly MarkerResult[]> {
    const { self, image, call } = this.#options;
    if (leader === self) return this.writeHere([order]);
    const endpoint = image().broker(leader)?.grpc;
    if (endpoint === undefined) return [];
    try {
      const request = { kind: 'writeMarkers', markers: [order] } as const;
      const reply = await call(endpoint, request, CALL_MS);
      const isComplete =
        reply.kind === 'markersWritten' && reply.results.length === order.partitions.length;
      return isComplete ? reply.results : [];
    } catch (error) {
      // It may be written or not; another round finds out.
      if (error instanceof OdradekError) return [];
      throw error;
    }
  }

  async #writeOne(order: MarkerOrder, place: TransactionPartition): Promise<Refusal | null> {
    const { clock, image, host } = this.#options;
    if (image().topic(place.topicId) === undefined) return refusal('UNKNOWN_TOPIC_ID');
    const found = host(partitionKey(place.topicId, place.partition));
    if (found === undefined) return refusal('NOT_LEADER_OR_FOLLOWER');
    const { producerId, producerEpoch, coordinatorEpoch } = order;
    const result = await found.writeMarker(
      {
        producerId,
        producerEpoch,
        coordinatorEpoch,
        outcome: order.commit ? 'commit' : 'abort',
        timestamp: clock.timestamp(),
      },
      instantAfter(clock.now(), COMMIT_MS),
    );
    return result.ok ? null : result.refusal;
  }

  #pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => this.#options.clock.setTimer(milliseconds, resolve));
  }
}

function isSettled(why: Refusal | null | undefined): boolean {
  if (why === undefined) return false;
  // Epochs never fall: a partition that has a newer one has had the end of this transaction.
  return why === null || why.code === 'INVALID_PRODUCER_EPOCH';
}

const RETRY_FIRST_MS = 10;
const RETRY_MAX_MS = 500;
/** How long a marker may wait for in-sync replicas before the coordinator asks again. */
const COMMIT_MS = 1_500;
/** A leader that is gone without a word holds its partitions' markers up for no longer than this. */
const CALL_MS = COMMIT_MS + 500;
