/** The processes of a run, where they live, and whether one has ended that nobody ended. */
import path from 'node:path';
import { ClusterProcess, eventually, freePorts } from '../integration/process-cluster.ts';
import type { Cleanup } from './cleanup.ts';
import type { Network } from './network.ts';
import { brokerNames, CONTROLLER, type NodeName } from './schedule.ts';
import { RESERVE_BYTES, type SmallDisk } from './small-disk.ts';

/** Longer than the brokers' own limit for a clean stop. */
const STOP_MS_MAX = 20_000;
export const READY_MS = 60_000;

export class ChaosNode {
  readonly name: NodeName;
  readonly process: ClusterProcess;
  /** A fault under which the process may end by itself. */
  mayEnd = false;
  readonly #onUnexpectedEnd: (sentence: string) => void;
  #isEnding = false;
  #runs = false;

  constructor(process: ClusterProcess, onUnexpectedEnd: (sentence: string) => void) {
    this.name = process.name;
    this.process = process;
    this.#onUnexpectedEnd = onUnexpectedEnd;
  }

  /** Starts it; does nothing if it runs. Does not wait until it is ready. */
  start(): void {
    if (this.#runs) return;
    this.process.spawn();
    this.#runs = true;
    this.#isEnding = false;
    void this.process.ended.then((code) => {
      this.#runs = false;
      if (this.#isEnding || this.mayEnd) return;
      this.#onUnexpectedEnd(`${this.name} ended by itself, with ${code ?? 'a signal'}`);
    });
  }

  /** Until it has come as far as to answer at all; not yet that it does its part. */
  async alive(signal: AbortSignal): Promise<void> {
    await eventually(`${this.name} to be alive`, READY_MS, async () => {
      return signal.aborted || (await this.process.get('/healthz'))?.ok === true;
    });
  }

  async kill(): Promise<void> {
    this.#isEnding = true;
    await this.process.kill();
  }

  /** A clean stop: resolves with the exit code, null after a signal: it had to be killed, say. */
  async stop(): Promise<number | null> {
    this.#isEnding = true;
    const timer = setTimeout(() => this.process.signal('SIGKILL'), STOP_MS_MAX);
    const code = await this.process.stop();
    clearTimeout(timer);
    return code;
  }

  /** Whether it does not run any more, now or after at most so long. */
  async endsWithin(milliseconds: number): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const over = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, milliseconds);
    });
    await Promise.race([this.process.ended, over]);
    clearTimeout(timer);
    return !this.#runs;
  }

  freeze(): void {
    this.process.signal('SIGSTOP');
  }

  thaw(): void {
    this.process.signal('SIGCONT');
  }
}

/** Made once for a run; its processes end with the run's cleanup. */
export class ChaosCluster {
  readonly directory: string;
  readonly nodes: ReadonlyMap<NodeName, ChaosNode>;
  readonly bootstrap: readonly string[];
  readonly network: Network | null;
  readonly smallDisks: ReadonlyMap<NodeName, SmallDisk>;
  /** Processes that ended although nobody ended them. */
  readonly unexpectedEnds: string[] = [];

  private constructor(options: ChaosClusterOptions, processes: readonly ClusterProcess[]) {
    this.directory = options.directory;
    this.network = options.network;
    this.smallDisks = options.smallDisks;
    this.nodes = new Map(
      processes.map((process) => [
        process.name,
        new ChaosNode(process, (sentence) => this.unexpectedEnds.push(sentence)),
      ]),
    );
    this.bootstrap = processes
      .filter(({ name }) => name !== CONTROLLER)
      .map((process) => process.grpc);
  }

  static async start(options: ChaosClusterOptions): Promise<ChaosCluster> {
    const { cleanup } = options;
    const names = [CONTROLLER, ...brokerNames(options.brokers)];
    const ports = await freePorts(2 * names.length);
    const args = ['--shutdown-timeout-ms', '10s'];
    const processes: ClusterProcess[] = [];
    for (const [index, name] of names.entries()) {
      const disk = options.smallDisks.get(name);
      const placed = {
        ...(disk === undefined ? {} : { dataDir: path.join(disk.directory, name) }),
        ...(options.network === null
          ? {}
          : { host: options.network.address(name), launcher: options.network.launcher(name) }),
      };
      const broker = [
        ...['--broker-id', String(index), '--controller-address', processes[0]?.grpc ?? ''],
        ...['--disk-reserve-bytes', String(RESERVE_BYTES), '--disk-check-interval-ms', '200ms'],
      ];
      processes.push(
        new ClusterProcess({
          name,
          directory: options.directory,
          role: name === CONTROLLER ? 'controller' : 'broker',
          grpcPort: ports[2 * index] as number,
          httpPort: ports[2 * index + 1] as number,
          args: name === CONTROLLER ? args : [...broker, ...args],
          ...placed,
        }),
      );
    }
    const cluster = new ChaosCluster(options, processes);
    cleanup.add('processes', () => cluster.#end());
    for (const node of cluster.nodes.values()) node.start();
    await cluster.ready(READY_MS, options.signal);
    return cluster;
  }

  node(name: NodeName): ChaosNode {
    const node = this.nodes.get(name);
    if (node === undefined) throw new Error(`there is no ${name}`);
    return node;
  }

  /** Until every process is ready to serve; resolves early when `signal` aborts. */
  async ready(timeoutMs: number, signal: AbortSignal): Promise<void> {
    await Promise.all(
      [...this.nodes.values()].map(({ name, process }) =>
        eventually(`${name} to be ready`, timeoutMs, async () => {
          return signal.aborted || (await process.get('/readyz'))?.ok === true;
        }),
      ),
    );
  }

  /** Clean, brokers first: their stop needs the controller. Resolves with who did not manage to. */
  async stop(): Promise<NodeName[]> {
    const brokers = [...this.nodes.values()].filter(({ name }) => name !== CONTROLLER);
    const unclean: NodeName[] = [];
    const stop = async (node: ChaosNode): Promise<void> => {
      if ((await node.stop()) !== 0) unclean.push(node.name);
    };
    await Promise.all(brokers.map(stop));
    await stop(this.node(CONTROLLER));
    return unclean;
  }

  async #end(): Promise<void> {
    // Frozen ones die too.
    await Promise.all([...this.nodes.values()].map((node) => node.kill()));
  }
}

export interface ChaosClusterOptions {
  readonly directory: string;
  readonly brokers: number;
  readonly network: Network | null;
  readonly smallDisks: ReadonlyMap<NodeName, SmallDisk>;
  readonly cleanup: Cleanup;
  readonly signal: AbortSignal;
}
