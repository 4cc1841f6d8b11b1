import { assert, assertNever, InvariantViolation } from '../base/assert.ts';
import type { Clock, Timer } from '../base/clock.ts';
import { OdradekError, refusal, type Refusal } from '../base/errors.ts';
import {
  metadataOffset,
  nodeId,
  type BrokerEpoch,
  type ControllerEpoch,
  type NodeId,
} from '../base/ids.ts';
import type { Random } from '../base/random.ts';
import { topicDefaults, type ControllerConfig } from '../config/config.ts';
import { BrokerSessions } from '../controller/broker-sessions.ts';
import type { Command, Handover, Reply } from '../controller/commands.ts';
import { Controller } from '../controller/controller.ts';
import { encodeEvent, parseEvent } from '../controller/event-codec.ts';
import { ClusterImage } from '../controller/image.ts';
import type {
  AdminReply,
  AdminRequest,
  Event,
  SessionRequest,
  SessionResponse,
} from '../controller/types.ts';
import type { MetadataStore } from '../metadata/metadata-store.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { stateOf } from './cluster-view.ts';
import { logEvent } from './controller-log.ts';
import { ControllerMetrics } from './controller-metrics.ts';
import type {
  ControllerApi,
  ControllerStatus,
  MessageHandlers,
  MessageSink,
} from './interfaces.ts';

export interface ControllerHostOptions {
  readonly config: ControllerConfig;
  readonly store: MetadataStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly pid: number;
  readonly telemetry: Telemetry;
}

/**
 * Runs the controller: one command at a time is decided and applied, its events are appended to the
 * metadata store as one atomic batch, and only when they are committed does a reply leave or a
 * broker see them (C8). Keeps a second image, of what is committed: new sessions begin with it.
 *
 * When an append fails the host is finished: what it had decided and not committed must never be
 * seen, so the process exits and another start replays the journal.
 */
export class ControllerHost implements ControllerApi {
  readonly failed: Promise<unknown>;
  readonly #options: ControllerHostOptions;
  readonly #id: NodeId;
  #reportFailure: (error: unknown) => void = () => {};
  #controller: Controller | null = null;
  /** What brokers and users may be told. */
  #committed = new ClusterImage();
  #epoch: ControllerEpoch | null = null;
  readonly #sessions: BrokerSessions;
  readonly #metrics: ControllerMetrics;
  readonly #connections = new Map<NodeId, Connection>();
  readonly #anonymous = new Set<Connection>();
  /** Where the journal ended when it was recovered; this term's events follow. */
  #recoveredOffset = metadataOffset(0);
  /** Brokers that have been told of this term's events. */
  readonly #told = new Set<NodeId>();
  /** Decided and not committed, oldest first. */
  #undecided: Undecided[] = [];
  #state: 'starting' | 'active' | 'passive' | 'stopped' = 'starting';
  #reason: string | null = null;
  #lastStream = 0;
  #snapshotting = false;
  #snapshotOffset = 0;
  readonly #timers = new Set<Timer>();

