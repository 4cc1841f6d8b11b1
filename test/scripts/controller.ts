/** Scripts of the controller: commands are decided and applied, events and replies become lines. */
import {
  diskId,
  instant,
  leaderEpoch,
  nodeId,
  offset,
  partitionEpoch,
} from '../../src/base/ids.ts';
import { brokerEpoch, metadataOffset, partitionIndex } from '../../src/base/ids.ts';
import type { Refusal } from '../../src/base/errors.ts';
import { BrokerSessions } from '../../src/controller/broker-sessions.ts';
import type { SessionInput } from '../../src/controller/broker-sessions.ts';
import type { Handover, Reply } from '../../src/controller/commands.ts';
import type {
  AdminReply,
  BrokerRegistration,
  Event,
  PartitionState,
  ReplicaReport,
} from '../../src/controller/types.ts';
import { Cluster, padded } from '../unit/controller/cluster.ts';
import type { Command, Interpreter } from './script.ts';

type Handler = (command: Command) => string[];

export function createInterpreter(): Interpreter {
  return new ControllerScript();
}

class ControllerScript implements Interpreter {
  readonly #cluster = new Cluster();
  readonly #sessions = new BrokerSessions({ sessionTimeoutMs: 1_500, reconnectGraceMs: 250 });
  readonly #starts = new Map<number, number>();

