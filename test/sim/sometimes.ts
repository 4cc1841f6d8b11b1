import type { PartitionKey } from '../../src/base/ids.ts';
import type { PartitionState } from '../../src/controller/types.ts';
import type { Effect, Input } from '../../src/replication/types.ts';
import type { WatchedReplica } from './observer.ts';
import type { World } from './world.ts';

/**
 * Rare states that a simulator must reach for its silence to mean anything. Each is counted; one that
 * a thousand worlds never reach fails the run.
 */
export const RARE = [
  'truncated after divergence',
  'log restarted at the leader’s start',
  'leader elected out of the ELR',
  'leader elected from the last known ELR',
  'last replica standing',
  'ISR and ELR both empty',
  'stale AlterPartition refused',
  'ineligible replica refused',
  'proposal resent',
  'torn tail cut by recovery',
  'recovered as uncertain',
  'recovered as damaged',
  'damage found',
  'log set aside',
  'controller failover',
  'controller failover with a proposal pending',
  'leader stopped itself',
  'leader went on after its lease was renewed',
  'handover finished',
  'handover gave up',
  'epoch without a record',
  'leader’s high watermark below its epoch’s start',
  'position of another incarnation refused',
  'fenced by the leader',
  'follower out of range',
  'disk full refused a write',
  'process gave up after a disk error',
  'second life refused while the first is heard',
  'not enough replicas',
  'eligibility lost at a restart',
  'clean restart',
  'went on without one broker',
  'retention moved the log start',
  'snapshot written by the controller',
  'batch out of order refused',
  'batch acknowledged twice',
  'late batch of an old epoch refused',
  'transaction committed',
  'transaction aborted',
  'transaction left to its coordinator',
  'transactional producer fenced',
  'transactional producer taken over',
  'log compacted',
  'tombstone removed',
] as const;

export type RareState = (typeof RARE)[number];

export class Sometimes {
  readonly counts = new Map<RareState, number>();
  #controllers = 0;
  #checkedAt = -1;
  readonly #states = new Map<PartitionKey, PartitionState>();

  count(state: RareState): void {
    this.counts.set(state, (this.counts.get(state) ?? 0) + 1);
  }

  onStep({ input, effects }: { readonly input: Input; readonly effects: readonly Effect[] }): void {
    for (const effect of effects) {
      switch (effect.kind) {
        case 'truncate':
          this.count('truncated after divergence');
          break;
        case 'resetLog':
          this.count('log restarted at the leader’s start');
          break;
        case 'setAside':
          this.count('log set aside');
          break;
        case 'reply':
          if (!effect.result.ok) this.#refused(effect.result.refusal.code);
          break;
        case 'answer':
          if (effect.frame.kind === 'refused') this.#answered(effect.frame.refusal.code);
          break;
        case 'alterPartition':
          if (input.kind === 'controllerConnected') this.count('proposal resent');
          break;
        case 'observe':
          if (effect.event.kind === 'selfFenced') this.count('leader stopped itself');
          if (effect.event.kind === 'leaseRenewed') {
            this.count('leader went on after its lease was renewed');
          }
          if (effect.event.kind === 'handoverEnded') {
            const { outcome } = effect.event;
            if (outcome === 'handed-over') this.count('handover finished');
            if (outcome === 'gave-up') this.count('handover gave up');
          }
          break;
        default:
      }
    }
    if (input.kind === 'alterPartitionReply' && !input.result.ok) {
      const { code } = input.result.refusal;
      if (code === 'INVALID_UPDATE_VERSION' || code === 'FENCED_LEADER_EPOCH') {
        this.count('stale AlterPartition refused');
      }
      if (code === 'INELIGIBLE_REPLICA') this.count('ineligible replica refused');
    }
    if (input.kind === 'frame' && input.frame.kind === 'refused') {
      if (input.frame.refusal.code === 'FENCED_LEADER_EPOCH') this.count('fenced by the leader');
      if (input.frame.refusal.code === 'OFFSET_OUT_OF_RANGE') this.count('follower out of range');
    }
  }

  onTelemetry(event: string, fields: object): void {
    const of = fields as Readonly<Record<string, unknown>>;
    switch (event) {
      case 'log_recovered':
        if (of['state'] === 'uncertain') this.count('recovered as uncertain');
        else if (of['state'] === 'damaged') this.count('recovered as damaged');
        else this.count('torn tail cut by recovery');
        break;
      case 'logs_recovered':
        if (of['cleanStop'] === true) this.count('clean restart');
        break;
      case 'controller_active':
        this.#controllers += 1;
        if (this.#controllers > 1) this.count('controller failover');
        break;
      case 'snapshot_written':
        this.count('snapshot written by the controller');
        break;
      case 'log_compacted':
        this.count('log compacted');
        break;
      case 'retention_deleted':
        this.count('retention moved the log start');
        break;
      default:
    }
  }

  onReplica(_world: World, { view, host, appended }: WatchedReplica): void {
    if (view.role === 'leader' && view.highWatermark < view.logEndOffset) {
      const latest = host.log.epochs.entries.at(-1);
      if (latest !== undefined && view.highWatermark < latest.startOffset) {
        this.count('leader’s high watermark below its epoch’s start');
      }
    }
    if (view.role === 'leader' && appended.length === 0) {
      const latest = host.log.epochs.entries.at(-1);
      if (latest?.startOffset === host.log.logEndOffset) this.count('epoch without a record');
    }
  }

  /** The controller has done something, perhaps committed events. */
  onController(world: World): void {
    const offset: number = world.image?.nextOffset ?? -1;
    if (offset === this.#checkedAt) return;
    this.#checkedAt = offset;
    for (const key of world.keys) {
      const state = world.partitionState(key);
      const before = this.#states.get(key);
      if (state === undefined || state === before) continue;
      this.#states.set(key, state);
      if (before !== undefined) this.#changed(before, state);
    }
  }

  /** The controller dies. */
  onControllerDeath(world: World): void {
    for (const key of world.keys) {
      for (const { view } of world.replicas(key)) {
        if (view.role !== 'leader' || view.maximalIsr.length === view.isr.length) continue;
        this.count('controller failover with a proposal pending');
      }
    }
  }

  #changed(before: PartitionState, state: PartitionState): void {
    const { leader } = state;
    if (leader !== null && leader !== before.leader && !before.isr.includes(leader)) {
      const fromElr = before.elr.includes(leader);
      this.count(
        fromElr ? 'leader elected out of the ELR' : 'leader elected from the last known ELR',
      );
    }
    if (state.isr.length === 0 && state.elr.length === 0) this.count('ISR and ELR both empty');
    if (state.isr.length === 1 && state.minIsr > 1) this.count('last replica standing');
    if (state.isr.length >= state.minIsr) return;
    const eligible = [...state.isr, ...state.elr];
    const lost = [...before.isr, ...before.elr].filter((id) => !eligible.includes(id));
    if (lost.length > 0) this.count('eligibility lost at a restart');
  }

  #refused(code: string): void {
    if (code === 'NOT_ENOUGH_REPLICAS') this.count('not enough replicas');
    if (code === 'DISK_FULL') this.count('disk full refused a write');
  }

  #answered(code: string): void {
    if (code === 'NOT_LEADER_OR_FOLLOWER') this.count('position of another incarnation refused');
  }
}
