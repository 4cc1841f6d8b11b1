/** Topics as users make and change them. Every refusal names the values and what to do. */
import {
  effectiveMinInsyncReplicas,
  parseTopicConfig,
  refuseTopicConfigChange,
  TOPIC_CONFIGS,
} from '../base/topic-config.ts';
import type { TopicConfig } from '../base/topic-config.ts';
import { refusal } from '../base/errors.ts';
import type { ErrorCode } from '../base/errors.ts';
import { leaderEpoch, partitionEpoch, partitionIndex, topicId } from '../base/ids.ts';
import type { NodeId, PartitionIndex } from '../base/ids.ts';
import type { Random } from '../base/random.ts';
import { replicationFactorFor, topicConfigOf } from './defaults.ts';
import type { Draft } from './draft.ts';
import { standingOf } from './elections.ts';
import { changeMinIsr } from './in-sync-replicas.ts';
import { placeReplicas } from './placement.ts';
import type { Site } from './placement.ts';
import type { AdminReply, AdminRequest, PartitionState, TopicSettings } from './types.ts';

const NAME_PATTERN = /^[A-Za-z0-9._-]{1,249}$/;

export function createTopic(
  draft: Draft,
  random: Random,
  request: AdminRequest & { kind: 'createTopic' },
): AdminReply {
  const { name } = request;
  if (!NAME_PATTERN.test(name) || name === '.' || name === '..') {
    const shown = JSON.stringify(name.length <= 60 ? name : `${name.slice(0, 60)}…`);
    const rule = 'use 1 to 249 characters of a-z, A-Z, 0-9, ".", "_" and "-", and not "." or ".."';
    return refuse('INVALID_TOPIC_EXCEPTION', `${shown} cannot name a topic: ${rule}`);
  }
  if (draft.image.topicByName(name) !== undefined) {
    return refuse(
      'TOPIC_ALREADY_EXISTS',
      `topic ${name} exists; delete it first, or choose another name`,
    );
  }
  const parsed = parseTopicConfig(request.settings, draft.defaults.topic);
  if ('refusal' in parsed) return { kind: 'refused', refusal: parsed.refusal };

  const partitions = request.partitions === 0 ? draft.defaults.partitions : request.partitions;
  const problem = partitionCountProblem(draft, partitions, partitions);
  if (problem !== null) return refuse('INVALID_PARTITIONS', problem);
  const sites = usableSites(draft);
  const asked = request.replicationFactor;
  const replicationFactor = replicationFactorFor(asked, draft.defaults, sites.length);
  const unplaceable = replicationFactorProblem(draft, replicationFactor, sites.length);
  if (unplaceable !== null) return refuse('INVALID_REPLICATION_FACTOR', unplaceable);

  const id = topicId(random.id());
  if (!request.validateOnly) {
    const assignments = placeReplicas(sites, partitions, replicationFactor, random);
    draft.add({
      kind: 'topicCreated',
      topicId: id,
      name,
      // X1: durability is fixed at creation, so a default that changes later must not change it.
      settings: { ...parsed.settings, durability: parsed.config.durability },
      partitions: assignments.map((replicas, index) =>
        freshPartition(partitionIndex(index), replicas, parsed.config),
      ),
    });
  }
  return { kind: 'topicCreated', topicId: id, partitions, replicationFactor };
}

export function deleteTopic(
  draft: Draft,
  request: AdminRequest & { kind: 'deleteTopic' },
): AdminReply {
  const topic = draft.image.topicByName(request.name);
  if (topic === undefined) return unknownTopic(request.name);
  draft.add({ kind: 'topicDeleted', topicId: topic.topicId });
  return { kind: 'done' };
}

/** X11 where min.insync.replicas changes. What a new setting makes electable, the next sweep elects. */
export function alterTopic(
  draft: Draft,
  request: AdminRequest & { kind: 'alterTopic' },
): AdminReply {
  const topic = draft.image.topicByName(request.name);
  if (topic === undefined) return unknownTopic(request.name);
  const merged = Object.entries({ ...topic.settings, ...request.settings });
  const wanted = Object.fromEntries(
    merged
      // Taking back what does not exist is refused as setting it is.
      .map(
        ([key, value]) => [key, value ?? (Object.hasOwn(TOPIC_CONFIGS, key) ? null : '')] as const,
      )
      .filter((entry): entry is readonly [string, string] => entry[1] !== null),
  );
  const before = topicConfigOf(topic.settings, draft.defaults);
  // Taking durability back to its default is a change like any other, and refused like any other.
  const parsed = parseTopicConfig(wanted, draft.defaults.topic);
  if ('refusal' in parsed) return { kind: 'refused', refusal: parsed.refusal };
  const fixed = refuseTopicConfigChange(before, parsed.config);
  if (fixed !== null) return { kind: 'refused', refusal: fixed };

  const settings = { ...parsed.settings, durability: before.durability };
  if (sameSettings(settings, topic.settings)) return { kind: 'done' };
  draft.add({ kind: 'topicSettingsChanged', topicId: topic.topicId, settings });
  changeMinIsr(draft, topic, parsed.config);
  return { kind: 'done' };
}