  constructor(options: ControllerHostOptions) {
    this.#options = options;
    this.#id = nodeId(options.config.controllerId);
    this.failed = new Promise((resolve) => {
      this.#reportFailure = resolve;
    });
    this.#sessions = new BrokerSessions({
      sessionTimeoutMs: options.config.brokerSessionTimeoutMs,
      reconnectGraceMs: options.config.sessionReopenGraceMs,
    });
    this.#metrics = new ControllerMetrics(options.telemetry.metrics, {
      isActive: () => this.active,
      epoch: () => this.#epoch,
      image: () => this.#committed,
      journalBytes: () => options.store.journalBytes,
    });
  }

  get active(): boolean {
    return this.#state === 'active';
  }

  /** The cluster as brokers and users may be told of it. */
  get committed(): ClusterImage {
    return this.#committed;
  }

  /** Recovers the journal and becomes active. Throws an `OdradekError` if the journal cannot be used. */
  async start(): Promise<void> {
    const { config, store, clock, random, telemetry } = this.#options;
    const recovered = await store.open();
    const bytes = recovered.snapshot?.bytes;
    const image = bytes === undefined ? new ClusterImage() : ClusterImage.fromSnapshot(bytes);
    if (bytes !== undefined) this.#committed = ClusterImage.fromSnapshot(bytes);
    this.#snapshotOffset = image.nextOffset;
    this.#epoch = recovered.controllerEpoch;
    const controller = new Controller({
      defaults: {
        partitions: config.numPartitions,
        replicationFactor: config.defaultReplicationFactor,
        topic: topicDefaults(config),
        partitionsPerTopicMax: config.topicPartitionsMax,
        partitionsMax: PARTITIONS_MAX,
        handoversPerAnswerMax: HANDOVERS_PER_ANSWER,
      },
      random,
      image,
    });
    for (const { offset, bytes: record } of recovered.events) {
      const event = parseEvent(record);
      controller.apply(event);
      this.#committed.apply(event, offset);
    }
    this.#controller = controller;
    this.#recoveredOffset = this.#committed.nextOffset;
    this.#state = 'active';
    await new Promise<void>((resolve, reject) => {
      this.#submit(
        {
          kind: 'activate',
          nodeId: this.#id,
          controllerEpoch: recovered.controllerEpoch,
          pid: this.#options.pid,
        },
        (reply) => {
          if (reply.kind === 'refused') {
            reject(new OdradekError(reply.refusal.code, reply.refusal.message));
          } else {
            resolve();
          }
        },
      );
      void this.failed.then(reject);
    });
    const brokers = this.#committed
      .brokers()
      .filter(({ fenced }) => !fenced)
      .map(({ id, epoch }) => ({ broker: id, brokerEpoch: epoch }));
    this.#sessions.step({ kind: 'started', brokers }, clock.now());
    telemetry.event('controller_active', {
      controllerEpoch: recovered.controllerEpoch,
      metadataOffset: this.#committed.nextOffset,
      topics: this.#committed.topicCount,
      brokers: this.#committed.brokers().length,
    });
    this.#every(config.leaderSweepIntervalMs, () => this.#submit({ kind: 'sweep' }, () => {}));
    this.#every(SESSION_TICK_MS, () => {
      // After a stall the answers of brokers may lie unread in sockets: they are read first (X7).
      this.#once(0, () => this.#fenceSilent());
    });
  }

  acceptSession(sink: MessageSink<SessionResponse>): MessageHandlers<SessionRequest> {
    this.#lastStream += 1;
    const connection: Connection = {
      sink,
      stream: this.#lastStream,
      registering: null,
      broker: null,
      brokerEpoch: null,
      streaming: false,
    };
    this.#anonymous.add(connection);
    return {
      onMessage: (message) => {
        if (this.#state === 'active') this.#onMessage(connection, message);
        else this.#refuse(connection, refusal('NOT_CONTROLLER', this.#reason ?? undefined));
      },
      onClose: () => this.#disconnected(connection),
    };
  }

  admin(request: AdminRequest): Promise<AdminReply> {
    return new Promise((resolve) => {
      if (this.#state !== 'active') {
        resolve({
          kind: 'refused',
          refusal: refusal('NOT_CONTROLLER', this.#reason ?? undefined),
        });
        return;
      }
      this.#submit({ kind: 'admin', request }, (reply) => {
        if (reply.kind === 'refused') {
          resolve({ kind: 'refused', refusal: reply.refusal });
          return;
        }
        assert(reply.kind === 'admin', () => `${reply.kind} answers an admin request`);
        this.#askForHandovers(reply.handovers);
        resolve(reply.reply);
      });
    });
  }

  status(): ControllerStatus {
    const image = this.#committed;
    return {
      nodeId: this.#id,
      clusterId: image.clusterId,
      controllerEpoch: this.#epoch ?? 0,
      active: this.#state === 'active',
      reason: this.#reason,
      committedOffset: image.nextOffset,
      brokers: image.brokers().map((broker) => ({
        id: broker.id,
        epoch: broker.epoch,
        state: stateOf(broker),
        grpc: broker.grpc,
        connected: this.#connections.has(broker.id),
      })),
      topics: image.topicCount,
      partitions: image.partitionCount,
      leaderlessPartitions: image.leaderlessCount,
    };
  }

  async stop(): Promise<void> {
    this.#halt('stopped', 'the controller is stopping');
    await this.#options.store.close();
  }

  /** kill −9 for controllers that share a process: nothing is closed in order. */
  crash(): void {
    this.#halt('stopped', 'the controller has crashed');
  }

  // --- Deciding and committing. ---

  #submit(command: Command, answer: (reply: Reply) => void): void {
    const controller = this.#controller;
    assert(controller !== null && this.#epoch !== null, 'commands come after the start');
    if (this.#state !== 'active') {
      answer({ kind: 'refused', refusal: refusal('NOT_CONTROLLER') });
      return;
    }
    if (this.#undecided.length >= this.#options.config.metadataInboxCommandsMax) {
      answer({
        kind: 'refused',
        refusal: refusal('NOT_CONTROLLER', 'too many commands wait for the controller’s disk'),
      });
      return;
    }
    try {
      const { clock } = this.#options;
      const decidedAt = clock.now();
      const { events, reply } = controller.handle(command, decidedAt);
      for (const event of events) controller.apply(event);
      if (events.length === 0 && this.#undecided.length === 0) {
        answer(reply);
        return;
      }
      // A reply without events may rest on decisions that are not committed: it waits its turn.
      const undecided: Undecided = { events, reply, answer, durable: events.length === 0 };
      this.#undecided.push(undecided);
      if (events.length === 0) return;
      this.#options.store.append(events.map(encodeEvent), this.#epoch).then(
        () => {
          undecided.durable = true;
          this.#metrics.committed(events.length, (clock.now() - decidedAt) / 1000);
          this.#commit();
        },
        (error: unknown) => this.#fail(error),
      );
    } catch (error) {
      this.#fail(error);
    }
  }

  #commit(): void {
    try {
      for (;;) {
        const oldest = this.#undecided[0];
        if (oldest === undefined || !oldest.durable || this.#state !== 'active') break;
        this.#undecided.shift();
        this.#publish(oldest.events);
        oldest.answer(oldest.reply);
      }
    } catch (error) {
      this.#fail(error);
    }
    this.#maybeSnapshot();
  }

  /** Committed: into the image that others are told of, and out to every broker. */
  #publish(events: readonly Event[]): void {
    if (events.length === 0 || this.#epoch === null) return;
    const startOffset = this.#committed.nextOffset;
    for (const event of events) {
      logEvent(this.#options.telemetry, this.#committed, event);
      this.#committed.apply(event, this.#committed.nextOffset);
    }
    const message: SessionResponse = {
      kind: 'events',
      controllerEpoch: this.#epoch,
      startOffset,
      events,
    };
    for (const { sink, streaming } of this.#connections.values()) {
      if (streaming) sink.send(message);
    }
  }

  #maybeSnapshot(): void {
    const { store, config, telemetry } = this.#options;
    const { nextOffset } = this.#committed;
    if (this.#snapshotting || this.#state !== 'active') return;
    if (nextOffset - this.#snapshotOffset < config.metadataSnapshotEvents) return;
    this.#snapshotting = true;
    const bytes = this.#committed.encodeSnapshot();
    store.writeSnapshot(bytes, nextOffset).then(
      () => {
        this.#snapshotting = false;
        this.#snapshotOffset = nextOffset;
        telemetry.event('snapshot_written', { metadataOffset: nextOffset, bytes: bytes.length });
      },
      (error: unknown) => this.#fail(error),
    );
  }

  // --- Sessions. ---

  #onMessage(connection: Connection, message: SessionRequest): void {
    const { clock } = this.#options;
    const { broker, brokerEpoch } = connection;
    if (message.kind === 'register') return this.#register(connection, message.registration);
    if (broker === null || brokerEpoch === null) {
      return this.#refuse(
        connection,
        refusal('INVALID_REQUEST', 'the first message of a session must register the broker'),
      );
    }
    // Of a stream that a newer one has replaced.
    if (this.#connections.get(broker) !== connection) return;
    this.#sessions.step({ kind: 'heard', broker }, clock.now());
    switch (message.kind) {
      case 'heartbeat':
        return this.#submit(
          {
            kind: 'heartbeat',
            broker,
            brokerEpoch: message.brokerEpoch,
            appliedOffset: message.appliedOffset,
            readyToServe: message.readyToServe,
            wantsToStop: message.wantsToStop,
            full: message.full,
          },
          (reply) => {
            if (reply.kind === 'refused') return this.#refuse(connection, reply.refusal);
            assert(reply.kind === 'heartbeat', () => `${reply.kind} answers a heartbeat`);
            connection.sink.send({
              kind: 'heartbeatAnswer',
              sentAt: message.sentAt,
              committedOffset: this.#committed.nextOffset,
              fenced: reply.fenced,
              mayStop: reply.mayStop,
            });
            this.#askForHandovers(reply.handovers);
          },
        );
      case 'alterPartition':
        return this.#submit(
          {
            kind: 'alterPartition',
            broker,
            brokerEpoch: message.brokerEpoch,
            requests: message.requests,
          },
          (reply) => {
            if (reply.kind === 'refused') return this.#refuse(connection, reply.refusal);
            assert(reply.kind === 'alterPartition', () => `${reply.kind} answers a proposal`);
            connection.sink.send({ kind: 'alterPartitionReply', results: reply.results });
          },
        );
      case 'handoverReady':
      case 'replicaState':
        return this.#submit({ ...message, broker }, (reply) => {
          if (reply.kind === 'refused') this.#noteRefusal(message.kind, reply.refusal);
        });
      case 'goodbye':
        return this.#submit(
          { kind: 'goodbye', broker, brokerEpoch: message.brokerEpoch },
          (reply) => {
            if (reply.kind === 'refused') return this.#noteRefusal(message.kind, reply.refusal);
            this.#sessions.step({ kind: 'left', broker }, clock.now());
          },
        );
      default:
        assertNever(message);
    }
  }

  #register(
    connection: Connection,
    registration: Extract<SessionRequest, { kind: 'register' }>['registration'],
  ): void {
    const { clock } = this.#options;
    const { broker } = registration;
    const heard = this.#sessions.isHeard(broker, clock.now());
    const { stream } = connection;
    connection.registering = broker;
    this.#sessions.step({ kind: 'registering', broker, stream }, clock.now());
    this.#submit(
      {
        kind: 'registerBroker',
        registration,
        heard,
        // X13: whoever has heard nothing of this term can know no more than the journal held, or this
        // term's own events would stand for those that were lost.
        committedOffset: this.#told.has(broker)
          ? this.#committed.nextOffset
          : this.#recoveredOffset,
      },
      (reply) => {
        if (reply.kind === 'refused') {
          this.#refuse(connection, reply.refusal);
          // X13: everything that this controller believes may be out of date.
          if (reply.refusal.code === 'METADATA_JOURNAL_BEHIND') this.#becomePassive(reply.refusal);
          return;
        }
        assert(reply.kind === 'registered', () => `${reply.kind} answers a registration`);
        this.#connected(connection, broker, reply);
      },
    );
  }

  #connected(
    connection: Connection,
    broker: NodeId,
    reply: Extract<Reply, { kind: 'registered' }>,
  ): void {
    assert(this.#epoch !== null, 'registrations come after the start');
    // The stream ended while the registration was being committed.
    if (!this.#anonymous.delete(connection)) return;
    const older = this.#connections.get(broker);
    connection.broker = broker;
    connection.brokerEpoch = reply.brokerEpoch;
    this.#connections.set(broker, connection);
    this.#told.add(broker);
    if (older !== undefined) older.sink.close();
    const { stream } = connection;
    const { brokerEpoch } = reply;
    this.#sessions.step(
      { kind: 'streamOpened', broker, brokerEpoch, stream },
      this.#options.clock.now(),
    );
    connection.sink.send({
      kind: 'registered',
      brokerEpoch: reply.brokerEpoch,
      clusterId: reply.clusterId,
      controllerId: reply.controllerId,
      controllerEpoch: reply.controllerEpoch,
    });
    connection.sink.send({
      kind: 'snapshot',
      controllerEpoch: this.#epoch,
      nextOffset: this.#committed.nextOffset,
      image: this.#committed.encodeSnapshot(),
    });
    connection.streaming = true;
  }

  #disconnected(connection: Connection): void {
    this.#anonymous.delete(connection);
    const { broker, registering, stream } = connection;
    const isCurrent = broker !== null && this.#connections.get(broker) === connection;
    if (isCurrent) this.#connections.delete(broker);
    // One that is not current any more closes nothing but its own registration.
    const of = broker ?? registering;
    if (of === null) return;
    this.#sessions.step({ kind: 'streamClosed', broker: of, stream }, this.#options.clock.now());
  }

  #fenceSilent(): void {
    if (this.#state !== 'active') return;
    const lost = this.#sessions.step({ kind: 'tick' }, this.#options.clock.now());
    for (const { broker, brokerEpoch, cause, silentMs } of lost) {
      const state = this.#committed.broker(broker);
      if (state === undefined || state.fenced || state.epoch !== brokerEpoch) continue;
      this.#metrics.fenced(cause);
      this.#submit({ kind: 'fenceBroker', broker, brokerEpoch }, () => {
        this.#options.telemetry.event('broker_fenced', {
          broker,
          brokerEpoch,
          cause,
          silentMs: Math.round(silentMs),
        });
      });
    }
  }

  #askForHandovers(handovers: readonly Handover[]): void {
    for (const { leader, topicId, partition, target, partitionEpoch } of handovers) {
      // A leader without a session is asked again at its next heartbeat, or fenced.
      this.#connections
        .get(leader)
        ?.sink.send({ kind: 'handover', topicId, partition, target, partitionEpoch });
    }
  }

  #refuse(connection: Connection, reason: Refusal): void {
    this.#metrics.refused('Session', reason.code);
    connection.sink.send({ kind: 'refused', refusal: reason });
    connection.sink.close();
    this.#disconnected(connection);
  }

  #noteRefusal(rpc: string, reason: Refusal): void {
    this.#metrics.refused('Session', reason.code);
    this.#options.telemetry.event('request_refused', {
      rpc,
      code: reason.code,
      reason: reason.message,
    });
  }

  // --- Ends. ---

  #becomePassive(reason: Refusal): void {
    this.#options.telemetry.event('controller_passive', {
      code: reason.code,
      reason: reason.message,
    });
    this.#halt('passive', reason.message);
  }

  #fail(error: unknown): void {
    if (this.#state === 'stopped') return;
    this.#halt('stopped', error instanceof Error ? error.message : String(error));
    this.#reportFailure(
      error instanceof InvariantViolation || error instanceof OdradekError
        ? error
        : new OdradekError('KAFKA_STORAGE_ERROR', 'the controller’s journal cannot be written', {
            cause: error,
          }),
    );
  }

  #halt(state: 'passive' | 'stopped', reason: string): void {
    this.#state = state;
    this.#reason = reason;
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
    for (const connection of [...this.#connections.values(), ...this.#anonymous]) {
      connection.sink.close(refusal('NOT_CONTROLLER', reason));
    }
    this.#connections.clear();
    this.#anonymous.clear();
  }

  #once(milliseconds: number, action: () => void): void {
    const timer = this.#options.clock.setTimer(milliseconds, () => {
      this.#timers.delete(timer);
      action();
    });
    this.#timers.add(timer);
  }

  #every(milliseconds: number, action: () => void): void {
    this.#once(milliseconds, () => {
      action();
      if (this.#state === 'active') this.#every(milliseconds, action);
    });
  }
}

interface Connection {
  readonly sink: MessageSink<SessionResponse>;
  /** A number of its own, never used again. */
  readonly stream: number;
  /** Which broker it has asked to be. */
  registering: NodeId | null;
  /** Null until it has registered. */
  broker: NodeId | null;
  brokerEpoch: BrokerEpoch | null;
  /** It has its snapshot: events follow. */
  streaming: boolean;
}

interface Undecided {
  readonly events: readonly Event[];
  readonly reply: Reply;
  readonly answer: (reply: Reply) => void;
  durable: boolean;
}

/** Fine against the 250 ms that a lost stream may take to come back. */
const SESSION_TICK_MS = 25;
/** Of the whole cluster: what one controller's memory and snapshots are meant for. */
const PARTITIONS_MAX = 200_000;
/** Each holds back writes to its partition for a round trip: a few at a time keep the gaps short. */
const HANDOVERS_PER_ANSWER = 64;
