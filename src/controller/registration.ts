/** A broker's coming and going: C5, X2 and X13, unfencing (C4), stopping, full disks. */
import type { Durability } from '../base/topic-config.ts';
import { refusal } from '../base/errors.ts';
import { assert } from '../base/assert.ts';
import { brokerEpoch, offset, partitionKey } from '../base/ids.ts';
import type { IncarnationId, NodeId, PartitionKey } from '../base/ids.ts';
import type { Command, Reply } from './commands.ts';
import { refused } from './commands.ts';
import { topicConfigOf } from './defaults.ts';
import type { Draft } from './draft.ts';
import { changeAndElect, electLeaderless } from './elections.ts';
import { planHandovers } from './handover.ts';
import type { BrokerState, TopicPartition, TopicState } from './image.ts';
import { fenceBroker, membersAfter, without } from './in-sync-replicas.ts';
import { refuseStale } from './stale-broker.ts';
import type { BrokerRegistration, ReplicaLogEnd, ReplicaReport, ReplicaState } from './types.ts';

/**
 * C5. Refused, resumed, or registered anew with the old incarnation fenced in the same batch (X2).
 * `replaced`: incarnations that others have taken the place of; none of them comes back.
 */
export function registerBroker(
  draft: Draft,
  { registration, heard, committedOffset }: Command & { kind: 'registerBroker' },
  replaced: ReadonlySet<IncarnationId>,
): Reply {
  const { image } = draft;
  const { clusterId, controllerEpoch, controllerId } = image;
  assert(
    clusterId !== null && controllerEpoch !== null && controllerId !== null,
    'brokers register with an active controller',
  );
  const id = registration.broker;
  if (registration.clusterId !== null && registration.clusterId !== clusterId) {
    const message = `broker ${id}'s data directory belongs to cluster ${registration.clusterId}, this is cluster ${clusterId}`;
    return refused(refusal('INCONSISTENT_CLUSTER_ID', message));
  }
  if (registration.metadataOffset !== null && registration.metadataOffset >= committedOffset) {
    const message = `broker ${id} has applied metadata offset ${registration.metadataOffset}, but the controller's journal ends at ${committedOffset}: part of it was lost; restore the journal, or start the controller on the directory that has it`;
    return refused(refusal('METADATA_JOURNAL_BEHIND', message));
  }
  const stored = image.broker(id);
  const identity = { kind: 'registered', clusterId, controllerId, controllerEpoch } as const;
  if (stored?.incarnationId === registration.incarnationId) {
    answerElections(draft, registration);
    return { ...identity, brokerEpoch: stored.epoch, resumed: true };
  }
  if (stored !== undefined && heard) {
    const where = `${stored.grpc.host}:${stored.grpc.port}`;
    const message = `broker ${id} is running at ${where}; give this one an id of its own, or stop that one first`;
    return refused(refusal('DUPLICATE_BROKER_REGISTRATION', message));
  }
  // What a process sent before it died may arrive behind its successor's registration, and even behind
  // the successor's end: it must not be judged by, or stand for, what the successor left.
  if (replaced.has(registration.incarnationId)) {
    const message = `another process has taken the place of this one as broker ${id}; start it again if it is the one that should run`;
    return refused(refusal('DUPLICATE_BROKER_REGISTRATION', message));
  }
  const epoch = registerAnew(draft, registration, stored);
  return { ...identity, brokerEpoch: epoch, resumed: false };
}

function registerAnew(
  draft: Draft,
  registration: BrokerRegistration,
  stored: BrokerState | undefined,
) {
  const id = registration.broker;
  const findings = stored === undefined ? [] : examine(draft, registration, stored);
  if (stored?.fenced === false) draft.changeBroker(id, { fenced: true });
  for (const { topic, state, verdict } of findings) {
    const unclean = verdict.eligible ? [] : [id];
    const listed = state.elr.includes(id) && !verdict.eligible;
    if (!state.isr.includes(id) && !listed) continue;
    const change = membersAfter(state, without(state.isr, id), unclean);
    changeAndElect(draft, topic, state, change, 'broker-registered');
  }
  const epoch = brokerEpoch(draft.nextOffset);
  draft.add({
    kind: 'brokerRegistered',
    broker: id,
    incarnationId: registration.incarnationId,
    diskId: registration.diskId,
    bootId: registration.bootId,
    grpc: registration.grpc,
    http: registration.http,
    rack: registration.rack,
    pid: registration.pid,
    dataDirectory: registration.dataDirectory,
  });
  for (const finding of findings) recordReplica(draft, id, finding);
  return epoch;
}

