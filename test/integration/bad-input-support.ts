/** What the tests of bad input share: raw gRPC, bystanders that must notice nothing, and footprints. */
import {
  Client as GrpcClient,
  credentials,
  Metadata,
  type ClientDuplexStream,
  type ServiceError,
} from '@grpc/grpc-js';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { expect } from 'vitest';
import type { Client, Consumer, OdradekError } from '../../src/client/index.ts';
import { isOdradekError, type ErrorCode } from '../../src/client/index.ts';
import { timestamp } from '../../src/base/ids.ts';
import { RecordBatchBuilder } from '../../src/record/index.ts';
import type { TestCluster } from '../../src/testing/index.ts';
import { fromCallError, STATUS_DETAILS_TRAILER } from '../../src/wire/call-error.ts';
import type { MethodDescription } from '../../src/wire/method-description.ts';
import { eventually } from './process-cluster.ts';

/**
 * A cable between clients and a broker that can be pulled out: from one moment to the next the clients
 * behind it are gone, as they are when their process is killed.
 */
export class Cable {
  readonly address: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server, address: string) {
    this.#server = server;
    this.address = address;
  }

  static async to(address: string): Promise<Cable> {
    const colon = address.lastIndexOf(':');
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const bound = server.address();
    if (bound === null || typeof bound === 'string') throw new Error('no port');
    const cable = new Cable(server, `127.0.0.1:${bound.port}`);
    server.on('connection', (near) => {
      const host = address.slice(0, colon);
      const far = connect({ host, port: Number(address.slice(colon + 1)) });
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        cable.#sockets.add(one);
        one.on('error', () => other.destroy());
        one.on('close', () => {
          cable.#sockets.delete(one);
          other.destroy();
        });
        one.pipe(other);
      }
    });
    return cable;
  }

  pull(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}

/** A failed call as it came over the wire. */
export class WireError extends Error {
  readonly code: ErrorCode;
  /** gRPC's own status number. */
  readonly status: number;

  constructor(code: ErrorCode, message: string, status: number) {
    super(message);
    this.code = code;
    this.status = status;
  }

  static of(error: ServiceError): WireError {
    const details = error.metadata?.get(STATUS_DETAILS_TRAILER)[0];
    const { refusal } = fromCallError(
      error.code,
      error.details,
      details instanceof Buffer ? details : null,
    );
    return new WireError(refusal.code, refusal.message, error.code);
  }
}

/** gRPC without the SDK: says what the SDK never would. One connection. */
export class RawClient {
  readonly #client: GrpcClient;

  constructor(address: string) {
    this.#client = new GrpcClient(address, credentials.createInsecure(), {
      'grpc.use_local_subchannel_pool': 1,
      'grpc.enable_retries': 0,
      'grpc.max_receive_message_length': -1,
      'grpc.max_send_message_length': -1,
    });
  }

  call<Request, Response>(
    method: MethodDescription<Request, Response>,
    request: Request,
    options: { deadlineMs?: number; signal?: AbortSignal } = {},
  ): Promise<Response> {
    return this.bytes(method.path, method.requestSerialize(request), options).then((bytes) =>
      method.responseDeserialize(bytes),
    );
  }

  /** Any bytes to any path. */
  bytes(
    path: string,
    request: Buffer,
    options: { deadlineMs?: number; signal?: AbortSignal } = {},
  ): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const call = this.#client.makeUnaryRequest(
        path,
        (bytes: Buffer) => bytes,
        (bytes: Buffer) => bytes,
        request,
        new Metadata(),
        { deadline: Date.now() + (options.deadlineMs ?? 20_000) },
        (error, response) => {
          if (error !== null || response === undefined) reject(WireError.of(error as ServiceError));
          else resolve(response);
        },
      );
      options.signal?.addEventListener('abort', () => call.cancel());
    });
  }

  stream<Request, Response>(
    method: MethodDescription<Request, Response>,
  ): RawStream<Request, Response> {
    return new RawStream(
      this.#client.makeBidiStreamRequest(
        method.path,
        (bytes: Buffer) => bytes,
        (bytes: Buffer) => bytes,
      ),
      method,
    );
  }

  /** Closes the connection under whatever is open on it. */
  close(): void {
    this.#client.close();
  }
}

/** A stream in both directions, and what has come of it. */
export class RawStream<Request, Response> {
  readonly got: Response[] = [];
  error: WireError | null = null;
  ended = false;
  readonly #call: ClientDuplexStream<Buffer, Buffer>;
  readonly #method: MethodDescription<Request, Response>;

  constructor(
    call: ClientDuplexStream<Buffer, Buffer>,
    method: MethodDescription<Request, Response>,
  ) {
    this.#call = call;
    this.#method = method;
    call.on('data', (bytes: Buffer) => this.got.push(method.responseDeserialize(bytes)));
    call.on('end', () => (this.ended = true));
    call.on('error', (error: ServiceError) => {
      this.error = WireError.of(error);
    });
  }

