import { assert, assertNever, InvariantViolation } from '../base/assert.ts';
import type { Clock, Timer } from '../base/clock.ts';
import { OdradekError, refusal, type ErrorCode, type Refusal } from '../base/errors.ts';
import { FileSystemError, type FileSystem } from '../base/file-system.ts';
import {
  incarnationId,
  metadataOffset,
  nodeId,
  partitionKey,
  type BrokerEpoch,
  type IncarnationId,
  type Instant,
  type MetadataOffset,
  type NodeId,
} from '../base/ids.ts';
import type { Random } from '../base/random.ts';
import type { BrokerConfig } from '../config/config.ts';
import type {
  AdminReply,
  AdminRequest,
  BrokerRegistration,
  Endpoint,
  PartitionState,
  SessionResponse,
} from '../controller/types.ts';
import { NO_CODECS, type BatchCodecs } from '../log/batch-codecs.ts';
import { DataDirectory } from '../log/data-directory.ts';
import type { ProcessProbe } from '../log/directory-lock.ts';
import type { AlterPartitionRequest, Effect, Observation } from '../replication/types.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { BrokerDoor } from './broker-door.ts';
import { BrokerMetrics } from './broker-metrics.ts';
import { LogCleaner } from './cleaner.ts';
import { partitionMetadata } from './cluster-view.ts';
import { Coordinators } from './coordinators.ts';
import { ControllerSession } from './controller-session.ts';
import type {
  BrokerState,
  BrokerStatus,
  ControllerTransport,
  PeerTransport,
} from './interfaces.ts';
import { MetadataFollower, type MetadataChange } from './metadata-follower.ts';
import type { PartitionHost, PartitionSurroundings } from './partition-host.ts';
import { ReplicaStreams } from './replica-streams.ts';
import { ReplicaTable } from './replica-table.ts';
import { Turn, type TurnWork } from './turn.ts';

export interface BrokerOptions {
  readonly config: BrokerConfig;
  readonly fileSystem: FileSystem;
  readonly clock: Clock;
  readonly random: Random;
  readonly probe: ProcessProbe;
  readonly peers: PeerTransport;
  readonly controllers: ControllerTransport;
  readonly telemetry: Telemetry;
  /** What compaction opens compressed batches with; none if not given: those stay as they are. */
  readonly codecs?: BatchCodecs;
}

/** Where the broker can be reached, known once its listeners are bound. */
export interface BrokerEndpoints {
  readonly controller: Endpoint;
  readonly grpc: Endpoint;
  readonly http: Endpoint | null;
}

/**
 * One broker: its data directory, its session with the controller, its replicas and their streams.
 * Made by `main.ts` (or a test cluster), which binds listeners to `door`, then calls `start`.
 *
 * Lives until `stop`, or until something fails for good: then `failed` resolves, nothing is
 * acknowledged any more, and the process is expected to exit with a failure.
 */
export class Broker implements TurnWork {
  readonly id: NodeId;
  readonly door: BrokerDoor;
  readonly turn: Turn;
  readonly metadata: MetadataFollower;
  /** Resolves with what went wrong, if anything ever does. */
  readonly failed: Promise<unknown>;
  readonly #options: BrokerOptions;
  readonly #incarnation: IncarnationId;
  readonly #streams: ReplicaStreams;
  readonly #coordinators: Coordinators;
  readonly #metrics: BrokerMetrics;
  #reportFailure: (error: unknown) => void = () => {};
  #state: BrokerState = 'starting';
  #reason: string | null = null;
  #directory: DataDirectory | null = null;
  #table: ReplicaTable | null = null;
  #session: ControllerSession | null = null;
  #cleaner: LogCleaner | null = null;
  #endpoints: BrokerEndpoints | null = null;
  #brokerEpoch: BrokerEpoch | null = null;
  /** X2: the mark file names this incarnation, on the disk. */
  /** The broker epoch that the mark file names: with it the controller may unfence this broker (X2). */
  #recordedEpoch: BrokerEpoch | null = null;
  #wantsToStop = false;
  #mayStop = false;
  #full = false;
  /** As the last look at the disk found it. */
  #lastFreeBytes = 0;
  readonly #timers = new Map<string, Timer>();
  /** Proposals of this turn, sent in one message. */
  #proposals: AlterPartitionRequest[] = [];
  /** A partition without a leader waits to hear where logs end. */
  #logEndsDue = false;
  readonly #activeWaiters = new Set<() => void>();

