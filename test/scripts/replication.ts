/** Scripts of one replica: commands become inputs, effects become lines. */
import {
  brokerEpoch,
  generation,
  instant,
  leaderEpoch,
  nodeId,
  offset,
  partitionEpoch,
} from '../../src/base/ids.ts';
import { ERRORS, refusal } from '../../src/base/errors.ts';
import type { ErrorCode, Refusal } from '../../src/base/errors.ts';
import type {
  Acks,
  AlterPartitionRequest,
  AlterPartitionResult,
  Effect,
  Frame,
  Input,
  Observation,
  TimerName,
} from '../../src/replication/types.ts';
import {
  logOf,
  ModelLog,
  ModelReplica,
  partitionOf,
  replicatedBatch,
} from '../unit/replication/model-replica.ts';
import type { ModelBatch, PartitionShape } from '../unit/replication/model-replica.ts';
import type { Command, Interpreter } from './script.ts';

type Handler = (command: Command) => string[];

export function createInterpreter(): Interpreter {
  return new ReplicaScript();
}

class ReplicaScript implements Interpreter {
  #replica: ModelReplica | null = null;
  #shape: PartitionShape = {
    leader: null,
    leaderEpoch: 0,
    partitionEpoch: 0,
    replicas: [1, 2, 3],
    isr: [1, 2, 3],
    minIsr: 2,
  };
  #proposal: AlterPartitionRequest | null = null;
  #generation = 0;

  readonly #handlers: Readonly<Record<string, Handler>> = {
    replica: (command) => this.#start(command),
    metadata: (command) => this.#metadata(command),
    produce: (command) => this.#produce(command),
    cancel: (command) => this.#step({ kind: 'cancel', request: command.requiredNumber('request') }),
    flushed: (command) => this.#flushed(command),
    position: (command) => this.#position(command),
    gone: (command) =>
      this.#step({ kind: 'followerGone', follower: nodeId(command.requiredNumber('follower')) }),
    records: (command) => this.#records(command),
    diverging: (command) =>
      this.#frame(command, {
        kind: 'diverging',
        epoch: leaderEpoch(command.requiredNumber('epoch')),
        endOffset: offset(command.requiredNumber('end')),
      }),
    refused: (command) =>
      this.#frame(command, {
        kind: 'refused',
        refusal: refusalIn(command),
        logStartOffset: offset(command.number('log-start') ?? 0),
        logEndOffset: offset(command.number('log-end') ?? 0),
      }),
    connected: (command) =>
      this.#step({ kind: 'peerConnected', leader: nodeId(command.requiredNumber('leader')) }),
    disconnected: (command) =>
      this.#step({ kind: 'peerDisconnected', leader: nodeId(command.requiredNumber('leader')) }),
    agreed: (command) => this.#agreed(command),
    declined: (command) => this.#replied({ ok: false, refusal: refusalIn(command) }),
    'controller-connected': () => this.#step({ kind: 'controllerConnected' }),
    handover: (command) =>
      this.#step({
        kind: 'handover',
        target: nodeId(command.requiredNumber('target')),
        partitionEpoch: partitionEpoch(command.requiredNumber('partition-epoch')),
      }),
    damaged: () => this.#step({ kind: 'damaged', reason: 'a checksum does not agree' }),
    'set-aside': () => this.#step({ kind: 'setAside' }),
    disk: (command) => this.#step({ kind: 'disk', full: command.words[0] === 'full' }),
    timer: (command) => this.#step({ kind: 'timer', name: timerIn(command) }),
    wait: (command) => {
      this.#running.advance(Number(command.words[0]));
      return [];
    },
    heartbeat: () => {
      this.#running.controllerLease = this.#running.now;
      return [];
    },
    echo: (command) => {
      this.#running.echoes.set(nodeId(command.requiredNumber('from')), this.#running.now);
      return [];
    },
    fetch: (command) => this.#fetch(command),
    view: () => this.#view(),
  };

  execute(command: Command): string[] {
    const handler = this.#handlers[command.name];
    if (handler === undefined) throw command.error('no such command');
    return handler(command);
  }

  get #running(): ModelReplica {
    if (this.#replica === null) throw new Error('a script begins with "> replica id=1"');
    return this.#replica;
  }

  #start(command: Command): string[] {
    const batches = batchesIn(command.text('log') ?? '', command.number('start') ?? 0);
    const log = batches.length === 0 ? new ModelLog() : logOf(batches, command.number('durable'));
    const emptyEpoch = command.number('empty-epoch');
    if (emptyEpoch !== undefined) log.epochs.assign(leaderEpoch(emptyEpoch), offset(log.end));
    const durability = command.text('durability') === 'page-cache' ? 'page-cache' : 'fsync';
    const state = command.text('state');
    this.#replica = new ModelReplica({
      id: command.requiredNumber('id'),
      log,
      durability,
      state: state === 'uncertain' || state === 'damaged' ? state : 'whole',
    });
    return [];
  }

  #metadata(command: Command): string[] {
    const before = this.#shape;
    const leader = command.text('leader');
    const epochs = command
      .text('broker-epochs')
      ?.split(',')
      .map((pair) => pair.split(':').map(Number));
    this.#shape = {
      leader: leader === undefined ? before.leader : leader === 'none' ? null : Number(leader),
      leaderEpoch: command.number('epoch') ?? before.leaderEpoch,
      partitionEpoch: command.number('partition-epoch') ?? before.partitionEpoch,
      replicas: command.numbers('replicas') ?? before.replicas,
      isr: command.numbers('isr') ?? before.isr,
      minIsr: command.number('min') ?? before.minIsr,
      ineligible: command.numbers('ineligible') ?? before.ineligible ?? [],
      damaged: command.numbers('damaged') ?? before.damaged ?? [],
      brokerEpochs: {
        ...before.brokerEpochs,
        ...Object.fromEntries((epochs ?? []).map(([id = 0, epoch = 0]) => [id, epoch])),
      },
    };
    return this.#step({ kind: 'metadata', partition: partitionOf(this.#shape) });
  }

  #produce(command: Command): string[] {
    const { now } = this.#running;
    const text = command.words[0] ?? '';
    const acks = command.required('acks');
    const epoch = command.number('epoch');
    return this.#step({
      kind: 'produce',
      request: command.requiredNumber('request'),
      acks: acks === 'all' ? 'all' : (Number(acks) as Acks),
      batch: { data: new TextEncoder().encode(text), recordsCount: text.length },
      expectedLeaderEpoch: epoch === undefined ? null : leaderEpoch(epoch),
      deadline: instant(now + (command.number('timeout') ?? 30_000)),
    });
  }

  #flushed(command: Command): string[] {
    const { log } = this.#running;
    const to = command.number('to') ?? log.end;
    const of = command.number('generation') ?? log.generation;
    if (of === log.generation) log.durableEnd = Math.max(log.durableEnd, to);
    return this.#step({ kind: 'flushed', truncationGeneration: of, durableEndOffset: offset(to) });
  }

  #position(command: Command): string[] {
    const from = command.requiredNumber('from');
    const epoch = command.required('epoch');
    return this.#step({
      kind: 'position',
      follower: nodeId(from),
      brokerEpoch: brokerEpoch(
        command.number('broker-epoch') ?? this.#shape.brokerEpochs?.[from] ?? from,
      ),
      position: {
        generation: generation(command.number('generation') ?? 1),
        leaderEpoch: leaderEpoch(command.number('leader-epoch') ?? this.#shape.leaderEpoch),
        fetchOffset: offset(command.requiredNumber('offset')),
        lastFetchedEpoch: epoch === 'none' ? null : leaderEpoch(Number(epoch)),
        logStartOffset: offset(command.number('log-start') ?? 0),
      },
    });
  }

  #records(command: Command): string[] {
    const startOffset = command.requiredNumber('start');
    const batches = batchesIn(command.text('batches') ?? '', startOffset);
    return this.#frame(command, {
      kind: 'records',
      startOffset: offset(startOffset),
      batches: batches.map(replicatedBatch),
      bytes: new TextEncoder().encode(batches.map((batch) => batch.text).join('')),
      highWatermark: offset(command.requiredNumber('high-watermark')),
      logStartOffset: offset(command.number('log-start') ?? 0),
    });
  }

  #frame(command: Command, body: FrameBody): string[] {
    const frame: Frame = {
      generation: generation(command.number('generation') ?? this.#generation),
      leaderEpoch: leaderEpoch(command.number('leader-epoch') ?? this.#shape.leaderEpoch),
      ...body,
    };
    const leader = nodeId(command.requiredNumber('from'));
    return this.#print(this.#running.frame({ kind: 'frame', leader, frame }));
  }

  #agreed(command: Command): string[] {
    if (this.#proposal === null) throw command.error('nothing was proposed');
    const isr = command.numbers('isr')?.map(nodeId) ?? this.#proposal.isr.map((each) => each.id);
    return this.#replied({
      ok: true,
      leader: this.#running.id,
      leaderEpoch: leaderEpoch(command.number('leader-epoch') ?? this.#proposal.leaderEpoch),
      partitionEpoch: partitionEpoch(command.requiredNumber('partition-epoch')),
      isr,
      minIsr: command.number('min') ?? this.#shape.minIsr,
      recovering: false,
    });
  }

  #replied(result: AlterPartitionResult): string[] {
    if (this.#proposal === null) throw new Error('nothing was proposed');
    return this.#step({ kind: 'alterPartitionReply', request: this.#proposal, result });
  }

  #fetch(command: Command): string[] {
    const { machine, now, controllerLease } = this.#running;
    const epoch = command.number('epoch');
    const expectedLeaderEpoch = epoch === undefined ? null : leaderEpoch(epoch);
    const bounds = machine.checkFetch({ expectedLeaderEpoch }, now, controllerLease);
    if (!bounds.ok) return [bounds.refusal.code];
    const known = bounds.highWatermarkKnown ? '' : ', not known for sure yet';
    return [`from ${bounds.logStartOffset} below ${bounds.highWatermark}${known}`];
  }

  #view(): string[] {
    const view = this.#running.machine.view();
    const followers = view.followers.map(
      ({ id, inSync, logEndOffset }) => `${id}${inSync ? '*' : ''} at ${logEndOffset ?? '?'}`,
    );
    return [
      `${view.role} in epoch ${view.leaderEpoch}, isr ${view.isr.join(',')} or at most ${view.maximalIsr.join(',')}`,
      `log ${view.logStartOffset}..${view.logEndOffset}, durable ${view.durableEndOffset}, high watermark ${view.highWatermark}`,
      ...(followers.length === 0 ? [] : [`followers ${followers.join(', ')}`]),
    ];
  }

  #step(input: Input): string[] {
    return this.#print(this.#running.step(input));
  }

  #print(effects: readonly Effect[]): string[] {
    for (const effect of effects) {
      if (effect.kind === 'alterPartition') this.#proposal = effect.request;
      if (effect.kind === 'sendPosition') this.#generation = effect.position.generation;
    }
    const lines = effects.map((effect) => describeEffect(effect, this.#running.now));
    return lines.length === 0 ? ['(nothing)'] : lines;
  }
}