  send(request: Request): void {
    this.bytes(this.#method.requestSerialize(request));
  }

  bytes(request: Buffer): void {
    this.#call.write(request);
  }

  /** Stops reading: what the server sends piles up on its side. */
  pause(): void {
    this.#call.pause();
  }

  resume(): void {
    this.#call.resume();
  }

  end(): void {
    this.#call.end();
  }

  cancel(): void {
    this.#call.cancel();
  }

  /** The error that the server ends the stream with. */
  failed(): Promise<WireError> {
    return eventually('the stream to fail', 10_000, () => Promise.resolve(this.error));
  }

  async until(
    what: string,
    holds: (got: readonly Response[]) => boolean,
    timeoutMs: number = 10_000,
  ): Promise<void> {
    await eventually(what, timeoutMs, () => {
      if (this.error !== null) throw this.error;
      return Promise.resolve(holds(this.got));
    });
  }
}

/** A batch of these values, sealed as a client does. */
export function batchOf(values: readonly string[]): Uint8Array {
  const builder = new RecordBatchBuilder({ bytesMax: 64 * 1024 * 1024 });
  for (const value of values) {
    builder.append({ key: null, value, timestamp: timestamp(1_700_000_000_000) });
  }
  return builder.build({});
}

/** Fails unless `promise` rejects with this very code and a sentence that holds these words. */
export async function expectRefusal(
  promise: Promise<unknown>,
  code: ErrorCode,
  sentence: RegExp,
): Promise<OdradekError | WireError> {
  const error: unknown = await promise.then(
    (value) => {
      throw new Error(`expected ${code}, got ${JSON.stringify(value)}`);
    },
    (reason: unknown) => reason,
  );
  if (!(isOdradekError(error) || error instanceof WireError)) throw error;
  expect({ code: error.code, message: error.message }).toEqual({
    code,
    message: expect.stringMatching(sentence) as string,
  });
  return error;
}

/** Where the leader of a partition answers gRPC. */
export async function leaderAddress(
  cluster: TestCluster,
  client: Client,
  topic: string,
  partition = 0,
): Promise<string> {
  return eventually(`a leader of ${topic}-${partition}`, 10_000, async () => {
    const { partitions } = await client.admin.describeTopic(topic);
    const leader = partitions[partition]?.leader;
    return leader === null || leader === undefined ? null : cluster.broker(leader).address;
  });
}

/**
 * One partition and everything that was ever acknowledged on it: `verify` reads it all back and finds
 * that, in that order, and nothing else.
 */
export class Ledger {
  readonly topic: string;
  readonly #client: Client;
  readonly #acknowledged: string[] = [];

  private constructor(client: Client, topic: string) {
    this.#client = client;
    this.topic = topic;
  }

  static async create(
    client: Client,
    topic: string,
    config: Record<string, string> = {},
  ): Promise<Ledger> {
    await client.admin.createTopic(topic, { partitions: 1, replicationFactor: 3, config });
    return new Ledger(client, topic);
  }

  get end(): number {
    return this.#acknowledged.length;
  }

  /** Something that was acknowledged by another way than `add`. */
  note(value: string): void {
    this.#acknowledged.push(value);
  }

  async add(count = 3): Promise<void> {
    const producer = this.#client.producer();
    for (let index = 0; index < count; index += 1) {
      const value = `${this.topic} ${this.end}`;
      const { offset } = await producer.send(this.topic, { partition: 0, value });
      expect(offset).toBe(this.end);
      this.note(value);
    }
    await producer.close();
  }