  constructor(options: BrokerOptions) {
    this.#options = options;
    const { config, clock } = options;
    this.id = nodeId(config.brokerId);
    this.#incarnation = incarnationId(options.random.id());
    this.turn = new Turn(clock);
    this.metadata = new MetadataFollower(this.id);
    this.failed = new Promise((resolve) => {
      this.#reportFailure = resolve;
    });
    this.#streams = new ReplicaStreams({
      self: this.id,
      transport: options.peers,
      clock,
      turn: this.turn,
      limits: {
        windowPartitionBytes: config.replicaWindowPartitionBytes,
        windowPeerBytes: config.replicaWindowPeerBytes,
        frameBytes: REPLICA_FRAME_BYTES,
      },
      idleMs: config.replicaIdleIntervalMs,
      silenceMs: config.brokerSessionTimeoutMs,
      reconnectMs: config.replicaRetryBackoffMs,
      host: (key) => this.#table?.host(key),
      brokerEpochOf: (broker) => this.metadata.image.broker(broker)?.epoch ?? null,
      corruptFrame: (host, leader, reason) => {
        this.#metrics.refused('Replicate', reason.code);
        options.telemetry.event('request_refused', {
          rpc: 'Replicate',
          code: reason.code,
          reason: `from broker ${leader}: ${reason.message}`,
          topic: host.topic,
          partition: host.partition,
        });
      },
      linkChanged: (leader, connected, error) => {
        if (!connected) {
          options.telemetry.event('follower_session_lost', {
            leader,
            ...(error === null ? {} : { error: error.message }),
          });
        }
      },
    });
    const admin = (request: AdminRequest, timeoutMs: number): Promise<AdminReply> => {
      // Listeners are bound a moment before the start.
      if (this.#endpoints === null) {
        const refused = refusal('NOT_CONTROLLER', `broker ${this.id} is starting`);
        return Promise.resolve({ kind: 'refused', refusal: refused });
      }
      return options.controllers.admin(this.#endpoints.controller, request, timeoutMs);
    };
    this.#coordinators = new Coordinators({
      self: this.id,
      config,
      clock,
      telemetry: options.telemetry,
      image: () => this.metadata.image,
      host: (key) => this.#table?.host(key),
      admin: (request) => admin(request, COORDINATION_TIMEOUT_MS),
      call: (endpoint, request, timeoutMs) => options.peers.call(endpoint, request, timeoutMs),
      failed: (error) => this.#fail(error),
    });
    this.door = new BrokerDoor({
      self: this.id,
      config,
      clock,
      turn: this.turn,
      metadata: this.metadata,
      streams: this.#streams,
      host: (key) => this.#table?.host(key),
      hosts: () => this.#table?.hosts() ?? [],
      settingsOf: (topic) => {
        assert(this.#table !== null, 'metadata is there only once the replicas are open');
        return this.#table.topicConfig(topic);
      },
      controllerReachable: () => this.#session?.connected === true,
      admin,
      coordination: this.#coordinators,
      status: () => this.status(),
      diskFull: () =>
        refusal(
          'DISK_FULL',
          `broker ${this.id} has ${this.#lastFreeBytes} bytes left on the disk of ${config.logDir}, ` +
            `and disk.reserve.bytes is ${config.diskReserveBytes}; free space or add some`,
        ),
      verifyTransaction: (query) => this.#coordinators.verifyTransaction(query),
      answerPeer: (request) => this.#coordinators.answerPeer(request),
      acknowledged: (acks, seconds) => this.#metrics.acknowledged(acks, seconds),
      starting: () => this.#table === null,
      stopped: () => this.#state === 'offline',
    });
    this.#metrics = new BrokerMetrics(options.telemetry.metrics, {
      hosts: () => this.#table?.hosts() ?? [],
      host: (key) => this.#table?.host(key),
      door: this.door,
      connected: () => this.#session?.connected === true,
      metadataOffset: () => this.metadata.nextOffset,
      freeBytes: () => this.#freeBytes(),
    });
  }

  get state(): BrokerState {
    return this.#state;
  }

  /** Every replica that this broker has, as far as they have been made. */
  get partitions(): Iterable<PartitionHost> {
    return this.#table?.hosts() ?? [];
  }

  /**
   * Opens the data directory, recovers every log, and joins the cluster in the background. Throws an
   * `OdradekError` or `FileSystemError` that names what is wrong with the directory.
   */
  async start(endpoints: BrokerEndpoints): Promise<void> {
    const { config, fileSystem, clock, random, probe, telemetry, controllers } = this.#options;
    this.#endpoints = endpoints;
    this.#state = 'recovering';
    const startedAt = clock.now();
    const directory = await DataDirectory.open({
      fileSystem,
      path: config.logDir,
      role: 'broker',
      nodeId: this.id,
      clusterId: null,
      random,
      probe,
      markRewriteIntervalMs: config.durableMarkIntervalMs,
    });
    this.#directory = directory;
    const recovered = { logs: 0, uncertain: 0, damaged: 0 };
    const table = new ReplicaTable({
      nodeId: this.id,
      config,
      fileSystem,
      directory,
      clock,
      turn: this.turn,
      surroundings: this.#surroundings(),
      echoes: this.#streams.echoes,
      leadersHeard: this.#streams.leadersHeard,
      recovered: ({ topic, partition, log }) => {
        const { state, cutBytes, suffixKeptAs } = log.recovery;
        recovered.logs += 1;
        if (state !== 'whole') recovered[state] += 1;
        if (state === 'whole' && cutBytes === 0) return;
        telemetry.event('log_recovered', {
          topic,
          partition,
          state,
          logEndOffset: log.logEndOffset,
          cutBytes,
          keptAside: suffixKeptAs,
        });
      },
      logWork: this.#metrics.logWork,
      storageFailed: (error) => this.#storageFailed(error),
    });
    try {
      await table.recover();
    } catch (error) {
      await table.closeLogs(false);
      this.#directory = null;
      await directory.close();
      throw error;
    }
    telemetry.event('logs_recovered', {
      ...recovered,
      cleanStop: directory.cleanStop !== null,
      durationMs: Math.round(clock.now() - startedAt),
    });
    this.#table = table;
    this.#state = 'fenced';
    this.#every('retention', config.logRetentionCheckIntervalMs, () => this.#applyRetention());
    this.#cleaner = new LogCleaner({
      clock,
      random,
      codecs: this.#options.codecs ?? NO_CODECS,
      telemetry,
      hosts: () => table.hosts(),
      backoffMs: config.logCleanerBackoffMs,
      dedupeBufferBytes: config.logCleanerDedupeBufferBytes,
      ioBytesPerSecondMax: config.logCleanerIoMaxBytesPerSecond,
      failed: (error) => this.#fail(error),
    });
    this.#cleaner.start();
    this.#every('marks', config.durableMarkIntervalMs, () => {
      directory.marks.maybeRewrite(clock.now()).catch((error: unknown) => this.#fail(error));
    });
    this.#checkDisk();
    this.#every('disk', config.diskCheckIntervalMs, () => this.#checkDisk());
    const session = new ControllerSession(
      {
        endpoint: endpoints.controller,
        transport: controllers,
        clock,
        heartbeatMs: config.brokerHeartbeatIntervalMs,
        reconnectMs: config.sessionReconnectBackoffMs,
        silenceMs: config.brokerSessionTimeoutMs,
        registration: () => this.#registration(),
        onRegistered: (answer) => this.#onRegistered(answer),
        onRefused: (reason) => this.#onRefused(reason),
        onMessage: (message) => this.#onSessionMessage(message),
        onHeartbeatAnswer: ({ fenced, mayStop }) => {
          this.#mayStop = mayStop;
          this.#setFenced(fenced);
        },
        onLost: (error) => {
          telemetry.event('session_lost', {
            controller: addressOf(endpoints.controller),
            ...(error === null ? {} : { error: error.message }),
          });
          // Clients are shown whether the controller can be reached.
          this.door.metadataChanged();
        },
      },
      () => ({
        nextOffset: this.metadata.nextOffset,
        readyToServe: this.#recordedEpoch !== null,
        wantsToStop: this.#wantsToStop,
        full: this.#full,
      }),
    );
    this.#session = session;
    this.#coordinators.start();
    session.open();
  }

  /** Resolves when the controller has unfenced this broker. */
  active(): Promise<void> {
    if (this.#state === 'active') return Promise.resolve();
    return new Promise((resolve) => this.#activeWaiters.add(resolve));
  }

  /**
   * A clean stop: hands leadership over (X5), syncs, leaves the in-sync replicas, marks the stop.
   * Within `timeoutMs`, after which what has not been handed over is left to an election.
   */
  async stop(timeoutMs: number): Promise<void> {
    const { clock } = this.#options;
    if (this.#state === 'offline') {
      await this.#release(false);
      return;
    }
    this.#wantsToStop = true;
    this.#state = 'stopping';
    const deadline = clock.now() + timeoutMs;
    if (this.#session?.connected === true) {
      this.#session.beat();
      await this.#until(() => this.#mayStop || this.#session?.connected !== true, deadline);
    }
    const epoch = this.#brokerEpoch;
    if (epoch !== null && this.#session?.connected === true) {
      this.#session.send({ kind: 'goodbye', brokerEpoch: epoch });
      // The controller takes us out of every ISR; until then leaders would wait for us.
      await this.#until(
        () => this.#isFencedInImage() || this.#session?.connected !== true,
        deadline,
      );
    }
    await this.#release(true);
  }

  /** kill −9 for brokers that share a process: everything ends where it is. */
  crash(): void {
    this.#state = 'offline';
    this.#halt();
  }

  /** After a start that threw: lets go of the data directory. */
  async abandon(): Promise<void> {
    await this.#release(false);
  }

  status(): BrokerStatus {
    let leading = 0;
    let underReplicated = 0;
    let pendingProduces = 0;
    const hosts = [...(this.#table?.hosts() ?? [])];
    for (const host of hosts) {
      pendingProduces += host.pendingProduces;
      const { role, isr, followers } = host.view();
      if (role !== 'leader') continue;
      leading += 1;
      if (isr.length < followers.length + 1) underReplicated += 1;
    }
    return {
      nodeId: this.id,
      brokerEpoch: this.#brokerEpoch,
      clusterId: this.metadata.image.clusterId,
      state: this.#state,
      reason: this.#reason,
      partitions: hosts.length,
      leading,
      underReplicated,
      pendingProduces,
      pendingFetches: this.door.pendingFetches,
      fetchStreams: this.door.fetchStreams,
      followerStreams: this.#streams.followerStreams,
    };
  }

  onTurnEnd(): void {
    if (this.#logEndsDue) {
      this.#logEndsDue = false;
      // Without a session the next one begins with a registration anyway, and a broker that has
      // stopped in this very turn has let go of its logs.
      if (this.#directory !== null) {
        this.#session?.send({ kind: 'register', registration: this.#registration() });
      }
    }
    const requests = this.#proposals;
    this.#proposals = [];
    if (requests.length === 0 || this.#brokerEpoch === null) return;
    // Without a session the machines send them again on the next one.
    this.#session?.send({ kind: 'alterPartition', brokerEpoch: this.#brokerEpoch, requests });
  }

  // --- The session with the controller. ---

  #registration(): BrokerRegistration {
    const { probe, config } = this.#options;
    assert(this.#directory !== null && this.#table !== null, 'a broker registers after recovery');
    assert(this.#endpoints !== null, 'a broker registers after its listeners are bound');
    const marks = this.#directory.marks.load();
    return {
      broker: this.id,
      incarnationId: this.#incarnation,
      clusterId: this.#directory.clusterId,
      diskId: this.#directory.diskId,
      bootId: probe.bootId,
      grpc: this.#endpoints.grpc,
      http: this.#endpoints.http,
      rack: config.brokerRack === '' ? null : config.brokerRack,
      pid: probe.pid,
      dataDirectory: config.logDir,
      previousBrokerEpoch: marks.brokerEpoch,
      markFileIntact: marks.intact,
      metadataOffset:
        this.metadata.nextOffset > 0 ? lastApplied(this.metadata.nextOffset) : marks.metadataOffset,
      replicas: this.#table.reports(),
    };
  }

  #onRegistered(answer: Extract<SessionResponse, { kind: 'registered' }>): void {
    const { telemetry } = this.#options;
    const directory = this.#directory;
    assert(directory !== null && this.#endpoints !== null, 'registered before the start');
    this.#brokerEpoch = answer.brokerEpoch;
    this.#streams.identify(answer.clusterId, answer.brokerEpoch);
    telemetry.event('session_opened', {
      controller: addressOf(this.#endpoints.controller),
      controllerEpoch: answer.controllerEpoch,
      brokerEpoch: answer.brokerEpoch,
    });
    if (this.#recordedEpoch === answer.brokerEpoch) return;
    this.#recordedEpoch = null;
    directory
      .recordClusterId(answer.clusterId)
      .then(() => directory.marks.setBrokerEpoch(answer.brokerEpoch))
      .then(
        () => {
          if (this.#brokerEpoch !== answer.brokerEpoch) return;
          this.#recordedEpoch = answer.brokerEpoch;
          this.#session?.beat();
        },
        (error: unknown) => this.#fail(error),
      );
  }

  #onRefused(reason: Refusal): void {
    const { telemetry } = this.#options;
    assert(this.#endpoints !== null, 'refused before the start');
    telemetry.event('session_refused', {
      controller: addressOf(this.#endpoints.controller),
      code: reason.code,
      reason: reason.message,
    });
    this.#reason = reason.message;
    // Another start will not help here: an operator must change something first.
    if (FATAL_REFUSALS.has(reason.code)) this.#fail(new OdradekError(reason.code, reason.message));
  }

  #onSessionMessage(
    message: Exclude<
      SessionResponse,
      { kind: 'registered' } | { kind: 'refused' } | { kind: 'heartbeatAnswer' }
    >,
  ): void {
    switch (message.kind) {
      case 'snapshot':
      case 'events':
        return this.#applyMetadata(message);
      case 'alterPartitionReply':
        for (const { request, result } of message.results) {
          this.#table?.host(partitionKey(request.topicId, request.partition))?.enqueue({
            kind: 'alterPartitionReply',
            request,
            result: result.ok ? { ok: true, ...result.state } : result,
          });
        }
        return;
      case 'handover':
        this.#table?.host(partitionKey(message.topicId, message.partition))?.enqueue({
          kind: 'handover',
          target: message.target,
          partitionEpoch: message.partitionEpoch,
        });
        return;
      default:
        assertNever(message);
    }
  }

  #applyMetadata(
    message: Extract<SessionResponse, { kind: 'snapshot' } | { kind: 'events' }>,
  ): void {
    const change = this.metadata.apply(message);
    // From a deposed controller: the session with the active one brings what counts (C8).
    if (change === null) return;
    if (this.metadata.nextOffset > 0) {
      this.#directory?.marks.setMetadataOffset(lastApplied(this.metadata.nextOffset));
    }
    this.#reconcile(change);
    if (message.kind === 'snapshot') {
      for (const host of this.#table?.hosts() ?? []) host.enqueue({ kind: 'controllerConnected' });
    }
    this.#session?.applied(this.metadata.nextOffset);
    // An answer to a heartbeat sent from here on finds this offset: unfencing need not wait for the
    // next period.
    if (message.kind === 'snapshot') this.#session?.beat();
    this.#coordinators.metadataChanged();
    this.door.metadataChanged();
  }

  /** Brings the local replicas in line with the image. */
  #reconcile(change: MetadataChange): void {
    const table = this.#table;
    assert(table !== null, 'metadata arrives after recovery');
    for (const topic of change.deleted) {
      const own = topic.partitions.filter(({ replicas }) => replicas.includes(this.id));
      this.#metrics.forget(
        topic,
        own.map(({ partition }) => partition),
      );
      for (const { partition } of own) {
        this.#streams.forget(partitionKey(topic.topicId, partition));
        table
          .delete(topic.name, topic.topicId, partition)
          .catch((error: unknown) => this.#fail(error));
        this.#options.telemetry.event('replica_removed', { topic: topic.name, partition });
      }
    }
    for (const topic of change.reconfigured) table.reconfigure(topic);
    for (const { topic, partition } of change.touched) {
      table.withHost(topic, partition, (host) => {
        // A replica that took a while to make gets the state of now.
        const state = this.metadata.image.partition(host.topicId, host.partition);
        if (state === undefined) return;
        this.#metrics.ensure(host);
        host.enqueue({
          kind: 'metadata',
          partition: partitionMetadata(this.metadata.image, topic.topicId, state),
        });
        if (state.leader === null && isCandidate(state, this.id)) {
          // Behind the metadata: from there on nothing of an older leader is appended.
          host.enqueueTask(() => this.#sayLogEnds());
        }
        if (this.#full) host.enqueue({ kind: 'disk', full: true });
        const leader =
          state.leader === null || state.leader === this.id
            ? undefined
            : this.metadata.image.broker(state.leader);
        this.#streams.follow(
          host,
          leader === undefined ? null : { id: leader.id, endpoint: leader.grpc },
        );
      });
    }
    this.#streams.prune();
  }

  /**
   * X3, C6: nobody leads a partition that this broker might, perhaps because nobody knows who is
   * furthest. What it said when it registered may have been said under another leader, so it is
   * said again, once a turn for however many partitions.
   */
  #sayLogEnds(): Promise<void> {
    this.#logEndsDue = true;
    this.turn.add('answer', this);
    return Promise.resolve();
  }

  #setFenced(fenced: boolean): void {
    if (this.#state === 'stopping' || this.#state === 'offline') return;
    this.#state = fenced ? 'fenced' : 'active';
    if (fenced) return;
    this.#reason = null;
    for (const resolve of this.#activeWaiters) resolve();
    this.#activeWaiters.clear();
  }

  #isFencedInImage(): boolean {
    return this.metadata.image.broker(this.id)?.fenced !== false;
  }

  // --- What partition hosts ask for. ---

  #surroundings(): PartitionSurroundings {
    const streams = this.#streams;
    return {
      controllerLease: (): Instant => this.#session?.lease ?? this.#options.clock.now(),
      feed: (host, effect) =>
        streams.feed(effect.follower)?.open(host, {
          generation: effect.generation,
          leaderEpoch: effect.leaderEpoch,
          startOffset: effect.startOffset,
        }),
      feedProgress: (host, follower, offset) => streams.feed(follower)?.progress(host.key, offset),
      stopFeed: (host, follower) => streams.feed(follower)?.stop(host.key),
      feedable: (host) => streams.feedable(host.key),
      answerFollower: (host, effect) => streams.feed(effect.follower)?.answer(host, effect.frame),
      sendPosition: (host, effect) =>
        streams.link(effect.leader)?.sendPosition(host.topicId, host.partition, effect.position),
      closeSession: (host, leader) =>
        streams.link(leader)?.closeSession(host.topicId, host.partition),
      alterPartition: (request) => {
        this.#proposals.push(request);
        this.turn.add('answer', this);
      },
      handoverReady: (host, effect) => this.#handoverReady(host, effect),
      damaged: (host, reason) => {
        if (this.#brokerEpoch === null) return;
        this.#session?.send({
          kind: 'replicaState',
          brokerEpoch: this.#brokerEpoch,
          topicId: host.topicId,
          partition: host.partition,
          state: 'damaged',
          reason,
        });
        this.#options.telemetry.event('replica_damaged', {
          topic: host.topic,
          partition: host.partition,
          offset: host.log.logStartOffset,
          reason,
        });
      },
      observed: (host, event) => this.#observed(host, event),
      truncated: (host, cut) => {
        this.#metrics.truncated(cut.bytes);
        this.#options.telemetry.event('truncated', {
          topic: host.topic,
          partition: host.partition,
          fromOffset: cut.fromOffset,
          toOffset: cut.toOffset,
          bytes: cut.bytes,
          reason: cut.reason,
          leader: host.view().leader,
          leaderEpoch: host.view().leaderEpoch,
        });
      },
      answered: () => this.door.answered(),
      failed: (error) => this.#fail(error),
    };
  }

  #handoverReady(host: PartitionHost, effect: Extract<Effect, { kind: 'handoverReady' }>): void {
    if (this.#brokerEpoch === null) return;
    const { target, leaderEpoch, partitionEpoch } = effect;
    this.#session?.send({
      kind: 'handoverReady',
      brokerEpoch: this.#brokerEpoch,
      topicId: host.topicId,
      partition: host.partition,
      target,
      leaderEpoch,
      partitionEpoch,
    });
  }

  #observed(host: PartitionHost, event: Observation): void {
    const { telemetry } = this.#options;
    const { topic, partition } = host;
    switch (event.kind) {
      case 'becameLeader':
        this.#coordinators.roleChanged(host);
        telemetry.event('became_leader', {
          topic,
          partition,
          leaderEpoch: event.leaderEpoch,
          logEndOffset: event.startOffset,
          highWatermark: host.highWatermark,
        });
        return;
      case 'becameFollower':
        this.#coordinators.roleChanged(host);
        telemetry.event('became_follower', {
          topic,
          partition,
          leader: event.leader,
          leaderEpoch: event.leaderEpoch,
          logEndOffset: host.log.logEndOffset,
        });
        return;
      case 'isrShrinkProposed':
        for (const { id, cause, logEndOffset } of event.removed) {
          this.#metrics.shrunk(cause);
          telemetry.event('isr_changed', {
            topic,
            partition,
            isr: host.view().isr.filter((member) => member !== id),
            left: [id],
            joined: [],
            cause: cause === 'cut-off' ? 'cut off' : cause === 'ineligible' ? 'stopping' : cause,
            behindBytes: logEndOffset === null ? undefined : host.log.bytesFrom(logEndOffset),
          });
        }
        return;
      case 'isrExpandProposed':
        this.#metrics.expanded();
        telemetry.event('isr_changed', {
          topic,
          partition,
          isr: [...host.view().isr, event.added],
          left: [],
          joined: [event.added],
          cause: 'caught up',
        });
        return;
      case 'isrCommitted':
        return;
      case 'selfFenced':
        telemetry.event('self_fenced', {
          controllerSilentMs: Math.round(event.controllerSilentMs),
          topic,
          partition,
        });
        return;
      case 'leaseRenewed':
        telemetry.event('self_unfenced', {});
        return;
      case 'handoverHeld':
        telemetry.event('handover_started', {
          topic,
          partition,
          to: event.target,
          leaderEpoch: host.view().leaderEpoch,
        });
        return;
      case 'handoverEnded':
        this.#metrics.handedOver(event.outcome);
        return;
      default:
        assertNever(event);
    }
  }

  // --- Housekeeping. ---

  #applyRetention(): void {
    const { clock, telemetry } = this.#options;
    const { producerIdExpirationMs } = this.#options.config;
    for (const host of this.#table?.hosts() ?? []) {
      host.expireProducers(clock.timestamp(), producerIdExpirationMs);
      host.enqueueTask(async () => {
        const before = { start: host.log.logStartOffset, bytes: host.log.sizeBytes };
        const after = await host.log.applyRetention(clock.timestamp(), host.highWatermark);
        if (after === before.start) return;
        const bytes = before.bytes - host.log.sizeBytes;
        this.#metrics.retentionDeleted(bytes);
        telemetry.event('retention_deleted', {
          topic: host.topic,
          partition: host.partition,
          segments: 0,
          bytes,
          logStartOffset: after,
          cause: 'time or size',
        });
        host.enqueue({ kind: 'logStartAdvanced', logStartOffset: after });
      });
    }
  }

  #freeBytes(): number {
    const { fileSystem, config } = this.#options;
    return fileSystem.freeBytes(config.logDir);
  }

  #checkDisk(): void {
    const { config, telemetry } = this.#options;
    const freeBytes = this.#freeBytes();
    this.#lastFreeBytes = freeBytes;
    const full = freeBytes < config.diskReserveBytes;
    if (full === this.#full) return;
    this.#full = full;
    if (full) {
      telemetry.event('disk_full', { freeBytes, reserveBytes: config.diskReserveBytes });
    } else {
      telemetry.event('disk_freed', { freeBytes });
    }
    for (const host of this.#table?.hosts() ?? []) host.enqueue({ kind: 'disk', full });
    this.#session?.beat();
  }

  #storageFailed(error: FileSystemError): void {
    this.#options.telemetry.event('data_directory_offline', {
      dataDirectory: this.#options.config.logDir,
      error,
    });
    this.#fail(error);
  }

  /** X12 and bugs alike: from here on nothing is acknowledged, and the process is to end. */
  #fail(error: unknown): void {
    if (this.#state === 'offline') return;
    this.#state = 'offline';
    this.#reason = error instanceof Error ? error.message : String(error);
    this.#halt();
    this.#reportFailure(
      error instanceof InvariantViolation || error instanceof OdradekError
        ? error
        : error instanceof FileSystemError
          ? new OdradekError(
              'KAFKA_STORAGE_ERROR',
              `the disk under ${this.#options.config.logDir} failed (${error.message}): ` +
                'the broker stops, because nothing that it acknowledged from here on could be relied on',
              { cause: error },
            )
          : error,
    );
  }

  #halt(): void {
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
    void this.#cleaner?.stop();
    this.#coordinators.close();
    this.#table?.closeHosts();
    this.#streams.close();
    this.#session?.close();
    this.door.close();
  }

  async #release(clean: boolean): Promise<void> {
    this.#halt();
    const directory = this.#directory;
    this.#directory = null;
    if (directory === null) return;
    await this.#cleaner?.stop();
    await this.#table?.closeLogs(clean);
    const epoch = this.#brokerEpoch;
    if (clean && epoch !== null) await directory.closeCleanly(epoch);
    else await directory.close();
    this.#state = 'offline';
  }

  #every(name: string, milliseconds: number, action: () => void): void {
    const timer = this.#options.clock.setTimer(milliseconds, () => {
      if (this.#timers.get(name) !== timer) return;
      action();
      if (this.#timers.get(name) === timer) this.#every(name, milliseconds, action);
    });
    this.#timers.set(name, timer);
  }

  /** Looks again every few milliseconds until `condition` holds or the time is over. */
  async #until(condition: () => boolean, deadline: number): Promise<void> {
    const { clock } = this.#options;
    while (!condition() && clock.now() < deadline) {
      await new Promise<void>((resolve) => clock.setTimer(STOP_POLL_MS, resolve));
    }
  }
}

function isCandidate({ elr, lastKnownElr }: PartitionState, broker: NodeId): boolean {
  return elr.includes(broker) || lastKnownElr.includes(broker);
}

export function addressOf(endpoint: Endpoint): string {
  return `${endpoint.host}:${endpoint.port}`;
}

/** The offset of the last event below `nextOffset`, of which there is one. */
function lastApplied(nextOffset: MetadataOffset): MetadataOffset {
  return metadataOffset(nextOffset - 1);
}

/** Of a frame to a follower: large enough to be cheap per byte, small enough to share a stream. */
const REPLICA_FRAME_BYTES = 1024 * 1024;
const STOP_POLL_MS = 5;
/** What a coordinator asks of the controller; whoever waits for it asks again. */
const COORDINATION_TIMEOUT_MS = 5_000;

const FATAL_REFUSALS: ReadonlySet<ErrorCode> = new Set([
  'DUPLICATE_BROKER_REGISTRATION',
  'INCONSISTENT_CLUSTER_ID',
]);