  readonly #handlers: Readonly<Record<string, Handler>> = {
    brokers: (command) => this.#brokers(command),
    register: (command) => this.#register(command),
    heartbeat: (command) => this.#heartbeat(command),
    fence: (command) => this.#told(this.#cluster.fence(brokerIn(command))),
    goodbye: (command) => this.#goodbye(command),
    alter: (command) => this.#alter(command),
    ready: (command) => this.#ready(command),
    damaged: (command) => this.#damaged(command),
    sweep: () => this.#told(this.#cluster.run({ kind: 'sweep' })),
    activate: (command) => this.#told(this.#cluster.activate(command.requiredNumber('epoch'))),
    restart: () => this.#told(this.#cluster.restart()),
    topic: (command) => this.#topic(command),
    set: (command) => this.#set(command),
    elect: (command) =>
      this.#told(
        this.#cluster.run({
          kind: 'admin',
          request: { kind: 'electLeaders', name: nameIn(command), partition: null },
        }),
      ),
    show: (command) => [partitionText(nameIn(command), this.#cluster.partition(nameIn(command)))],
    registering: (command) => this.#session(command, 'registering'),
    opened: (command) => this.#session(command, 'streamOpened'),
    closed: (command) => this.#session(command, 'streamClosed'),
    heard: (command) => this.#session(command, 'heard'),
    left: (command) => this.#session(command, 'left'),
    tick: (command) => this.#session(command, 'tick'),
    started: (command) => this.#session(command, 'started'),
    duplicate: (command) => {
      const heard = this.#sessions.isHeard(nodeId(brokerIn(command)), this.#at(command));
      return [heard ? 'heard of late' : 'not heard'];
    },
  };

  execute(command: Command): string[] {
    const handler = this.#handlers[command.name];
    if (handler === undefined) throw command.error('no such command');
    return handler(command);
  }

  #brokers(command: Command): string[] {
    const brokers = command.words.map(Number);
    this.#cluster.start(...brokers);
    return brokers.map((id) => `broker ${id} has epoch ${this.#cluster.epochOf(id)}`);
  }

  /** `start=` is the incarnation; a new one by default. `mark=` is what the mark file says. */
  #register(command: Command): string[] {
    const id = brokerIn(command);
    const start = command.number('start') ?? (this.#starts.get(id) ?? 1) + 1;
    this.#starts.set(id, start);
    const mark = command.text('mark') ?? String(this.#cluster.epochOf(id));
    const disk = command.text('disk');
    const boot = command.text('boot');
    const applied = command.number('applied');
    const known = this.#cluster.image.broker(nodeId(id)) !== undefined;
    const registration: Partial<BrokerRegistration> = {
      previousBrokerEpoch: mark === 'unreadable' || !known ? null : brokerEpoch(Number(mark)),
      markFileIntact: mark !== 'unreadable',
      ...(disk === undefined ? {} : { diskId: diskId(padded(`${disk}-`)) }),
      ...(boot === undefined ? {} : { bootId: boot }),
      ...(applied === undefined ? {} : { metadataOffset: metadataOffset(applied) }),
      replicas: this.#reports(command),
    };
    const heard = command.text('heard') === 'yes';
    return this.#told(this.#cluster.register(id, { ...registration, heard, start }));
  }

  /** `replica=flights:whole:7@2`: topic, state, durable log end offset and epoch of the last record. */
  #reports(command: Command): ReplicaReport[] {
    const text = command.text('replica');
    if (text === undefined) return [];
    const [name = '', state = '', end = ''] = text.split(':');
    if (state !== 'whole' && state !== 'uncertain' && state !== 'damaged') {
      throw command.error(`no state ${state}`);
    }
    const [endOffset = '0', epoch] = end.split('@');
    const lastEpoch = epoch === undefined ? null : Number(epoch);
    return [this.#cluster.report(name, Number(endOffset), lastEpoch, state)];
  }

  #heartbeat(command: Command): string[] {
    const applied = command.number('applied');
    return this.#told(
      this.#cluster.heartbeat(brokerIn(command), {
        readyToServe: command.text('ready') !== 'no',
        wantsToStop: command.text('stop') === 'yes',
        full: command.text('full') === 'yes',
        ...(applied === undefined ? {} : { appliedOffset: metadataOffset(applied) }),
        ...this.#epochIn(command),
      }),
    );
  }

  #goodbye(command: Command): string[] {
    const id = brokerIn(command);
    const epoch = this.#cluster.epochOf(id);
    return this.#told(
      this.#cluster.run({ kind: 'goodbye', broker: nodeId(id), brokerEpoch: epoch }),
    );
  }

  /** `alter 1 flights isr=1,2`: epochs and the members' broker epochs are current unless given. */
  #alter(command: Command): string[] {
    const [sender = '', name = ''] = command.words;
    const { topicId } = this.#cluster.topic(name);
    const state = this.#cluster.partition(name);
    const isr = (command.numbers('isr') ?? []).map((id) => {
      const epoch = command.number(`epoch-of-${id}`) ?? this.#cluster.epochOf(id);
      return { id: nodeId(id), brokerEpoch: brokerEpoch(epoch) };
    });
    return this.#told(
      this.#cluster.run({
        kind: 'alterPartition',
        broker: nodeId(Number(sender)),
        brokerEpoch: this.#cluster.epochOf(Number(sender)),
        ...this.#epochIn(command),
        requests: [
          {
            topicId,
            partition: state.partition,
            ...this.#epochsIn(command, state),
            isr,
            recovering: command.text('recovering') === 'yes',
          },
        ],
      }),
    );
  }

  #ready(command: Command): string[] {
    const [sender = '', name = ''] = command.words;
    const state = this.#cluster.partition(name);
    return this.#told(
      this.#cluster.run({
        kind: 'handoverReady',
        broker: nodeId(Number(sender)),
        brokerEpoch: this.#cluster.epochOf(Number(sender)),
        topicId: this.#cluster.topic(name).topicId,
        partition: state.partition,
        target: nodeId(command.requiredNumber('target')),
        ...this.#epochsIn(command, state),
      }),
    );
  }

  #damaged(command: Command): string[] {
    const [sender = '', name = ''] = command.words;
    return this.#told(
      this.#cluster.run({
        kind: 'replicaState',
        broker: nodeId(Number(sender)),
        brokerEpoch: this.#cluster.epochOf(Number(sender)),
        topicId: this.#cluster.topic(name).topicId,
        partition: partitionIndex(0),
        state: 'damaged',
      }),
    );
  }

  #topic(command: Command): string[] {
    const request = {
      kind: 'createTopic',
      name: nameIn(command),
      partitions: command.number('partitions') ?? 1,
      replicationFactor: command.number('replicas') ?? 0,
      settings: settingsIn(command),
      validateOnly: false,
    } as const;
    return this.#told(this.#cluster.run({ kind: 'admin', request }));
  }

  #set(command: Command): string[] {
    const settings = settingsIn(command);
    const request = { kind: 'alterTopic', name: nameIn(command), settings } as const;
    return this.#told(this.#cluster.run({ kind: 'admin', request }));
  }

  #session(command: Command, kind: SessionInput['kind']): string[] {
    const now = this.#at(command);
    const broker = nodeId(Number(command.words[0] ?? 0));
    const epoch = this.#cluster.epochOf(broker);
    const input = ((): SessionInput => {
      switch (kind) {
        case 'started': {
          const brokers = command.words.map((id) => nodeId(Number(id)));
          const known = brokers.map((id) => ({ broker: id, brokerEpoch: brokerEpoch(0) }));
          return { kind, brokers: known };
        }
        case 'streamOpened':
          return { kind, broker, brokerEpoch: epoch, stream: command.requiredNumber('stream') };
        case 'registering':
        case 'streamClosed':
          return { kind, broker, stream: command.requiredNumber('stream') };
        case 'heard':
        case 'left':
          return { kind, broker };
        case 'tick':
          return { kind };
      }
    })();
    const lost = this.#sessions.step(input, now);
    const lines = lost.map(
      ({ broker: id, cause, silentMs }) => `fence ${id}: ${cause} (heard ${silentMs} ms ago)`,
    );
    if (kind !== 'tick') return lines;
    return [...lines, `next tick ${this.#sessions.nextDeadline() ?? 'never'}`];
  }

  #at(command: Command): ReturnType<typeof instant> {
    return instant(command.requiredNumber('at'));
  }

  #epochIn(command: Command): { brokerEpoch?: ReturnType<typeof brokerEpoch> } {
    const epoch = command.number('epoch');
    return epoch === undefined ? {} : { brokerEpoch: brokerEpoch(epoch) };
  }

  #epochsIn(command: Command, state: PartitionState) {
    return {
      leaderEpoch: leaderEpoch(command.number('leaderEpoch') ?? state.leaderEpoch),
      partitionEpoch: partitionEpoch(command.number('partitionEpoch') ?? state.partitionEpoch),
    };
  }

  #told({ events, reply }: { events: Event[]; reply: Reply }): string[] {
    const lines = events.map((event) => this.#eventText(event));
    return [...lines, ...this.#replyText(reply)];
  }

  #eventText(event: Event): string {
    switch (event.kind) {
      case 'clusterCreated':
        return 'event: cluster created';
      case 'controllerActivated':
        return `event: controller active in epoch ${event.controllerEpoch}`;
      case 'brokerRegistered':
        return `event: broker ${event.broker} registered`;
      case 'brokerChanged': {
        const { kind: _, broker, brokerEpoch: __, ...changes } = event;
        const words = Object.entries(changes).map(([name, on]) => (on ? name : `not ${name}`));
        return `event: broker ${broker} ${words.join(', ')}`;
      }
      case 'topicCreated':
        return `event: topic ${event.name} with ${event.partitions.map((state) => partitionText(event.name, state)).join('; ')}`;
      case 'topicDeleted':
        return 'event: topic deleted';
      case 'topicSettingsChanged':
        return `event: settings ${JSON.stringify(event.settings)}`;
      case 'producerIdsAllocated':
        return `event: ${event.count} producer ids from ${event.first}`;
      case 'partitionsAdded':
        return `event: ${event.partitions.length} partitions added`;
      case 'partitionChanged':
        return `event: ${partitionText(this.#nameOf(event), event.state)} (${event.cause})`;
      case 'replicaStateChanged': {
        const { logEnd } = event;
        const ends =
          logEnd === undefined
            ? ''
            : `, ends at ${offset(logEnd.endOffset)} of epoch ${logEnd.lastEpoch ?? '-'}`;
        return `event: replica of ${this.#nameOf(event)} on ${event.broker} is ${event.state}${ends}`;
      }
    }
  }

  #nameOf({ topicId }: Event & { kind: 'partitionChanged' | 'replicaStateChanged' }): string {
    return this.#cluster.image.topic(topicId)?.name ?? topicId;
  }

  #replyText(reply: Reply): string[] {
    switch (reply.kind) {
      case 'refused':
        return [refusalText(reply.refusal)];
      case 'done':
        return ['done'];
      case 'activated':
        return ['active'];
      case 'registered':
        return [`${reply.resumed ? 'resumed' : 'registered'} with epoch ${reply.brokerEpoch}`];
      case 'heartbeat': {
        const words = [reply.fenced ? 'fenced' : 'serving', ...(reply.mayStop ? ['may stop'] : [])];
        return [words.join(', '), ...this.#handoverTexts(reply.handovers)];
      }
      case 'alterPartition':
        return reply.results.map(({ result }) =>
          result.ok
            ? `ok: isr ${list(result.state.isr)} at partition epoch ${result.state.partitionEpoch}`
            : refusalText(result.refusal),
        );
      case 'admin':
        return [...adminText(reply.reply), ...this.#handoverTexts(reply.handovers)];
    }
  }

  #handoverTexts(handovers: readonly Handover[]): string[] {
    return handovers.map(({ leader, topicId, partition, target }) => {
      const name = this.#cluster.image.topic(topicId)?.name;
      return `ask ${leader} to hand ${name}-${partition} over to ${target}`;
    });
  }
}

