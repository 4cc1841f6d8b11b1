/** Planned changes of leader (X5): who is asked to hand over to whom, and what becomes of "ready". */
import { refusal } from '../base/errors.ts';
import type { NodeId } from '../base/ids.ts';
import type { Command, Handover, Reply } from './commands.ts';
import { refused } from './commands.ts';
import type { Draft } from './draft.ts';
import { changeAndElect, standingOf } from './elections.ts';
import type { TopicState } from './image.ts';
import { refuseStale } from './stale-broker.ts';
import type { AdminReply, AdminRequest, PartitionState } from './types.ts';

/** How often a broker that wants to be rid of its partitions is answered; its heartbeat interval. */
const TURN_MS = 250;

/**
 * What a stopping or full broker leads and somebody else could: at most
 * `handoversPerAnswerMax` at a time. Asked again with every heartbeat, since a leader gives up after
 * 500 ms; where there are more than fit, each turn asks for others, so that some that cannot be
 * handed over do not stand in the way of the rest.
 */
export function planHandovers(draft: Draft, leader: NodeId): Handover[] {
  const possible: Handover[] = [];
  for (const { topic, state } of draft.partitionsOf(leader)) {
    if (state.leader !== leader) continue;
    const target = state.replicas.find((id) => canTakeOver(draft, state, id));
    if (target !== undefined) possible.push(handoverOf(topic, state, leader, target));
  }
  const most = draft.defaults.handoversPerAnswerMax;
  if (possible.length <= most) return possible;
  const start = (Math.floor(draft.now / TURN_MS) * most) % possible.length;
  return [...possible.slice(start), ...possible.slice(0, start)].slice(0, most);
}

/**
 * A leader holds its appends and the target has all of them. No memory of having asked is needed: the
 * leader holds on until the partition epoch rises, so a "ready" whose epochs are current is true. If
 * the target cannot lead any more the partition epoch is raised all the same, which releases the
 * leader; where the epochs are not current, a higher one is on its way to it.
 */
export function handoverReady(draft: Draft, command: Command & { kind: 'handoverReady' }): Reply {
  const { broker, target } = command;
  const stale = refuseStale(draft, broker, command.brokerEpoch);
  if (stale !== null) return refused(stale);
  const topic = draft.image.topic(command.topicId);
  const state = draft.partition(command.topicId, command.partition);
  if (topic === undefined || state === undefined) return refused(refusal('UNKNOWN_TOPIC_ID'));
  const isNewer =
    command.leaderEpoch > state.leaderEpoch || command.partitionEpoch > state.partitionEpoch;
  if (isNewer) return refused(refusal('NOT_CONTROLLER'));
  if (command.leaderEpoch < state.leaderEpoch) return refused(refusal('FENCED_LEADER_EPOCH'));
  if (state.leader !== broker) {
    const message = `broker ${broker} does not lead the partition, ${state.leader ?? 'nobody'} does`;
    return refused(refusal('INVALID_REQUEST', message));
  }
  if (command.partitionEpoch < state.partitionEpoch) {
    return refused(refusal('INVALID_UPDATE_VERSION'));
  }
  if (canTakeOver(draft, state, target)) {
    draft.changePartition(topic, state, { leader: target }, 'handover');
    return { kind: 'done' };
  }
  draft.changePartition(topic, state, {}, 'refused-handover');
  return { kind: 'done' };
}

/** Preferred leaders: a leaderless partition elects at once, a led one is handed over. */
export function electLeaders(
  draft: Draft,
  request: AdminRequest & { kind: 'electLeaders' },
): { reply: AdminReply; handovers: Handover[] } {
  const named = request.name === null ? undefined : draft.image.topicByName(request.name);
  if (request.name !== null && named === undefined) {
    const message = `there is no topic ${request.name}`;
    return refuse('UNKNOWN_TOPIC_OR_PARTITION', message);
  }
  if (request.partition !== null) {
    if (named === undefined) {
      return refuse('INVALID_REQUEST', 'a partition was named without its topic');
    }
    if (named.partitions[request.partition] === undefined) {
      const message = `topic ${named.name} has ${named.partitions.length} partitions, there is no partition ${request.partition}`;
      return refuse('UNKNOWN_TOPIC_OR_PARTITION', message);
    }
  }
  const handovers: Handover[] = [];
  const results: (AdminReply & { kind: 'elections' })['results'][number][] = [];
  for (const topic of named === undefined ? draft.image.topics() : [named]) {
    for (const { partition } of topic.partitions) {
      if (request.partition !== null && request.partition !== partition) continue;
      const outcome = electPreferred(draft, topic, partition, handovers);
      results.push({ topic: topic.name, partition, outcome });
    }
  }
  return { reply: { kind: 'elections', results }, handovers };
}

function electPreferred(
  draft: Draft,
  topic: TopicState,
  partition: PartitionState['partition'],
  handovers: Handover[],
): (AdminReply & { kind: 'elections' })['results'][number]['outcome'] {
  const before = draft.partition(topic.topicId, partition);
  if (before?.leader === null) changeAndElect(draft, topic, before, {}, 'preferred-leader');
  const state = draft.partition(topic.topicId, partition);
  const preferred = state?.replicas[0];
  if (state === undefined || preferred === undefined) return refusal('UNKNOWN_TOPIC_OR_PARTITION');
  if (state.leader === preferred) {
    return before?.leader === null ? 'elected' : refusal('ELECTION_NOT_NEEDED');
  }
  if (state.leader !== null && canTakeOver(draft, state, preferred)) {
    handovers.push(handoverOf(topic, state, state.leader, preferred));
    return 'handing-over';
  }
  return refusal('PREFERRED_LEADER_NOT_AVAILABLE', whyNot(draft, topic, state, preferred));
}

/** Another member of the ISR that runs, does not stop and has space. */
function canTakeOver(draft: Draft, state: PartitionState, target: NodeId): boolean {
  const isOther = target !== state.leader;
  return isOther && state.isr.includes(target) && standingOf(draft, target) === 'ready';
}

function whyNot(draft: Draft, topic: TopicState, state: PartitionState, preferred: NodeId): string {
  const which = `the preferred leader of ${topic.name}-${state.partition}, broker ${preferred},`;
  const broker = draft.broker(preferred);
  if (broker === undefined || broker.fenced) return `${which} is not running`;
  if (!state.isr.includes(preferred)) return `${which} is not in sync yet; try again later`;
  return `${which} ${broker.stopping ? 'is stopping' : 'has a full disk'}`;
}

function handoverOf(
  topic: TopicState,
  state: PartitionState,
  leader: NodeId,
  target: NodeId,
): Handover {
  const { partition, partitionEpoch } = state;
  return { leader, topicId: topic.topicId, partition, target, partitionEpoch };
}

function refuse(
  code: 'INVALID_REQUEST' | 'UNKNOWN_TOPIC_OR_PARTITION',
  message: string,
): { reply: AdminReply; handovers: Handover[] } {
  return { reply: { kind: 'refused', refusal: refusal(code, message) }, handovers: [] };
}