  async verify(): Promise<void> {
    expect(await readAll(this.#client, this.topic)).toEqual(this.#acknowledged);
  }
}

/** The values of partition 0 up to its end. */
export async function readAll(client: Client, topic: string): Promise<string[]> {
  const consumer = client.consumer({ assign: [{ topic, partition: 0, from: 'start' }] });
  const values: string[] = [];
  for await (const batch of consumer.batches({ untilEnd: true })) {
    for (const { value } of batch.records()) values.push(textOf(value));
  }
  await consumer.close();
  return values;
}

export function textOf(bytes: Uint8Array | null): string {
  return new TextDecoder().decode(bytes ?? new Uint8Array());
}

/**
 * A producer and a consumer that have nothing to do with it all. They write and read a partition on
 * every broker from `start` to `stop`, which throws if either was disturbed: an error, a record that
 * is missing, twice or out of place, or a wait for an acknowledgement that was longer than `gapMs`.
 */
export class Bystanders {
  readonly #client: Client;
  readonly #consumer: Consumer;
  readonly #read = new Map<number, string[]>();
  readonly #written = new Map<number, string[]>();
  readonly #work: Promise<unknown>[] = [];
  readonly #errors: unknown[] = [];
  #longestGapMs = 0;
  #stopped = false;

  static readonly topic = 'bystanders';

  private constructor(client: Client, partitions: number) {
    this.#client = client;
    this.#consumer = client.consumer({ assign: [{ topic: Bystanders.topic, from: 'start' }] });
    this.#work.push(this.#readOn());
    for (let partition = 0; partition < partitions; partition += 1) {
      this.#work.push(this.#writeOn(partition));
    }
  }

  /** Made by a client of its own. Resolves when the first records have come back. */
  static async start(client: Client, partitions = 3): Promise<Bystanders> {
    const replicationFactor = Math.min(3, partitions);
    await client.admin.createTopic(Bystanders.topic, { partitions, replicationFactor });
    const bystanders = new Bystanders(client, partitions);
    await bystanders.progress();
    return bystanders;
  }

  /** Until every partition has been written and read some more: they are alive. */
  async progress(): Promise<void> {
    const before = new Map([...this.#read].map(([key, values]) => [key, values.length]));
    await eventually('the bystanders to go on', 10_000, () => {
      if (this.#errors.length > 0) throw this.#errors[0];
      return Promise.resolve(
        this.#written.size > 0 &&
          [...this.#written.keys()].every(
            (key) => (this.#read.get(key)?.length ?? 0) > (before.get(key) ?? 0) + 2,
          ),
      );
    });
  }

  /** Ends them, and says whether they were disturbed. */
  async stop(gapMs = 1_500): Promise<void> {
    this.#stopped = true;
    const total = (of: Map<number, string[]>): number =>
      [...of.values()].reduce((sum, values) => sum + new Set(values).size, 0);
    const [reading, ...writing] = this.#work;
    await Promise.all(writing);
    await eventually('the last records to be read', 10_000, () =>
      Promise.resolve(this.#errors.length > 0 || total(this.#read) >= total(this.#written)),
    );
    await this.#consumer.close();
    await reading;
    expect(this.#errors).toEqual([]);
    // A batch whose answer was lost with its broker is sent again, and may be there twice: producers
    // are not idempotent yet. What counts is that every record is there, in order.
    const firsts = [...this.#read].map(([partition, values]) => [partition, [...new Set(values)]]);
    expect(new Map(firsts as [number, string[]][])).toEqual(this.#written);
    expect(this.#longestGapMs).toBeLessThan(gapMs);
  }

  async #writeOn(partition: number): Promise<void> {
    const producer = this.#client.producer({ deliveryTimeoutMs: 20_000 });
    const written: string[] = [];
    this.#written.set(partition, written);
    try {
      while (!this.#stopped) {
        const value = `${partition}: ${written.length}`;
        const sentAt = performance.now();
        await producer.send(Bystanders.topic, { partition, value });
        this.#longestGapMs = Math.max(this.#longestGapMs, performance.now() - sentAt);
        written.push(value);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    } catch (error) {
      this.#errors.push(error);
    } finally {
      await producer.close();
    }
  }

  async #readOn(): Promise<void> {
    try {
      for await (const { partition, value } of this.#consumer) {
        const read = this.#read.get(partition) ?? [];
        this.#read.set(partition, read);
        read.push(textOf(value));
      }
    } catch (error) {
      this.#errors.push(error);
    }
  }
}

/** What the brokers of a cluster in memory are waiting for and hold open. */
export interface Footprint {
  readonly [broker: string]: {
    readonly pendingFetches: number;
    readonly fetchStreams: number;
    readonly followerStreams: number;
    readonly openPaths: readonly string[];
  };
}

export function footprintOf(cluster: TestCluster): Footprint {
  return Object.fromEntries(
    cluster.nodes.brokers
      .filter((node) => node.running)
      .map((node) => {
        const { pendingFetches, fetchStreams, followerStreams } = node.broker.status();
        const openPaths = node.disk.openPaths();
        return [node.name, { pendingFetches, fetchStreams, followerStreams, openPaths }];
      }),
  );
}

/**
 * Until everything is as it was, and every produce has been settled: with bystanders at work there is
 * such a moment between any two of their records.
 */
export async function expectFootprint(cluster: TestCluster, before: Footprint): Promise<void> {
  const isBack = (): boolean =>
    JSON.stringify(footprintOf(cluster)) === JSON.stringify(before) &&
    cluster.nodes.brokers.every(
      (node) =>
        !node.running ||
        (node.broker.status().pendingProduces === 0 && node.broker.door.inflightBytes === 0),
    );
  await eventually('waiting requests and streams to be gone', 10_000, () =>
    Promise.resolve(isBack()),
  ).catch(() => {
    // Says what is left.
    expect(footprintOf(cluster)).toEqual(before);
    throw new Error('produces are pending still');
  });
}