export function addPartitions(
  draft: Draft,
  random: Random,
  request: AdminRequest & { kind: 'addPartitions' },
): AdminReply {
  const topic = draft.image.topicByName(request.name);
  if (topic === undefined) return unknownTopic(request.name);
  const { total } = request;
  const count = topic.partitions.length;
  const problem = partitionCountProblem(draft, total, total - count);
  if (problem !== null) return refuse('INVALID_PARTITIONS', problem);
  if (total <= count) {
    const message = `topic ${topic.name} has ${count} partitions and ${total} were asked for; partitions can be added, not taken away`;
    return refuse('INVALID_PARTITIONS', message);
  }
  const sites = usableSites(draft);
  const replicationFactor = topic.partitions[0]?.replicas.length ?? 1;
  const unplaceable = replicationFactorProblem(draft, replicationFactor, sites.length);
  if (unplaceable !== null) return refuse('INVALID_REPLICATION_FACTOR', unplaceable);
  const config = topicConfigOf(topic.settings, draft.defaults);
  const assignments = placeReplicas(sites, total - count, replicationFactor, random);
  const partitions = assignments.map((replicas, index) =>
    freshPartition(partitionIndex(count + index), replicas, config),
  );
  draft.add({ kind: 'partitionsAdded', topicId: topic.topicId, partitions });
  return { kind: 'done' };
}

/** All replicas are empty and so in sync; the first leads. */
function freshPartition(
  partition: PartitionIndex,
  replicas: readonly NodeId[],
  config: TopicConfig,
): PartitionState {
  return {
    partition,
    replicas,
    leader: replicas[0] ?? null,
    leaderEpoch: leaderEpoch(0),
    partitionEpoch: partitionEpoch(0),
    isr: replicas,
    elr: [],
    lastKnownElr: [],
    minIsr: effectiveMinInsyncReplicas(config, replicas.length),
    recovering: false,
  };
}

/** Brokers that run, do not stop and have space, with what they hold. */
function usableSites(draft: Draft): Site[] {
  const replicaCounts = new Map<NodeId, number>();
  const preferredCounts = new Map<NodeId, number>();
  for (const topic of draft.image.topics()) {
    for (const { replicas } of topic.partitions) {
      for (const id of replicas) replicaCounts.set(id, (replicaCounts.get(id) ?? 0) + 1);
      const preferred = replicas[0];
      if (preferred !== undefined) {
        preferredCounts.set(preferred, (preferredCounts.get(preferred) ?? 0) + 1);
      }
    }
  }
  return draft.image
    .brokers()
    .filter(({ id }) => standingOf(draft, id) === 'ready')
    .map(({ id, rack }) => ({
      id,
      rack,
      replicaCount: replicaCounts.get(id) ?? 0,
      preferredCount: preferredCounts.get(id) ?? 0,
    }));
}

function partitionCountProblem(draft: Draft, total: number, added: number): string | null {
  const { partitionsPerTopicMax, partitionsMax } = draft.defaults;
  if (!Number.isSafeInteger(total) || total < 1 || total > partitionsPerTopicMax) {
    return `a topic cannot have ${total} partitions; ask for 1 to ${partitionsPerTopicMax}`;
  }
  const room = partitionsMax - draft.image.partitionCount;
  if (added <= room) return null;
  return `${added} more partitions are too many: the cluster has ${draft.image.partitionCount} of at most ${partitionsMax}`;
}

function replicationFactorProblem(
  draft: Draft,
  replicationFactor: number,
  usable: number,
): string | null {
  const known = draft.image.brokers().length;
  if (usable === 0) {
    return `no broker can take replicas: ${known} registered, none of them running with space; start one`;
  }
  if (
    Number.isSafeInteger(replicationFactor) &&
    replicationFactor >= 1 &&
    replicationFactor <= usable
  ) {
    return null;
  }
  return `a replication factor of ${replicationFactor} is not possible with ${usable} usable brokers of ${known}; ask for 1 to ${usable}, or start more brokers`;
}

function sameSettings(a: TopicSettings, b: TopicSettings): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}

function unknownTopic(name: string): AdminReply {
  return refuse('UNKNOWN_TOPIC_OR_PARTITION', `there is no topic ${name}`);
}

function refuse(code: ErrorCode, message: string): AdminReply {
  return { kind: 'refused', refusal: refusal(code, message) };
}