/**
 * X3, C6: an incarnation that is known says again where its logs end. That counts where it had
 * applied that nobody leads: before, the log of the last leader could still make its own longer.
 */
function answerElections(draft: Draft, registration: BrokerRegistration): void {
  const { broker, replicas, metadataOffset: applied } = registration;
  const reports = new Map<PartitionKey, ReplicaReport>(
    replicas.map((report) => [partitionKey(report.topicId, report.partition), report]),
  );
  for (const { topic, state } of draft.leaderlessPartitions()) {
    const report = reports.get(partitionKey(topic.topicId, state.partition));
    const since = draft.image.leaderlessSince(topic.topicId, state.partition);
    if (report === undefined || report.state === 'damaged') continue;
    if (applied === null || since === null || applied < since) continue;
    const known = draft.replica(topic.topicId, state.partition, broker);
    const { lastEpoch, durableLogEndOffset: endOffset } = report;
    if (known.logEnd?.endOffset === endOffset && known.logEnd.lastEpoch === lastEpoch) continue;
    const verdict = { eligible: true, state: known.state, logEnd: { lastEpoch, endOffset } };
    recordReplica(draft, broker, { topic, state, verdict });
  }
}

/** What a registration says of one replica: whether it may still be elected, and in which state it is. */
interface Verdict {
  readonly eligible: boolean;
  readonly state: ReplicaState;
  readonly logEnd: ReplicaLogEnd;
}

interface Finding extends TopicPartition {
  readonly verdict: Verdict;
}

function examine(draft: Draft, registration: BrokerRegistration, stored: BrokerState): Finding[] {
  const reports = new Map<PartitionKey, ReplicaReport>(
    registration.replicas.map((report) => [partitionKey(report.topicId, report.partition), report]),
  );
  const durabilities = new Map<TopicState, Durability>();
  return draft.partitionsOf(stored.id).map(({ topic, state }) => {
    const report = reports.get(partitionKey(topic.topicId, state.partition));
    const durability =
      durabilities.get(topic) ?? topicConfigOf(topic.settings, draft.defaults).durability;
    durabilities.set(topic, durability);
    return { topic, state, verdict: judge(registration, stored, report, durability) };
  });
}

/**
 * X2: what a restart proves of one replica. It stays eligible on the same disk, with a mark file of
 * the incarnation that last served, when its bytes cannot have been lost with a page cache.
 */
function judge(
  registration: BrokerRegistration,
  stored: BrokerState,
  report: ReplicaReport | undefined,
  durability: Durability,
): Verdict {
  const logEnd: ReplicaLogEnd =
    report === undefined
      ? { lastEpoch: null, endOffset: offset(0) }
      : { lastEpoch: report.lastEpoch, endOffset: report.durableLogEndOffset };
  if (registration.diskId !== stored.diskId) {
    // Another disk: what is not on it is lost, and what is was not written by this replica.
    return { eligible: false, state: 'damaged', logEnd };
  }
  if (report?.state === 'damaged') return { eligible: false, state: 'damaged', logEnd };
  const cacheLost = durability === 'page-cache' && registration.bootId !== stored.bootId;
  if (!registration.markFileIntact) {
    return { eligible: !cacheLost, state: 'uncertain', logEnd };
  }
  // A replica that neither the disk nor an intact mark file knows is empty, and that is the truth.
  const state = report?.state ?? 'whole';
  return { eligible: !cacheLost && markIsCurrent(registration, stored), state, logEnd };
}

