/**
 * A cluster for tests, in one process: the code that runs in production, over files in memory. Real
 * clients connect to it over gRPC on loopback.
 *
 * ```ts
 * await using cluster = await startCluster({ brokers: 3 });
 * const producer = cluster.client().producer();
 * ```
 */
import type { Clock } from '../base/clock.ts';
import type { Random } from '../base/random.ts';
import { Client, type ClientOptions } from '../client/index.ts';
import { Doors } from '../main.ts';
import { SystemClock } from '../platform/clock.ts';
import { SystemRandom } from '../platform/random.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import {
  ClusterNodes,
  type BrokerNode,
  type ControllerNode,
  type Listening,
  type ListenOptions,
} from './cluster.ts';
import type { MemoryNetwork } from './memory-network.ts';
import type { Broker } from '../broker/broker.ts';

export { ClusterNodes, BrokerNode, ControllerNode } from './cluster.ts';
export { MemoryFileSystem } from './memory-file-system.ts';
export { MemoryNetwork } from './memory-network.ts';
export { SeededRandom } from './seeded-random.ts';
export type {
  FinalRead,
  HistoryEvent,
  PartitionName,
  Poll,
  ReadRecord,
  Send,
  Truncation,
} from './judge/history.ts';
export { MalformedHistory } from './judge/history.ts';
export type { JudgeOptions } from './judge/judge.ts';
export { HistoryJudge, judge } from './judge/judge.ts';
export type { Anomaly, AnomalyKind, Counts, LostRecord, Verdict } from './judge/verdict.ts';
export { ANOMALY_KINDS, describeVerdict } from './judge/verdict.ts';
export type { RecorderOptions, SendStart, Written } from './judge/recorder.ts';
export { HistoryRecorder, OpenSend } from './judge/recorder.ts';
export type { Attempts } from './judge/outcome.ts';
export { outcomeOfError } from './judge/outcome.ts';
export { finalReads } from './judge/final-read.ts';
export { eventOf, eventsOf, lineOf } from './judge/history-lines.ts';

export interface StartClusterOptions {
  /** How many brokers; 3 if not given. Their ids are 1, 2, … */
  readonly brokers?: number;
  /** Settings of every process, by their names in the configuration (`log.segment.bytes`, …). */
  readonly settings?: Readonly<Record<string, string>>;
  readonly clock?: Clock;
  readonly random?: Random;
  /** What each process (`controller`, `broker-1`, …) logs and counts; silent if not given. */
  readonly telemetry?: (name: string) => Telemetry;
}

/** Starts a cluster and resolves when every broker serves. */
export async function startCluster(options: StartClusterOptions = {}): Promise<TestCluster> {
  const settings = options.settings ?? {};
  const nodes = new ClusterNodes({
    brokers: options.brokers ?? 3,
    settings,
    clock: options.clock ?? new SystemClock(),
    random: options.random ?? new SystemRandom(),
    ...(options.telemetry === undefined ? {} : { telemetry: options.telemetry }),
    listen: (broker, listenOptions) => listen(broker, listenOptions, settings),
  });
  const cluster = new TestCluster(nodes);
  try {
    await nodes.start();
  } catch (error) {
    await cluster.stop();
    throw error;
  }
  return cluster;
}

/** A running cluster; `await using` stops it. */
export class TestCluster {
  readonly nodes: ClusterNodes;
  readonly #clients = new Set<Client>();

  constructor(nodes: ClusterNodes) {
    this.nodes = nodes;
  }

  /** Where clients begin: the brokers that run. */
  get bootstrap(): readonly string[] {
    return this.nodes.brokers.flatMap((node) => node.address ?? []);
  }

  get controller(): ControllerNode {
    return this.nodes.controller;
  }

  /** Cuts and heals what goes between the processes (clients are not part of it). */
  get network(): MemoryNetwork {
    return this.nodes.network;
  }

  broker(id: number): BrokerNode {
    return this.nodes.broker(id);
  }

  /** A client of this cluster, closed with it. */
  client(options: ClientOptions = {}): Client {
    const client = new Client({ bootstrap: this.bootstrap, ...options });
    this.#clients.add(client);
    return client;
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#clients].map((client) => client.close()));
    await this.nodes.stop();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

/** gRPC on loopback in front of a broker; after a restart at the port that it had before. */
async function listen(
  broker: Broker,
  { port, config, telemetry }: ListenOptions,
  settings: Readonly<Record<string, string>>,
): Promise<Listening> {
  const advertisedPort = 'advertised.port' in settings ? config.advertisedPort : 0;
  const ports = { grpcPort: port, httpPort: 0, advertisedPort };
  const doors = new Doors({ ...config, ...ports }, telemetry, (error) => {
    broker.crash();
    throw error;
  });
  const { grpc } = await doors.openBroker(broker.door);
  doors.setServing(true);
  return { grpc, close: () => doors.close(0) };
}
