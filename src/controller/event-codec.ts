/**
 * Events ↔ bytes. The same bytes lie in the journal and travel to brokers: one JSON object in UTF-8,
 * `{"version":1,"kind":…}`, so that a journal can be read with any tool.
 *
 * A reader refuses every version but its own. A change of an event's fields raises the version and
 * adds a reader for the old one: journals outlive programs.
 */
import { offset } from '../base/ids.ts';
import { assertNever } from '../base/assert.ts';
import { CorruptEvent, encodeJson, parseJson, parsePartitionState } from './fields.ts';
import type { Fields } from './fields.ts';
import type { Event, PartitionChangeCause, ReplicaLogEnd, ReplicaState } from './types.ts';

export { CorruptEvent } from './fields.ts';

const EVENT_VERSION = 1;

export function encodeEvent(event: Event): Uint8Array {
  return encodeJson({ version: EVENT_VERSION, ...event });
}

/** Throws `CorruptEvent` unless the bytes are an event with every field in place. */
export function parseEvent(bytes: Uint8Array): Event {
  const fields = parseJson(bytes, 'event');
  const version = fields.whole('version');
  if (version !== EVENT_VERSION) {
    throw new CorruptEvent(`event has version ${version}, this program reads ${EVENT_VERSION}`);
  }
  return parseFields(fields);
}

function parseFields(fields: Fields): Event {
  const kind = fields.oneOf('kind', EVENT_KINDS);
  switch (kind) {
    case 'clusterCreated':
      return { kind, clusterId: fields.clusterId('clusterId') };
    case 'controllerActivated':
      return {
        kind,
        controllerEpoch: fields.controllerEpoch('controllerEpoch'),
        nodeId: fields.nodeId('nodeId'),
        pid: fields.nullable('pid', (at, name) => at.whole(name)),
      };
    case 'brokerRegistered':
      return {
        kind,
        broker: fields.nodeId('broker'),
        incarnationId: fields.incarnationId('incarnationId'),
        diskId: fields.diskId('diskId'),
        bootId: fields.text('bootId'),
        grpc: fields.endpoint('grpc'),
        http: fields.nullable('http', (at, name) => at.endpoint(name)),
        rack: fields.nullable('rack', (at, name) => at.text(name)),
        pid: fields.nullable('pid', (at, name) => at.whole(name)),
        dataDirectory: fields.nullable('dataDirectory', (at, name) => at.text(name)),
      };
    case 'brokerChanged':
      return {
        kind,
        broker: fields.nodeId('broker'),
        brokerEpoch: fields.brokerEpoch('brokerEpoch'),
        ...(fields.has('fenced') ? { fenced: fields.flag('fenced') } : {}),
        ...(fields.has('stopping') ? { stopping: fields.flag('stopping') } : {}),
        ...(fields.has('full') ? { full: fields.flag('full') } : {}),
      };
    case 'topicCreated':
      return {
        kind,
        topicId: fields.topicId('topicId'),
        name: fields.text('name'),
        settings: fields.settings('settings'),
        partitions: fields.list('partitions', parsePartitionState),
      };
    case 'topicDeleted':
      return { kind, topicId: fields.topicId('topicId') };
    case 'topicSettingsChanged':
      return { kind, topicId: fields.topicId('topicId'), settings: fields.settings('settings') };
    case 'partitionsAdded':
      return {
        kind,
        topicId: fields.topicId('topicId'),
        partitions: fields.list('partitions', parsePartitionState),
      };
    case 'partitionChanged':
      return {
        kind,
        topicId: fields.topicId('topicId'),
        state: parsePartitionState(fields.raw('state'), 'event.state'),
        cause: fields.oneOf('cause', CAUSES),
      };
    case 'producerIdsAllocated':
      return { kind, first: fields.whole('first'), count: fields.whole('count') };
    case 'replicaStateChanged':
      return {
        kind,
        broker: fields.nodeId('broker'),
        topicId: fields.topicId('topicId'),
        partition: fields.partitionIndex('partition'),
        state: fields.oneOf('state', REPLICA_STATES),
        ...(fields.has('logEnd') ? { logEnd: parseLogEnd(fields.object('logEnd')) } : {}),
      };
    default:
      return assertNever(kind);
  }
}

export function parseLogEnd(fields: Fields): ReplicaLogEnd {
  return {
    lastEpoch: fields.nullable('lastEpoch', (at, name) => at.leaderEpoch(name)),
    endOffset: offset(fields.whole('endOffset')),
  };
}

const EVENT_KINDS = [
  'clusterCreated',
  'controllerActivated',
  'brokerRegistered',
  'brokerChanged',
  'topicCreated',
  'topicDeleted',
  'topicSettingsChanged',
  'partitionsAdded',
  'partitionChanged',
  'replicaStateChanged',
  'producerIdsAllocated',
] as const satisfies readonly Event['kind'][];

export const REPLICA_STATES = [
  'whole',
  'uncertain',
  'damaged',
] as const satisfies readonly ReplicaState[];

const CAUSES = [
  'broker-fenced',
  'broker-registered',
  'broker-unfenced',
  'broker-stopping',
  'isr-changed',
  'handover',
  'preferred-leader',
  'unclean-election',
  'recovery-election',
  'damaged',
  'settings-changed',
  'refused-handover',
  'sweep',
] as const satisfies readonly PartitionChangeCause[];
