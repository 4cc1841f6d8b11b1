/**
 * An image ↔ bytes: one JSON object in UTF-8 with a format number. Snapshots are laid down by the
 * metadata store and sent to brokers that connect. A reader refuses every format but its own and
 * the one before.
 */
import { metadataOffset } from '../base/ids.ts';
import type {
  ClusterId,
  ControllerEpoch,
  MetadataOffset,
  NodeId,
  PartitionIndex,
} from '../base/ids.ts';
import { parseLogEnd, REPLICA_STATES } from './event-codec.ts';
import { CorruptEvent, encodeJson, Fields, parseJson, parsePartitionState } from './fields.ts';
import type { BrokerState, ClusterImage, KnownReplica, TopicState } from './image.ts';

const SNAPSHOT_FORMAT = 2;
/** Without `nextProducerId`: no producer had an id. */
const FORMAT_WITHOUT_PRODUCERS = 1;

/** All that an image holds. */
export interface ImageContent {
  readonly nextOffset: MetadataOffset;
  readonly clusterId: ClusterId | null;
  readonly controllerEpoch: ControllerEpoch | null;
  readonly controllerId: NodeId | null;
  readonly controllerPid: number | null;
  readonly nextProducerId: number;
  readonly brokers: readonly BrokerState[];
  readonly topics: readonly TopicContent[];
}

interface TopicContent {
  readonly topic: TopicState;
  /** Only those of which something is known. */
  readonly replicas: readonly {
    readonly partition: PartitionIndex;
    readonly broker: NodeId;
    readonly known: KnownReplica;
  }[];
}

export function encodeImage(image: ClusterImage): Uint8Array {
  const content: ImageContent = {
    nextOffset: image.nextOffset,
    clusterId: image.clusterId,
    controllerEpoch: image.controllerEpoch,
    controllerId: image.controllerId,
    controllerPid: image.controllerPid,
    nextProducerId: image.nextProducerId,
    brokers: image.brokers(),
    topics: image.topics().map((topic) => ({
      topic,
      replicas: topic.partitions.flatMap(({ partition }) =>
        image
          .knownReplicas(topic.topicId, partition)
          .map(([broker, known]) => ({ partition, broker, known })),
      ),
    })),
  };
  return encodeJson({ format: SNAPSHOT_FORMAT, ...content });
}

/** Throws `CorruptEvent` unless the bytes are a snapshot with every field in place. */
export function parseImage(bytes: Uint8Array): ImageContent {
  const fields = parseJson(bytes, 'snapshot');
  const format = fields.whole('format');
  if (format !== SNAPSHOT_FORMAT && format !== FORMAT_WITHOUT_PRODUCERS) {
    throw new CorruptEvent(`snapshot has format ${format}, this program reads ${SNAPSHOT_FORMAT}`);
  }
  return {
    nextOffset: metadataOffset(fields.whole('nextOffset')),
    clusterId: fields.nullable('clusterId', (at, name) => at.clusterId(name)),
    controllerEpoch: fields.nullable('controllerEpoch', (at, name) => at.controllerEpoch(name)),
    controllerId: fields.nullable('controllerId', (at, name) => at.nodeId(name)),
    controllerPid: fields.nullable('controllerPid', (at, name) => at.whole(name)),
    nextProducerId: format === FORMAT_WITHOUT_PRODUCERS ? 0 : fields.whole('nextProducerId'),
    brokers: fields.list('brokers', parseBroker),
    topics: fields.list('topics', parseTopic),
  };
}

function parseBroker(value: unknown, what: string): BrokerState {
  const fields = new Fields(value, what);
  return {
    id: fields.nodeId('id'),
    epoch: fields.brokerEpoch('epoch'),
    incarnationId: fields.incarnationId('incarnationId'),
    diskId: fields.diskId('diskId'),
    bootId: fields.text('bootId'),
    grpc: fields.endpoint('grpc'),
    http: fields.nullable('http', (at, name) => at.endpoint(name)),
    rack: fields.nullable('rack', (at, name) => at.text(name)),
    pid: fields.nullable('pid', (at, name) => at.whole(name)),
    dataDirectory: fields.nullable('dataDirectory', (at, name) => at.text(name)),
    fenced: fields.flag('fenced'),
    stopping: fields.flag('stopping'),
    full: fields.flag('full'),
    lastUnfencedEpoch: fields.nullable('lastUnfencedEpoch', (at, name) => at.brokerEpoch(name)),
  };
}

function parseTopic(value: unknown, what: string): TopicContent {
  const fields = new Fields(value, what);
  const topic = fields.object('topic');
  return {
    topic: {
      topicId: topic.topicId('topicId'),
      name: topic.text('name'),
      settings: topic.settings('settings'),
      partitions: topic.list('partitions', parsePartitionState),
    },
    replicas: fields.list('replicas', (item, at) => {
      const replica = new Fields(item, at);
      const known = replica.object('known');
      return {
        partition: replica.partitionIndex('partition'),
        broker: replica.nodeId('broker'),
        known: {
          state: known.oneOf('state', REPLICA_STATES),
          logEnd: known.nullable('logEnd', (from, name) => parseLogEnd(from.object(name))),
          brokerEpoch: known.brokerEpoch('brokerEpoch'),
        },
      };
    }),
  };
}
