/**
 * Who leads: C3, unclean elections, and X3's and C6's elections among replicas that prove nothing
 * but say where their logs end.
 */
import type { NodeId } from '../base/ids.ts';
import type { Draft, PartitionChange } from './draft.ts';
import { topicConfigOf } from './defaults.ts';
import type { ReplicaKnowledge, TopicState } from './image.ts';
import type { PartitionChangeCause, PartitionState, ReplicaLogEnd } from './types.ts';

/** What an election needs to know beside the partition's own state. */
export interface Electorate {
  /** `reluctant`: running, but stopping or full, so anybody else is better. */
  standing(broker: NodeId): Standing;
  replica(broker: NodeId): ReplicaKnowledge;
  /** Asked only when nobody else is left. */
  uncleanAllowed(): boolean;
}

export type Standing = 'ready' | 'reluctant' | 'away';

export type Election =
  /** The leader is in the ISR and running. */
  | { readonly kind: 'kept' }
  | { readonly kind: 'nobody' }
  /** `uncertain`: by X3's comparison. `recovery`, `unclean`: committed records may be lost. */
  | {
      readonly kind: 'clean' | 'uncertain' | 'recovery' | 'unclean';
      readonly leader: NodeId;
      readonly change: PartitionChange;
    };

/** C3. `state.leader` may be anything: it is kept if it can be. Changes nothing. */
export function elect(state: PartitionState, electorate: Electorate): Election {
  const { leader } = state;
  if (leader !== null && state.isr.includes(leader) && electorate.standing(leader) !== 'away') {
    return { kind: 'kept' };
  }
  return (
    electClean(state, electorate) ??
    electUncertain(state, electorate) ??
    electRecovery(state, electorate) ??
    electUnclean(state, electorate) ?? { kind: 'nobody' }
  );
}

/**
 * Makes a change of a partition and, in the same event, elects if its leader cannot stay. Returns
 * the new state; without anything to change there is no event.
 */
export function changeAndElect(
  draft: Draft,
  topic: TopicState,
  before: PartitionState,
  change: PartitionChange,
  cause: PartitionChangeCause,
  options: { readonly raiseLeaderEpoch?: boolean } = {},
): PartitionState {
  const election = elect({ ...before, ...change }, electorateOf(draft, topic, before));
  const elected = electedChange(election);
  const unchanged = Object.keys(change).length === 0 && options.raiseLeaderEpoch !== true;
  if (
    unchanged &&
    (election.kind === 'kept' || (election.kind === 'nobody' && before.leader === null))
  ) {
    return before;
  }
  const because =
    election.kind === 'unclean'
      ? 'unclean-election'
      : election.kind === 'recovery'
        ? 'recovery-election'
        : cause;
  return draft.changePartition(topic, before, { ...change, ...elected }, because, options);
}

/** Elects for every leaderless partition that somebody can lead (C4, X6's sweep). */
export function electLeaderless(
  draft: Draft,
  cause: PartitionChangeCause,
  concerns: (state: PartitionState) => boolean = () => true,
): void {
  for (const { topic, state } of draft.leaderlessPartitions()) {
    if (concerns(state)) changeAndElect(draft, topic, state, {}, cause);
  }
}

export function standingOf(draft: Draft, id: NodeId): Standing {
  const broker = draft.broker(id);
  if (broker === undefined || broker.fenced) return 'away';
  return broker.stopping || broker.full ? 'reluctant' : 'ready';
}

function electorateOf(draft: Draft, topic: TopicState, state: PartitionState): Electorate {
  return {
    standing: (id) => standingOf(draft, id),
    replica: (id) => draft.replica(topic.topicId, state.partition, id),
    uncleanAllowed: () => topicConfigOf(topic.settings, draft.defaults).uncleanLeaderElectionEnable,
  };
}

function electedChange(election: Election): PartitionChange {
  switch (election.kind) {
    case 'kept':
      return {};
    case 'nobody':
      return { leader: null };
    case 'clean':
    case 'uncertain':
    case 'recovery':
    case 'unclean':
      return { leader: election.leader, ...election.change };
  }
}