function adminText(reply: AdminReply): string[] {
  switch (reply.kind) {
    case 'refused':
      return [refusalText(reply.refusal)];
    case 'topicCreated':
      return [`created: ${reply.partitions} partitions, ${reply.replicationFactor} replicas`];
    case 'done':
      return ['done'];
    case 'producerIds':
      return [`${reply.count} producer ids from ${reply.first}`];
    case 'elections':
      return reply.results.map(({ topic, partition, outcome }) => {
        return `${topic}-${partition}: ${typeof outcome === 'string' ? outcome : refusalText(outcome)}`;
      });
  }
}

function partitionText(name: string, state: PartitionState): string {
  const parts = [
    `${name}-${state.partition}: leader ${state.leader ?? '-'}`,
    `epochs ${state.leaderEpoch}/${state.partitionEpoch}`,
    `isr ${list(state.isr)}`,
    ...(state.elr.length > 0 ? [`elr ${list(state.elr)}`] : []),
    ...(state.lastKnownElr.length > 0 ? [`last known elr ${list(state.lastKnownElr)}`] : []),
    `min ${state.minIsr}`,
    ...(state.recovering ? ['recovering'] : []),
  ];
  return parts.join(' ');
}

function refusalText({ code, message }: Refusal): string {
  return `refused: ${code}: ${message}`;
}

function list(values: readonly number[]): string {
  return values.length === 0 ? '-' : values.join(',');
}

function settingsIn(command: Command): Record<string, string> {
  const names = ['durability', 'min.insync.replicas', 'unclean.leader.election.enable'];
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = command.text(name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

function brokerIn(command: Command): number {
  const id = Number(command.words[0]);
  if (!Number.isSafeInteger(id)) throw command.error('names no broker');
  return id;
}

function nameIn(command: Command): string {
  const [name] = command.words;
  if (name === undefined) throw command.error('names no topic');
  return name;
}