type DistributiveOmit<Type, Key extends PropertyKey> = Type extends unknown
  ? Omit<Type, Key>
  : never;
type FrameBody = DistributiveOmit<Frame, 'generation' | 'leaderEpoch'>;

/** `abc@1,de@2` from offset 0: three records of epoch 1, then two of epoch 2. */
function batchesIn(text: string, startOffset: number): ModelBatch[] {
  let baseOffset = startOffset;
  return text
    .split(',')
    .filter(Boolean)
    .map((part) => {
      const [records = '', epoch = ''] = part.split('@');
      const batch = { baseOffset, leaderEpoch: Number(epoch), text: records };
      baseOffset += records.length;
      return batch;
    });
}

function refusalIn(command: Command): Refusal {
  const code = command.required('code');
  if (!Object.hasOwn(ERRORS, code)) throw command.error(`${code} is not in the catalogue`);
  return refusal(code as ErrorCode);
}

const TIMER_NAMES: readonly TimerName[] = ['lag', 'deadline', 'hold', 'retry', 'session'];

function timerIn(command: Command): TimerName {
  const name = TIMER_NAMES.find((each) => each === command.words[0]);
  if (name === undefined) throw command.error('no such timer');
  return name;
}

function describeEffect(effect: Effect, now: number): string {
  switch (effect.kind) {
    case 'append': {
      const text = new TextDecoder().decode(effect.data);
      if (effect.stamp === null) return `append '${text}' as it is`;
      return `append '${text}' at ${effect.stamp.baseOffset} in epoch ${effect.stamp.leaderEpoch}`;
    }
    case 'flush':
      return 'flush';
    case 'loadProducers':
      return 'loadProducers';
    case 'assignEpoch':
      return `epoch ${effect.epoch} begins at ${effect.startOffset}`;
    case 'truncate':
      return `truncate to ${effect.endOffset} (${effect.reason})`;
    case 'resetLog':
      return `reset the log to ${effect.startOffset}`;
    case 'setAside':
      return 'set the log aside';
    case 'advanceLogStart':
      return `log start ${effect.logStartOffset}`;
    case 'feed':
      return `feed ${effect.follower} from ${effect.startOffset}`;
    case 'feedProgress':
      return `${effect.follower} has acknowledged up to ${effect.offset}`;
    case 'stopFeed':
      return `stop feeding ${effect.follower}`;
    case 'answer':
      return `answer ${effect.follower}: ${describeFrame(effect.frame)}`;
    case 'sendPosition': {
      const { fetchOffset, lastFetchedEpoch, generation: session } = effect.position;
      const epoch = lastFetchedEpoch === null ? 'nothing below' : `epoch ${lastFetchedEpoch}`;
      return `position to ${effect.leader}: offset ${fetchOffset}, ${epoch}, session ${session}`;
    }
    case 'closeSession':
      return `close the session with ${effect.leader}`;
    case 'reply':
      return effect.result.ok
        ? `reply ${effect.request}: ok at ${effect.result.baseOffset}`
        : `reply ${effect.request}: ${effect.result.refusal.code}`;
    case 'advanceHighWatermark':
      return `high watermark ${effect.highWatermark}`;
    case 'alterPartition': {
      const members = effect.request.isr.map((member) => `${member.id}:${member.brokerEpoch}`);
      return `propose isr ${members.join(',')} at partition epoch ${effect.request.partitionEpoch}`;
    }
    case 'handoverReady':
      return `ready to hand over to ${effect.target} at partition epoch ${effect.partitionEpoch}`;
    case 'reportDamage':
      return `report damage: ${effect.reason}`;
    case 'clearUncertain':
      return 'no longer uncertain';
    case 'setTimer':
      return `timer ${effect.name} in ${effect.at - now} ms`;
    case 'cancelTimer':
      return `no timer ${effect.name}`;
    case 'observe':
      return `(${describeObservation(effect.event)})`;
  }
}