/** The first in assignment order out of the ISR, or out of the ELR when the ISR is empty. */
function electClean(state: PartitionState, electorate: Electorate): Election | null {
  const pool = state.isr.length > 0 ? state.isr : state.elr;
  const whole = pool.filter((id) => electorate.replica(id).state === 'whole');
  const leader = firstStanding(state, whole, electorate);
  return leader === null ? null : { kind: 'clean', leader, change: joined(state, leader) };
}

/**
 * X3: with an empty ISR an uncertain replica may be elected when min(min ISR, |ELR|) members of the
 * ELR, itself included, have said where their logs end and none is further. Such answers hold
 * because the partition has had no leader since: nobody could append.
 */
function electUncertain(state: PartitionState, electorate: Electorate): Election | null {
  if (state.isr.length > 0 || state.elr.length === 0) return null;
  const ends = answers(state.elr, electorate);
  if (ends.size < Math.min(state.minIsr, state.elr.length)) return null;
  const leader = firstStanding(state, furthest(ends), electorate);
  return leader === null ? null : { kind: 'uncertain', leader, change: joined(state, leader) };
}

/**
 * C6, "balanced": nobody is left who must have every committed record. When all of the last known
 * ELR have said where their logs end, and none of these logs is damaged, the furthest leads.
 */
function electRecovery(state: PartitionState, electorate: Electorate): Election | null {
  const { isr, elr, lastKnownElr } = state;
  if (isr.length > 0 || elr.length > 0 || lastKnownElr.length === 0) return null;
  if (lastKnownElr.some((id) => electorate.replica(id).state === 'damaged')) return null;
  const ends = answers(lastKnownElr, electorate);
  if (ends.size < lastKnownElr.length) return null;
  const leader = firstStanding(state, furthest(ends), electorate);
  if (leader === null) return null;
  return { kind: 'recovery', leader, change: { ...joined(state, leader), recovering: true } };
}

/** Whoever runs, where the topic allows it; a damaged replica refuses leadership, so never that. */
function electUnclean(state: PartitionState, electorate: Electorate): Election | null {
  if (!electorate.uncleanAllowed()) return null;
  for (const wanted of ['whole', 'uncertain'] as const) {
    const pool = state.replicas.filter((id) => electorate.replica(id).state === wanted);
    const leader = firstStanding(state, pool, electorate);
    if (leader === null) continue;
    const change = { isr: [leader], elr: [], lastKnownElr: [], recovering: true };
    return { kind: 'unclean', leader, change };
  }
  return null;
}

/** A leader from outside of the ISR becomes the ISR; out of the ISR nothing but the leader changes. */
function joined(state: PartitionState, leader: NodeId): PartitionChange {
  if (state.isr.includes(leader)) return {};
  return {
    isr: [leader],
    elr: state.elr.filter((id) => id !== leader),
    lastKnownElr: state.lastKnownElr.filter((id) => id !== leader),
  };
}

function firstStanding(
  { replicas }: PartitionState,
  pool: readonly NodeId[],
  electorate: Electorate,
): NodeId | null {
  const inOrder = replicas.filter((id) => pool.includes(id));
  return (
    inOrder.find((id) => electorate.standing(id) === 'ready') ??
    inOrder.find((id) => electorate.standing(id) === 'reluctant') ??
    null
  );
}

function answers(members: readonly NodeId[], electorate: Electorate): Map<NodeId, ReplicaLogEnd> {
  const ends = new Map<NodeId, ReplicaLogEnd>();
  for (const id of members) {
    const { logEnd, state } = electorate.replica(id);
    if (logEnd !== null && state !== 'damaged') ends.set(id, logEnd);
  }
  return ends;
}

/** Those that nobody is further than. */
function furthest(ends: ReadonlyMap<NodeId, ReplicaLogEnd>): NodeId[] {
  const best = [...ends.values()].reduce((a, b) => (compareLogEnds(a, b) >= 0 ? a : b));
  return [...ends].filter(([, end]) => compareLogEnds(end, best) === 0).map(([id]) => id);
}

/** By the epoch of the last record, then by length. */
function compareLogEnds(a: ReplicaLogEnd, b: ReplicaLogEnd): number {
  return (a.lastEpoch ?? -1) - (b.lastEpoch ?? -1) || a.endOffset - b.endOffset;
}
