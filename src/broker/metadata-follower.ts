import {
  metadataOffset,
  type ControllerEpoch,
  type MetadataOffset,
  type NodeId,
} from '../base/ids.ts';
import { partitionKey, type PartitionIndex, type PartitionKey, type TopicId } from '../base/ids.ts';
import { assertNever } from '../base/assert.ts';
import { ClusterImage, type TopicState } from '../controller/image.ts';
import type { Event, SessionResponse } from '../controller/types.ts';

/** What a batch of metadata means for one broker. */
export interface MetadataChange {
  /** Local replicas whose partition, or one of whose brokers, changed; sorted. */
  readonly touched: readonly { readonly topic: TopicState; readonly partition: PartitionIndex }[];
  readonly deleted: readonly TopicState[];
  readonly reconfigured: readonly TopicState[];
  /** The events themselves; empty for a snapshot. */
  readonly events: readonly Event[];
}

/**
 * A broker's copy of the cluster's truth: applies what the session brings, in order, and says what
 * of it concerns the local replicas. Refuses what an older controller sends (C8).
 */
export class MetadataFollower {
  readonly #self: NodeId;
  #image = new ClusterImage();
  #controllerEpoch: ControllerEpoch | null = null;

  constructor(self: NodeId) {
    this.#self = self;
  }

  get image(): ClusterImage {
    return this.#image;
  }

  get nextOffset(): MetadataOffset {
    return this.#image.nextOffset;
  }

  /**
   * Applies a message. Null: it came from an older controller or leaves a gap, and the session must
   * be opened anew.
   */
  apply(
    message: Extract<SessionResponse, { kind: 'snapshot' } | { kind: 'events' }>,
  ): MetadataChange | null {
    if (this.#controllerEpoch !== null && message.controllerEpoch < this.#controllerEpoch) {
      return null;
    }
    this.#controllerEpoch = message.controllerEpoch;
    return message.kind === 'snapshot'
      ? this.#replace(message)
      : this.#append(message.startOffset, message.events);
  }

  #replace(message: Extract<SessionResponse, { kind: 'snapshot' }>): MetadataChange {
    const before = this.#image;
    const after = ClusterImage.fromSnapshot(message.image);
    this.#image = after;
    const own = after.partitionsOf(this.#self);
    return {
      touched: own.map(({ topic, state }) => ({ topic, partition: state.partition })),
      // What the image before knew and this one does not was deleted in between. What was never
      // known is left alone: a catalogue that lost its memory must not delete data.
      deleted: before.topics().filter((topic) => after.topic(topic.topicId) === undefined),
      reconfigured: [...new Set(own.map(({ topic }) => topic))],
      events: [],
    };
  }

  #append(startOffset: MetadataOffset, events: readonly Event[]): MetadataChange | null {
    if (startOffset > this.#image.nextOffset) return null;
    const touched = new Map<PartitionKey, [TopicId, PartitionIndex]>();
    const deleted: TopicState[] = [];
    const reconfigured = new Set<TopicId>();
    const touch = (topicId: TopicId, partition: PartitionIndex): void => {
      touched.set(partitionKey(topicId, partition), [topicId, partition]);
    };
    // What overlaps was applied before.
    const fresh = events.slice(this.#image.nextOffset - startOffset);
    for (const event of fresh) {
      const deletedTopic =
        event.kind === 'topicDeleted' ? this.#image.topic(event.topicId) : undefined;
      this.#image.apply(event, metadataOffset(this.#image.nextOffset));
      switch (event.kind) {
        case 'topicDeleted':
          if (deletedTopic !== undefined) deleted.push(deletedTopic);
          break;
        case 'topicCreated':
        case 'partitionsAdded':
          for (const { partition, replicas } of event.partitions) {
            if (replicas.includes(this.#self)) touch(event.topicId, partition);
          }
          break;
        case 'partitionChanged':
          if (event.state.replicas.includes(this.#self)) {
            touch(event.topicId, event.state.partition);
          }
          break;
        case 'topicSettingsChanged':
          reconfigured.add(event.topicId);
          break;
        case 'brokerRegistered':
        case 'brokerChanged':
          for (const { topic, state } of this.#image.partitionsOf(this.#self)) {
            if (state.replicas.includes(event.broker)) touch(topic.topicId, state.partition);
          }
          break;
        case 'clusterCreated':
        case 'controllerActivated':
        case 'replicaStateChanged':
        case 'producerIdsAllocated':
          break;
        default:
          assertNever(event);
      }
    }
    const image = this.#image;
    return {
      touched: [...touched.values()].flatMap(([topicId, partition]) => {
        const topic = image.topic(topicId);
        return topic === undefined ? [] : [{ topic, partition }];
      }),
      deleted,
      reconfigured: [...reconfigured].flatMap((id) => image.topic(id) ?? []),
      events: fresh,
    };
  }
}
