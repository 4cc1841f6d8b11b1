import { assert } from '../base/assert.ts';
import type { Clock } from '../base/clock.ts';
import { OdradekError } from '../base/errors.ts';
import type { Random } from '../base/random.ts';
import { codecFor } from '../client/compression/codecs.ts';
import { installedCodecs } from '../log/batch-codecs.ts';
import type { ProcessProbe } from '../log/directory-lock.ts';
import { Broker } from '../broker/broker.ts';
import { ControllerHost } from '../broker/controller-host.ts';
import {
  loadBrokerConfig,
  loadControllerConfig,
  settingsOf,
  type LoadedConfig,
} from '../config/load.ts';
import type { BrokerConfig, ControllerConfig } from '../config/config.ts';
import type {
  ControllerApi,
  ControllerTransport,
  PeerAcceptor,
  PeerTransport,
} from '../broker/interfaces.ts';
import type { Endpoint } from '../controller/types.ts';
import { JournalStore } from '../metadata/journal-store.ts';
import { createTelemetry, type Telemetry } from '../telemetry/telemetry.ts';
import type { CrashOptions } from './memory-file.ts';
import { MemoryFileSystem } from './memory-file-system.ts';
import { MemoryMachine } from './memory-machine.ts';
import { MemoryNetwork } from './memory-network.ts';

/** The streams between the processes of a cluster, and who listens on them. */
export interface ClusterNetwork {
  listenController(name: string, endpoint: Endpoint, api: ControllerApi): void;
  listenBroker(name: string, endpoint: Endpoint, door: PeerAcceptor): void;
  /** The process is gone: nobody can connect. */
  remove(name: string): void;
  peersOf(name: string): PeerTransport;
  controllersOf(name: string): ControllerTransport;
}

export interface ClusterNodesOptions<Network extends ClusterNetwork = MemoryNetwork> {
  readonly brokers: number;
  /** Settings of every process, by their dotted names. */
  readonly settings: Readonly<Record<string, string>>;
  readonly clock: Clock;
  /** The clock of a process that is about to start, where each has its own. */
  readonly clockOf?: (name: string) => Clock;
  /** An empty disk for a process; one in memory that keeps to `clock` if not given. */
  readonly diskOf?: (name: string) => MemoryFileSystem;
  /** What joins the processes; a `MemoryNetwork` if not given. */
  readonly network?: Network;
  readonly random: Random;
  /** What each process logs and counts; silent if not given. */
  readonly telemetry?: (name: string) => Telemetry;
  /**
   * Puts listeners in front of a broker, at the port that it had before or 0 for any. By default its
   * address is one that only the cluster's network knows.
   */
  readonly listen?: (broker: Broker, options: ListenOptions) => Promise<Listening>;
}

export interface ListenOptions {
  readonly id: number;
  readonly port: number;
  /** The broker's own. */
  readonly config: BrokerConfig;
  readonly telemetry: Telemetry;
}

export interface Listening {
  readonly grpc: Endpoint;
  close(): Promise<void>;
}

/**
 * The processes of a cluster as objects: the production hosts over files in memory and a network of
 * values. Each has a disk of its own that outlives it, and can be stopped, killed, cut off or lose
 * power. What `startCluster` puts gRPC in front of, and the machine-level tests use as it is.
 */
export class ClusterNodes<Network extends ClusterNetwork = MemoryNetwork> {
  readonly network: Network;
  readonly controller: ControllerNode;
  readonly brokers: readonly BrokerNode[];

  constructor(options: ClusterNodesOptions<Network>) {
    this.network =
      options.network ?? (new MemoryNetwork(options.clock) as ClusterNetwork as Network);
    this.controller = new ControllerNode(this.network, options);
    this.brokers = Array.from(
      { length: options.brokers },
      (_, index) => new BrokerNode(index + 1, this.network, this.controller, options),
    );
  }

  /** Starts everything and resolves when every broker serves. */
  async start(): Promise<void> {
    await this.controller.start();
    await Promise.all(this.brokers.map((node) => node.start()));
    await Promise.all(this.brokers.map((node) => node.active()));
  }

  broker(id: number): BrokerNode {
    const node = this.brokers[id - 1];
    assert(node !== undefined, () => `there is no broker ${id}`);
    return node;
  }

  /** Stops what runs, brokers first. */
  async stop(): Promise<void> {
    await Promise.all(this.brokers.map((node) => node.stop()));
    await this.controller.stop();
  }
}

/** One controller and its disk. */
export class ControllerNode {
  readonly name = 'controller';
  readonly endpoint: Endpoint = { host: 'controller.memory', port: 9191 };
  disk: MemoryFileSystem;
  readonly #network: ClusterNetwork;
  readonly #options: ClusterNodesOptions<ClusterNetwork>;
  #host: ControllerHost | null = null;

  constructor(network: ClusterNetwork, options: ClusterNodesOptions<ClusterNetwork>) {
    this.#network = network;
    this.#options = options;
    this.disk = newDisk(options, this.name);
  }

  get host(): ControllerHost | null {
    return this.#host;
  }

