/** Who is in sync: C1's validation, the ELR formula of C2 and C6, X3 while running, X11. */
import { effectiveMinInsyncReplicas } from '../base/topic-config.ts';
import type { TopicConfig } from '../base/topic-config.ts';
import { refusal } from '../base/errors.ts';
import type { Refusal } from '../base/errors.ts';
import type { BrokerEpoch, NodeId } from '../base/ids.ts';
import type { AlterPartitionAnswer } from './commands.ts';
import type { Draft, PartitionChange } from './draft.ts';
import { changeAndElect } from './elections.ts';
import type { TopicState } from './image.ts';
import type { AlterPartitionProposal, PartitionChangeCause, PartitionState } from './types.ts';

/**
 * C2's formula, for every change of an ISR: while the ISR is smaller than min ISR, whoever leaves it
 * may hold every committed record and stays eligible, unless it has lost some (`unclean`).
 */
export function membersAfter(
  before: PartitionState,
  isr: readonly NodeId[],
  unclean: readonly NodeId[] = [],
): Required<Pick<PartitionChange, 'isr' | 'elr' | 'lastKnownElr'>> {
  if (isr.length >= before.minIsr) return { isr, elr: [], lastKnownElr: [] };
  const held = before.replicas.filter((id) => before.isr.includes(id) || before.elr.includes(id));
  const elr = held.filter((id) => !isr.includes(id) && !unclean.includes(id));
  const lastKnownElr = before.replicas.filter(
    (id) =>
      (before.lastKnownElr.includes(id) || (held.includes(id) && unclean.includes(id))) &&
      !isr.includes(id) &&
      !elr.includes(id),
  );
  return { isr, elr, lastKnownElr };
}

/** C2: out of every ISR, in one batch with the fencing itself, and elections where it led. */
export function fenceBroker(draft: Draft, broker: NodeId, cause: PartitionChangeCause): void {
  draft.changeBroker(broker, { fenced: true });
  for (const { topic, state } of draft.partitionsOf(broker)) {
    if (!state.isr.includes(broker)) continue;
    changeAndElect(draft, topic, state, membersAfter(state, without(state.isr, broker)), cause);
  }
}

/**
 * X3: damage found while running. The replica leaves ISR and ELR, and the leader epoch rises even if
 * the leader stays, so that nothing of it that is in flight can count.
 */
export function takeOutDamaged(
  draft: Draft,
  topic: TopicState,
  state: PartitionState,
  broker: NodeId,
): void {
  draft.markDamaged(topic.topicId, state.partition, broker);
  const change = membersAfter(state, without(state.isr, broker), [broker]);
  changeAndElect(draft, topic, state, change, 'damaged', { raiseLeaderEpoch: true });
}

/** X11: a change of min ISR raises the partition epoch wherever the effective value changes. */
export function changeMinIsr(draft: Draft, topic: TopicState, config: TopicConfig): void {
  for (const before of topic.partitions) {
    const minIsr = effectiveMinInsyncReplicas(config, before.replicas.length);
    if (minIsr === before.minIsr) continue;
    draft.changePartition(topic, before, { minIsr }, 'settings-changed');
  }
}

/** C1 for one proposal; the sender's own broker epoch has been checked. */
export function alterPartition(
  draft: Draft,
  sender: NodeId,
  request: AlterPartitionProposal,
): AlterPartitionAnswer {
  const topic = draft.image.topic(request.topicId);
  if (topic === undefined) return { request, result: no(refusal('UNKNOWN_TOPIC_ID')) };
  const before = draft.partition(request.topicId, request.partition);
  if (before === undefined) {
    const message = `topic ${topic.name} has no partition ${request.partition}`;
    return { request, result: no(refusal('UNKNOWN_TOPIC_OR_PARTITION', message)) };
  }
  const reason = refuseProposal(draft, sender, request, before);
  if (reason !== null) return { request, result: no(reason) };

  const isr = before.replicas.filter((id) => request.isr.some((member) => member.id === id));
  const { recovering } = request;
  const same = isr.join() === before.isr.join() && recovering === before.recovering;
  if (same) return { request, result: { ok: true, state: before } };
  const change = { ...membersAfter(before, isr), recovering };
  const state = draft.changePartition(topic, before, change, 'isr-changed');
  return { request, result: { ok: true, state } };
}

/** C1, in its order: a stale controller first, then a stale sender, then what makes no sense. */
function refuseProposal(
  draft: Draft,
  sender: NodeId,
  request: AlterPartitionProposal,
  mine: PartitionState,
): Refusal | null {
  if (request.leaderEpoch > mine.leaderEpoch || request.partitionEpoch > mine.partitionEpoch) {
    const theirs = `leader epoch ${request.leaderEpoch} and partition epoch ${request.partitionEpoch}`;
    return refusal('NOT_CONTROLLER', `this controller has not heard of ${theirs} yet`);
  }
  if (request.leaderEpoch < mine.leaderEpoch) {
    const epochs = `leader epoch is ${mine.leaderEpoch}, the request's ${request.leaderEpoch}`;
    return refusal('FENCED_LEADER_EPOCH', `the partition's ${epochs}`);
  }
  if (sender !== mine.leader) {
    return invalid(`broker ${sender} does not lead the partition, ${mine.leader ?? 'nobody'} does`);
  }
  if (request.partitionEpoch < mine.partitionEpoch) {
    const epochs = `partition epoch is ${mine.partitionEpoch}, the request's ${request.partitionEpoch}`;
    return refusal('INVALID_UPDATE_VERSION', `the partition's ${epochs}`);
  }
  const members = request.isr.map(({ id }) => id);
  const strange = members.filter((id) => !mine.replicas.includes(id));
  if (strange.length > 0 || new Set(members).size !== members.length) {
    return invalid(`ISR ${members.join()} is not made of the replicas ${mine.replicas.join()}`);
  }
  if (!members.includes(sender)) return invalid(`ISR ${members.join()} lacks its leader ${sender}`);
  if (request.recovering && members.length > 1) {
    return invalid(`a recovering leader is its own ISR, but ${members.join()} was proposed`);
  }
  if (request.recovering && !mine.recovering) {
    return invalid('a partition that has recovered does not go back to recovering');
  }
  for (const member of request.isr) {
    const reason = ineligibility(draft, member.id, member.brokerEpoch, sender);
    if (reason !== null) return refusal('INELIGIBLE_REPLICA', reason);
  }
  return null;
}

/**
 * Why a broker cannot be in an ISR (KIP-841, KIP-903, X12). The leader is excused from stopping and
 * full: it is in every ISR that it can propose, and while nobody can take over it must still be able
 * to drop a follower that fell behind.
 */
function ineligibility(
  draft: Draft,
  id: NodeId,
  epoch: BrokerEpoch,
  leader: NodeId,
): string | null {
  const broker = draft.broker(id);
  if (broker === undefined) return `broker ${id} is not registered`;
  if (broker.epoch !== epoch) {
    return `broker ${id} has epoch ${broker.epoch}, the request names ${epoch}`;
  }
  if (broker.fenced) return `broker ${id} is fenced`;
  if (broker.stopping && id !== leader) return `broker ${id} is stopping`;
  if (broker.full && id !== leader) return `broker ${id} has a full disk`;
  return null;
}

function no(reason: Refusal): { readonly ok: false; readonly refusal: Refusal } {
  return { ok: false, refusal: reason };
}

function invalid(message: string): Refusal {
  return refusal('INVALID_REQUEST', message);
}

export function without(members: readonly NodeId[], broker: NodeId): NodeId[] {
  return members.filter((id) => id !== broker);
}
