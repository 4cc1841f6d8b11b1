/**
 * Three brokers and a controller in this thread, with everything but their disks as in production:
 * gRPC on loopback in front of each. Beside them a broker that is none (`Impostor`), so that there is
 * a follower to speak for, and a bystander.
 */
import {
  clusterId,
  diskId,
  incarnationId,
  instant,
  metadataOffset,
  nodeId,
} from '../../src/base/ids.ts';
import type { BrokerEpoch } from '../../src/base/ids.ts';
import { loadControllerConfig } from '../../src/config/load.ts';
import type { SessionRequest } from '../../src/controller/types.ts';
import { Doors } from '../../src/main.ts';
import { startCluster } from '../../src/testing/index.ts';
import type { TestCluster } from '../../src/testing/index.ts';
import type { Logger } from '../../src/telemetry/logger.ts';
import { createTelemetry } from '../../src/telemetry/telemetry.ts';
import { CONTROLLER_SERVICE } from '../../src/wire/internal-services.ts';
import { Bystander } from './bystander.ts';
import { RawGrpc } from './raw-grpc.ts';
import type { RawStream } from './raw-grpc.ts';
import { expectThat } from './surface.ts';

const BROKERS = 3;
const PARTITIONS = 3;
/** The topic that inputs are about. */
export const VICTIM = 'victim';
/** One that the impostor has replicas of as well. */
export const SHARED = 'shared';
/** An id of its own among the brokers'. */
export const IMPOSTOR = 4;

const SETTINGS = {
  // A machine that is busy with other tests must not look like one that is gone.
  'broker.session.timeout.ms': '9s',
  'grpc.message.bytes.max': '256KiB',
  'message.max.bytes': '128KiB',
  'fetch.max.bytes': '192KiB',
  'fetch.max.wait.ms': '20',
  'fetch.stream.frame.bytes': '128KiB',
  'produce.timeout.max.ms': '1s',
  'replica.lag.time.max.ms': '2s',
  'topic.partitions.max': '6',
  'metadata.snapshot.events': '1000',
};
const GONE_MS = 15_000;
const HEARTBEAT_MS = 300;

export class LiveCluster {
  readonly cluster: TestCluster;
  readonly controller: RawGrpc;
  /** By id less 1. */
  readonly brokers: readonly RawGrpc[];
  readonly #doors: Doors;
  readonly #errors: ErrorRecorder;
  #populated: Populated | null = null;
  #populating: Promise<Populated> | null = null;

  private constructor(
    cluster: TestCluster,
    doors: Doors,
    controllerAddress: string,
    errors: ErrorRecorder,
  ) {
    this.cluster = cluster;
    this.#doors = doors;
    this.#errors = errors;
    this.controller = new RawGrpc(controllerAddress);
    this.brokers = cluster.bootstrap.map((address) => new RawGrpc(address));
  }

  static async start(): Promise<LiveCluster> {
    const errors = new ErrorRecorder();
    const telemetry = () => createTelemetry(errors);
    const cluster = await startCluster({ brokers: BROKERS, settings: SETTINGS, telemetry });
    const { host } = cluster.controller;
    const loaded = loadControllerConfig({ flags: { 'log.dir': '/data', 'grpc.port': '0' } });
    if ('problems' in loaded || host === null) throw new Error('there is no controller');
    const doors = new Doors({ ...loaded.config, httpPort: 0 }, telemetry(), (error) => {
      throw error;
    });
    const { grpc } = await doors.openController(host);
    return new LiveCluster(cluster, doors, `${grpc.host}:${grpc.port}`, errors);
  }