  async start(): Promise<void> {
    assert(this.#host === null, 'the controller is running');
    const { random, settings, telemetry } = this.#options;
    const clock = clockFor(this.#options, this.name);
    const config: ControllerConfig = configOf(
      loadControllerConfig({ flags: { 'log.dir': '/data', ...only(settings, 'controller') } }),
    );
    const host = new ControllerHost({
      config,
      store: new JournalStore(this.disk, '/data/metadata'),
      clock,
      random,
      pid: process.pid,
      telemetry: telemetry?.(this.name) ?? createTelemetry(),
    });
    await host.start();
    this.#host = host;
    this.#network.listenController(this.name, this.endpoint, host);
  }

  async stop(): Promise<void> {
    const host = this.#host;
    this.#host = null;
    this.#network.remove(this.name);
    await host?.stop();
  }

  /** kill −9, or the power goes: with `lose`, what was not synced is dropped, kept or torn. */
  kill(lose?: CrashOptions): void {
    const host = this.#host;
    this.#host = null;
    this.#network.remove(this.name);
    host?.crash();
    this.disk = lose === undefined ? this.disk.processCrash() : this.disk.crash(lose);
  }
}

/** One broker and its disk. */
export class BrokerNode {
  readonly id: number;
  readonly name: string;
  disk: MemoryFileSystem;
  readonly #network: ClusterNetwork;
  readonly #controller: ControllerNode;
  readonly #options: ClusterNodesOptions<ClusterNetwork>;
  readonly #machine = new MemoryMachine();
  #process: ProcessProbe | null = null;
  #broker: Broker | null = null;
  #listening: Listening | null = null;
  #port = 0;

  constructor(
    id: number,
    network: ClusterNetwork,
    controller: ControllerNode,
    options: ClusterNodesOptions<ClusterNetwork>,
  ) {
    this.id = id;
    this.name = `broker-${id}`;
    this.#network = network;
    this.#controller = controller;
    this.#options = options;
    this.disk = newDisk(options, this.name);
  }

  get running(): boolean {
    return this.#broker !== null;
  }

  get broker(): Broker {
    assert(this.#broker !== null, () => `${this.name} is not running`);
    return this.#broker;
  }

  /** Where clients reach it; null while it is down. */
  get address(): string | null {
    const listening = this.#listening;
    return listening === null ? null : `${listening.grpc.host}:${listening.grpc.port}`;
  }

  async start(): Promise<void> {
    assert(this.#broker === null, () => `${this.name} is running`);
    const { random, settings, listen } = this.#options;
    const telemetry = this.#options.telemetry?.(this.name) ?? createTelemetry();
    const clock = clockFor(this.#options, this.name);
    const config: BrokerConfig = configOf(
      loadBrokerConfig({
        flags: {
          'broker.id': String(this.id),
          'log.dir': '/data',
          ...only(settings, 'broker'),
        },
      }),
    );
    this.#process = this.#machine.startProcess();
    const broker = new Broker({
      config,
      fileSystem: this.disk,
      clock,
      random,
      probe: this.#process,
      peers: this.#network.peersOf(this.name),
      controllers: this.#network.controllersOf(this.name),
      telemetry,
      codecs: installedCodecs(codecFor),
    });
    const listenOptions = { id: this.id, port: this.#port, config, telemetry };
    const listening = (await listen?.(broker, listenOptions)) ?? {
      grpc: { host: `${this.name}.memory`, port: 9191 + this.id },
      close: () => Promise.resolve(),
    };
    this.#broker = broker;
    this.#listening = listening;
    this.#port = listening.grpc.port;
    this.#network.listenBroker(this.name, listening.grpc, broker.door);
    await broker.start({ controller: this.#controller.endpoint, grpc: listening.grpc, http: null });
  }

  active(): Promise<void> {
    return this.broker.active();
  }

  /** A clean stop, with hand-over. */
  async stop(timeoutMs = 5_000): Promise<void> {
    const broker = this.#broker;
    if (broker === null) return;
    await broker.stop(timeoutMs);
    await this.#gone();
  }

  /** kill −9, or the power goes: with `lose`, what was not synced is dropped, kept or torn. */
  async kill(lose?: CrashOptions): Promise<void> {
    const broker = this.#broker;
    if (broker === null) return;
    broker.crash();
    this.disk = lose === undefined ? this.disk.processCrash() : this.disk.crash(lose);
    if (lose !== undefined) this.#machine.reboot();
    await this.#gone();
  }

  async #gone(): Promise<void> {
    this.#network.remove(this.name);
    if (this.#process !== null) this.#machine.kill(this.#process);
    this.#broker = null;
    const listening = this.#listening;
    this.#listening = null;
    await listening?.close();
  }
}

function clockFor(options: ClusterNodesOptions<ClusterNetwork>, name: string): Clock {
  return options.clockOf?.(name) ?? options.clock;
}

function newDisk(options: ClusterNodesOptions<ClusterNetwork>, name: string): MemoryFileSystem {
  return options.diskOf?.(name) ?? new MemoryFileSystem({ clock: options.clock });
}

function configOf<Config>(loaded: LoadedConfig<Config>): Config {
  if ('problems' in loaded) throw new OdradekError('INVALID_CONFIG', loaded.problems.join('; '));
  return loaded.config;
}

/** The settings that this role knows. One that nobody knows goes to the brokers, which refuse it. */
export function only(
  settings: Readonly<Record<string, string>>,
  role: 'broker' | 'controller',
): Record<string, string> {
  const known = settingsOf(role);
  const foreign = settingsOf(role === 'broker' ? 'controller' : 'broker');
  return Object.fromEntries(
    Object.entries(settings).filter(
      ([name]) => name in known || (role === 'broker' && !(name in foreign)),
    ),
  );
}
