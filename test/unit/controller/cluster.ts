/** A controller with its journal, as its host would drive it: every event is appended and applied. */
import { DEFAULT_TOPIC_CONFIG } from '../../../src/base/topic-config.ts';
import {
  brokerEpoch,
  controllerEpoch,
  diskId,
  incarnationId,
  instant,
  leaderEpoch,
  metadataOffset,
  nodeId,
  offset,
  partitionIndex,
} from '../../../src/base/ids.ts';
import type { BrokerEpoch, NodeId } from '../../../src/base/ids.ts';
import type { Random } from '../../../src/base/random.ts';
import type { Command, Reply } from '../../../src/controller/commands.ts';
import { Controller } from '../../../src/controller/controller.ts';
import type { ClusterDefaults } from '../../../src/controller/defaults.ts';
import type { TopicState } from '../../../src/controller/image.ts';
import type {
  AdminReply,
  AdminRequest,
  BrokerRegistration,
  Event,
  PartitionState,
  ReplicaReport,
} from '../../../src/controller/types.ts';

export const DEFAULTS: ClusterDefaults = {
  partitions: 1,
  replicationFactor: 0,
  topic: DEFAULT_TOPIC_CONFIG,
  partitionsPerTopicMax: 1_000,
  partitionsMax: 20_000,
  handoversPerAnswerMax: 100,
};

/** Ids that say what they are for, and ties that always fall to the first. */
export class CountingRandom implements Random {
  #ids = 0;
  below(): number {
    return 0;
  }
  id(): string {
    return padded(`id${++this.#ids}-`);
  }
}

export function padded(text: string): string {
  return text.padEnd(22, '0');
}

export class Cluster {
  readonly random: Random;
  readonly defaults: ClusterDefaults;
  readonly journal: Event[] = [];
  controller: Controller;
  now = 0;
  #term = 0;

  constructor(options: { random?: Random; defaults?: Partial<ClusterDefaults> } = {}) {
    this.random = options.random ?? new CountingRandom();
    this.defaults = { ...DEFAULTS, ...options.defaults };
    this.controller = new Controller({ defaults: this.defaults, random: this.random });
    this.activate();
  }

  get image() {
    return this.controller.image;
  }

  /** Handles a command and applies what was decided. */
  run(command: Command): { events: Event[]; reply: Reply } {
    const { events, reply } = this.controller.handle(command, instant(this.now));
    for (const event of events) {
      this.journal.push(event);
      this.controller.apply(event);
    }
    return { events, reply };
  }

  activate(epoch = ++this.#term): { events: Event[]; reply: Reply } {
    const controllerId = nodeId(100);
    return this.run({
      kind: 'activate',
      nodeId: controllerId,
      controllerEpoch: controllerEpoch(epoch),
      pid: 99,
    });
  }

  /** Another controller replays the journal and becomes active. */
  restart(): { events: Event[]; reply: Reply } {
    this.controller = new Controller({ defaults: this.defaults, random: this.random });
    for (const event of this.journal) this.controller.apply(event);
    return this.activate();
  }

  register(
    id: number,
    overrides: Partial<BrokerRegistration> & { heard?: boolean; start?: number } = {},
  ): { events: Event[]; reply: Reply } {
    const { heard = false, start = 1, ...fields } = overrides;
    const registration = { ...registrationOf(id, start), ...fields };
    const committedOffset = this.image.nextOffset;
    return this.run({ kind: 'registerBroker', registration, heard, committedOffset });
  }

  heartbeat(
    id: number,
    overrides: Partial<Command & { kind: 'heartbeat' }> = {},
  ): { events: Event[]; reply: Reply } {
    const appliedOffset = metadataOffset(this.image.nextOffset - 1);
    return this.run({
      kind: 'heartbeat',
      broker: nodeId(id),
      brokerEpoch: this.epochOf(id),
      appliedOffset,
      readyToServe: true,
      wantsToStop: false,
      full: false,
      ...overrides,
    });
  }

  fence(id: number) {
    return this.run({ kind: 'fenceBroker', broker: nodeId(id), brokerEpoch: this.epochOf(id) });
  }

  /** Registers and unfences brokers that are not there yet. */
  start(...ids: number[]): this {
    for (const id of ids) {
      this.register(id);
      this.heartbeat(id);
    }
    return this;
  }

  admin(request: AdminRequest): AdminReply {
    const { reply } = this.run({ kind: 'admin', request });
    if (reply.kind !== 'admin') throw new Error(`not an admin reply: ${JSON.stringify(reply)}`);
    return reply.reply;
  }

  createTopic(
    name: string,
    overrides: Partial<AdminRequest & { kind: 'createTopic' }> = {},
  ): AdminReply {
    return this.admin({
      kind: 'createTopic',
      name,
      partitions: 1,
      replicationFactor: 0,
      settings: {},
      validateOnly: false,
      ...overrides,
    });
  }

  topic(name: string): TopicState {
    const topic = this.image.topicByName(name);
    if (topic === undefined) throw new Error(`no topic ${name}`);
    return topic;
  }

  partition(name: string, index = 0): PartitionState {
    const state = this.topic(name).partitions[index];
    if (state === undefined) throw new Error(`no partition ${name}-${index}`);
    return state;
  }

  epochOf(id: number): BrokerEpoch {
    return this.image.broker(nodeId(id))?.epoch ?? brokerEpoch(0);
  }

  alter(
    sender: number,
    name: string,
    isr: readonly number[],
    overrides: { leaderEpoch?: number; partitionEpoch?: number; recovering?: boolean } = {},
  ) {
    const state = this.partition(name);
    const members = isr.map((id) => ({ id: nodeId(id), brokerEpoch: this.epochOf(id) }));
    const { reply, events } = this.run({
      kind: 'alterPartition',
      broker: nodeId(sender),
      brokerEpoch: this.epochOf(sender),
      requests: [
        {
          topicId: this.topic(name).topicId,
          partition: state.partition,
          leaderEpoch: state.leaderEpoch,
          partitionEpoch: state.partitionEpoch,
          isr: members,
          recovering: state.recovering,
          ...(overrides as object),
        },
      ],
    });
    if (reply.kind !== 'alterPartition') throw new Error(`refused: ${JSON.stringify(reply)}`);
    const result = reply.results[0]?.result;
    if (result === undefined) throw new Error('no result');
    return { result, events };
  }

  report(name: string, end: number, epoch: number | null, state: ReplicaReport['state'] = 'whole') {
    return {
      topicId: this.topic(name).topicId,
      partition: partitionIndex(0),
      durableLogEndOffset: offset(end),
      lastEpoch: epoch === null ? null : leaderEpoch(epoch),
      state,
    };
  }
}

export function registrationOf(id: number, start = 1): BrokerRegistration {
  return {
    broker: nodeId(id),
    incarnationId: incarnationId(padded(`broker${id}-start${start}-`)),
    clusterId: null,
    diskId: diskId(padded(`disk${id}-`)),
    bootId: `boot-of-${id}`,
    grpc: { host: '127.0.0.1', port: 9_190 + id },
    http: { host: '127.0.0.1', port: 9_290 + id },
    rack: null,
    pid: 1_000 + id,
    dataDirectory: `/data/${id}`,
    previousBrokerEpoch: null,
    markFileIntact: true,
    metadataOffset: null,
    replicas: [],
  };
}

export function ids(...values: number[]): NodeId[] {
  return values.map(nodeId);
}