  /** Topics, the impostor and the bystander: made when they are first asked for. */
  populated(): Populated | Promise<Populated> {
    this.#populating ??= Populated.make(this).then((populated) => {
      this.#populated = populated;
      return populated;
    });
    return this.#populated ?? this.#populating;
  }

  /** Every process is at work, and none has met an error that it did not expect. */
  expectAlive(): void {
    const { unexpected } = this.#errors;
    expectThat(unexpected === null, () => `a process logged ${describe(unexpected)}`);
    for (const { name, broker } of this.cluster.nodes.brokers) {
      // A stall may fence a broker for a moment: `populated` waits until none is.
      const isAtWork = broker.state === 'active' || broker.state === 'fenced';
      expectThat(isAtWork, () => `${name} is ${broker.state}: ${broker.status().reason}`);
    }
    const { host } = this.cluster.controller;
    expectThat(host?.active === true, () => `the controller is passive: ${host?.status().reason}`);
  }

  /**
   * Ends the bystander, deletes every topic, and waits until nobody waits for anything and nothing is
   * held open that was not when the cluster was new.
   */
  async settle(): Promise<void> {
    const populated = await this.#populating;
    this.#populating = null;
    this.#populated = null;
    await populated?.leave();
    this.expectAlive();
    const client = this.cluster.client();
    try {
      for (const { name } of await client.admin.listTopics()) {
        // The controller’s own service makes what no client may, and takes it away again.
        if (!name.startsWith('__')) await client.admin.deleteTopic(name);
        else await this.cluster.controller.host?.admin({ kind: 'deleteTopic', name });
      }
    } finally {
      await client.close();
    }
    const giveUpAt = performance.now() + GONE_MS;
    for (let held = this.#held(); held.length > 0; held = this.#held()) {
      expectThat(performance.now() < giveUpAt, () => `still held: ${held.join(', ')}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async close(): Promise<void> {
    // Whatever it has met has been told by `settle`, or what it tells of is the end of the run.
    await Promise.allSettled([this.#populating?.then((populated) => populated.leave())]);
    this.controller.close();
    for (const broker of this.brokers) broker.close();
    await this.#doors.close(1_000);
    await this.cluster.stop();
    // Whatever was decided in all that time can be read by the next controller.
    await this.cluster.controller.start();
    await this.cluster.controller.stop();
  }

  #held(): string[] {
    return this.cluster.nodes.brokers.flatMap(({ name, broker, disk }) => {
      const { pendingProduces, pendingFetches, fetchStreams, partitions } = broker.status();
      const { inflightBytes } = broker.door;
      const openLogs = disk.openPaths().length;
      // No partition is left that anybody could follow.
      const { followerStreams } = broker.status();
      return Object.entries({
        ...{ pendingProduces, pendingFetches, fetchStreams, partitions, inflightBytes },
        ...{ openLogs, followerStreams },
      }).flatMap(([what, count]) => (count === 0 ? [] : [`${name} ${what} ${count}`]));
    });
  }
}

/** What inputs find. Left with `leave`. */
export class Populated {
  readonly clusterId: string;
  readonly victimId: string;
  readonly sharedId: string;
  readonly impostorEpoch: BrokerEpoch;
  readonly #bystander: Bystander;
  readonly #impostor: Impostor;
  readonly #client: { close(): Promise<void> };

  private constructor(parts: {
    readonly ids: { readonly cluster: string; readonly victim: string; readonly shared: string };
    readonly impostor: Impostor;
    readonly bystander: Bystander;
    readonly client: { close(): Promise<void> };
  }) {
    this.clusterId = parts.ids.cluster;
    this.victimId = parts.ids.victim;
    this.sharedId = parts.ids.shared;
    this.impostorEpoch = parts.impostor.epoch;
    this.#impostor = parts.impostor;
    this.#bystander = parts.bystander;
    this.#client = parts.client;
  }

  static async make(live: LiveCluster): Promise<Populated> {
    await Promise.all(live.cluster.nodes.brokers.map((node) => node.active()));
    const client = live.cluster.client();
    const create = (name: string, replicationFactor: number) =>
      client.admin.createTopic(name, { partitions: PARTITIONS, replicationFactor });
    await create(Bystander.topic, BROKERS);
    const victim = await create(VICTIM, BROKERS);
    const cluster = live.cluster.controller.host?.status().clusterId ?? '';
    const impostor = await Impostor.register(live.controller.stream(SESSION), cluster);
    const shared = await create(SHARED, BROKERS + 1);
    const ids = { cluster, victim: victim.id, shared: shared.id };
    const bystander = new Bystander(client, PARTITIONS);
    return new Populated({ ids, impostor, bystander, client });
  }

  async leave(): Promise<void> {
    await this.#bystander.stop();
    await this.#impostor.leave();
    await this.#client.close();
  }
}

const SESSION = CONTROLLER_SERVICE.session.path;

/** A broker that is registered, unfenced and never there. */
class Impostor {
  readonly epoch: BrokerEpoch;
  readonly #stream: RawStream;
  readonly #timer: NodeJS.Timeout;

  private constructor(stream: RawStream, epoch: BrokerEpoch) {
    this.epoch = epoch;
    this.#stream = stream;
    this.#timer = setInterval(() => this.#heartbeat(), HEARTBEAT_MS);
  }

  static async register(stream: RawStream, cluster: string): Promise<Impostor> {
    stream.send(encode(registrationOf(IMPOSTOR, cluster)));
    const answer = await stream.firstAnswer();
    const registered =
      answer === null ? null : CONTROLLER_SERVICE.session.responseDeserialize(answer);
    if (registered?.kind !== 'registered') throw new Error('the impostor is not registered');
    const impostor = new Impostor(stream, registered.brokerEpoch);
    const giveUpAt = performance.now() + GONE_MS;
    while (!stream.some((bytes) => isUnfenced(bytes))) {
      if (performance.now() > giveUpAt) throw new Error('the impostor stays fenced');
      impostor.#heartbeat();
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return impostor;
  }

  async leave(): Promise<void> {
    clearInterval(this.#timer);
    await this.#stream.cancel();
  }

  #heartbeat(): void {
    this.#stream.forgetAnswers();
    this.#stream.send(
      encode({
        kind: 'heartbeat',
        brokerEpoch: this.epoch,
        sentAt: instant(performance.now()),
        // It has seen everything that there will ever be.
        appliedOffset: metadataOffset(Number.MAX_SAFE_INTEGER - 1),
        readyToServe: true,
        wantsToStop: false,
        full: false,
      }),
    );
  }
}

function isUnfenced(bytes: Buffer): boolean {
  const answer = CONTROLLER_SERVICE.session.responseDeserialize(bytes);
  return answer.kind === 'heartbeatAnswer' && !answer.fenced;
}

function registrationOf(broker: number, cluster: string): SessionRequest {
  return {
    kind: 'register',
    registration: {
      broker: nodeId(broker),
      incarnationId: incarnationId('I'.repeat(22)),
      clusterId: clusterId(cluster),
      diskId: diskId('D'.repeat(22)),
      bootId: 'boot',
      grpc: { host: '127.0.0.1', port: 1 },
      http: null,
      rack: null,
      pid: null,
      dataDirectory: null,
      previousBrokerEpoch: null,
      markFileIntact: true,
      metadataOffset: null,
      replicas: [],
    },
  };
}

function encode(request: SessionRequest): Buffer {
  return CONTROLLER_SERVICE.session.requestSerialize(request);
}

/** Keeps the first error that a process did not expect. */
class ErrorRecorder implements Logger {
  unexpected: unknown = null;

  event(name: string, fields: object): void {
    if (name !== 'request_failed' && name !== 'process_failed') return;
    this.unexpected ??= 'error' in fields ? fields.error : name;
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