function describeFrame(frame: Frame): string {
  switch (frame.kind) {
    case 'records':
      return `records from ${frame.startOffset}`;
    case 'diverging':
      return `diverging, epoch ${frame.epoch} ends at ${frame.endOffset}`;
    case 'refused':
      return `${frame.refusal.code}, log ${frame.logStartOffset}..${frame.logEndOffset}`;
  }
}

function describeObservation(event: Observation): string {
  switch (event.kind) {
    case 'becameLeader':
      return `became leader in epoch ${event.leaderEpoch} at ${event.startOffset}`;
    case 'becameFollower':
      return `became follower of ${event.leader ?? 'nobody'} in epoch ${event.leaderEpoch}`;
    case 'isrShrinkProposed':
      return `isr shrinks: ${event.removed.map((each) => `${each.id} ${each.cause}`).join(', ')}`;
    case 'isrExpandProposed':
      return `isr expands: ${event.added}`;
    case 'isrCommitted':
      return `isr ${event.isr.join(',')} committed at partition epoch ${event.partitionEpoch}`;
    case 'selfFenced':
      return `fenced itself, controller silent for ${event.controllerSilentMs} ms`;
    case 'leaseRenewed':
      return 'lease renewed';
    case 'handoverHeld':
      return `holds appends for a handover to ${event.target}`;
    case 'handoverEnded':
      return `handover ended: ${event.outcome}`;
  }
}