/**
 * Whether the mark file was written by the last incarnation that was unfenced, or by a later one
 * that never was: such a one synced its mark and died before it served, and its disk holds all that
 * the earlier one left. An older mark is a disk that was put back.
 */
function markIsCurrent(registration: BrokerRegistration, stored: BrokerState): boolean {
  const { previousBrokerEpoch: marked } = registration;
  if (marked === null) return stored.lastUnfencedEpoch === null;
  return marked <= stored.epoch && marked >= (stored.lastUnfencedEpoch ?? 0);
}

/** Keeps what elections may need to know: a state that changed, and where a log in question ends. */
function recordReplica(
  draft: Draft,
  broker: NodeId,
  { topic, state: { partition }, verdict }: Finding,
): void {
  const { topicId } = topic;
  const now = draft.partition(topicId, partition);
  const known = draft.image.replica(topicId, partition, broker);
  if (now === undefined) return;
  // Only the ISR, which this broker has just left, clears what was once found.
  const state = worse(known.state, verdict.state);
  const candidate = now.elr.includes(broker) || now.lastKnownElr.includes(broker);
  const inQuestion =
    candidate &&
    now.leader === null &&
    (state !== 'whole' ||
      !verdict.eligible ||
      now.elr.length === 0 ||
      now.elr.some((id) => draft.image.replica(topicId, partition, id).state === 'uncertain'));
  if (state === known.state && !inQuestion) return;
  draft.add({
    kind: 'replicaStateChanged',
    broker,
    topicId,
    partition,
    state,
    ...(inQuestion ? { logEnd: verdict.logEnd } : {}),
  });
}

function worse(a: ReplicaState, b: ReplicaState): ReplicaState {
  const order = ['whole', 'uncertain', 'damaged'] as const;
  return order.indexOf(a) > order.indexOf(b) ? a : b;
}

/** Stopping, full, and C5's end: unfenced once it has applied its own registration; then C4. */
export function heartbeat(draft: Draft, command: Command & { kind: 'heartbeat' }): Reply {
  const { broker: id } = command;
  const broker = draft.broker(id);
  const reason = refuseStale(draft, id, command.brokerEpoch);
  if (broker === undefined || reason !== null) {
    return refused(reason ?? refusal('BROKER_ID_NOT_REGISTERED'));
  }
  const stopping = command.wantsToStop;
  const { full } = command;
  const unfence =
    broker.fenced && command.readyToServe && !stopping && command.appliedOffset >= broker.epoch;
  if (unfence || stopping !== broker.stopping || full !== broker.full) {
    draft.changeBroker(id, {
      ...(unfence ? { fenced: false } : {}),
      ...(stopping === broker.stopping ? {} : { stopping }),
      ...(full === broker.full ? {} : { full }),
    });
  }
  if (unfence) {
    electLeaderless(draft, 'broker-unfenced', ({ replicas }) => replicas.includes(id));
  }
  const handovers = stopping || full ? planHandovers(draft, id) : [];
  return {
    kind: 'heartbeat',
    fenced: broker.fenced && !unfence,
    mayStop: stopping && handovers.length === 0,
    handovers,
  };
}

/** The last word of a clean stop: its log is synced, so it is fenced at once and loses nothing. */
export function goodbye(draft: Draft, command: Command & { kind: 'goodbye' }): Reply {
  const reason = refuseStale(draft, command.broker, command.brokerEpoch);
  if (reason !== null) return refused(reason);
  if (draft.broker(command.broker)?.fenced === false) {
    fenceBroker(draft, command.broker, 'broker-stopping');
  }
  return { kind: 'done' };
}

/** C2, on the word of `BrokerSessions`. A broker that was fenced or registered again is left alone. */
export function fenceSilentBroker(draft: Draft, command: Command & { kind: 'fenceBroker' }): Reply {
  const broker = draft.broker(command.broker);
  if (broker?.epoch === command.brokerEpoch && !broker.fenced) {
    fenceBroker(draft, command.broker, 'broker-fenced');
  }
  return { kind: 'done' };
}
