/**
 * A cluster that runs: messages to every RPC of the brokers and of the controller, over real
 * connections. An input names the RPC (`rpc`) and holds the messages of one call (`0`, `1`, …), which
 * are sent in their order; half of the calls vanish instead of ending.
 *
 * In the messages a few values stand for what only a cluster has: `PLACEHOLDERS` are replaced by ids
 * of the same length, and `EPOCH` by the epoch of whoever speaks.
 *
 * Oracles: every call ends, with an answer that reads or with an error of the catalogue that was
 * expected there; no process stops or logs an error that it did not expect; a bystander writes and
 * reads all the while; in the end nothing waits, no stream and no file is open, and every topic can
 * be deleted.
 *
 * Left out is what a broker may say by right: that it is one of the brokers that run, and that it has
 * seen metadata that the controller has not, which makes a controller step down (X13).
 */
import type { Field, Type } from 'protobufjs';
import { OdradekError } from '../../../src/base/errors.ts';
import { brokerEpoch } from '../../../src/base/ids.ts';
import type { BrokerEpoch } from '../../../src/base/ids.ts';
import type { Random } from '../../../src/base/random.ts';
import type { SeededRandom } from '../../../src/testing/seeded-random.ts';
import { CONTROLLER_SERVICE, REPLICATION_SERVICE } from '../../../src/wire/internal-services.ts';
import { MalformedMessage } from '../../../src/wire/malformed-message.ts';
import type { MethodDescription } from '../../../src/wire/method-description.ts';
import {
  ADMIN_SERVICE,
  CONSUMER_SERVICE,
  METADATA_SERVICE,
  PRODUCER_SERVICE,
} from '../../../src/wire/services.ts';
import { encodeFiles, parseFiles } from '../bundle.ts';
import { IMPOSTOR, LiveCluster, SHARED, VICTIM } from '../live-cluster.ts';
import type { Populated } from '../live-cluster.ts';
import { mutate, oneIn, pick, randomBytes } from '../mutate.ts';
import { ProtoSchema } from '../proto-schema.ts';
import { mutateMessage } from '../protobuf-tree.ts';
import type { RawGrpc } from '../raw-grpc.ts';
import { mutateField, producedBatches, repaired } from '../record-batches.ts';
import type { Outcome, Surface, SurfaceContext } from '../surface.ts';
import { ACCEPTED, FuzzFailure, refusalOf, refused } from '../surface.ts';

const BROKER_METHODS = Object.values({
  ...PRODUCER_SERVICE,
  ...CONSUMER_SERVICE,
  ...METADATA_SERVICE,
  ...ADMIN_SERVICE,
  ...REPLICATION_SERVICE,
}) as readonly AnyMethod[];
const CONTROLLER_METHODS = Object.values(CONTROLLER_SERVICE) as readonly AnyMethod[];
const METHODS = new Map(
  [...BROKER_METHODS, ...CONTROLLER_METHODS].map((method) => [method.path, method]),
);
type AnyMethod = MethodDescription<unknown, unknown>;

/** As long as what takes their place. */
const PLACEHOLDERS = { cluster: 'C'.repeat(22), victim: 'V'.repeat(22), shared: 'S'.repeat(22) };
const EPOCH = 424_242;
const MESSAGE_BYTES_MAX = 32 * 1024;

export async function createGrpcSurface(): Promise<Surface> {
  const live = await LiveCluster.start();
  const batches = await producedBatches();
  const schema = new ProtoSchema({
    bytes: (_, random) => {
      const batch = pick(batches, random);
      return oneIn(2, random) ? batch : repaired(mutateField(batch, random));
    },
    text: textFor,
    number: numberFor,
  });
  const calls = [...METHODS.values()].map((method) => ({
    method,
    type: schema.messagesOf(method.path).request,
  }));
  return {
    name: 'grpc',
    concurrency: 16,
    inputMsMax: 20_000,
    seeds: [],
    next(random: SeededRandom) {
      const { method, type } = pick(calls, random);
      return inputOf(method, messagesFor(method, type, schema, random));
    },
    async run(input: Uint8Array, context: SurfaceContext) {
      const populated = await live.populated();
      const outcome = await new Call(live, populated, input).run(context);
      live.expectAlive();
      return outcome;
    },
    settle: () => live.settle(),
    close: () => live.close(),
  };
}

/** For a stream, mostly a good first message and then others. */
function messagesFor(
  method: AnyMethod,
  type: Type,
  schema: ProtoSchema,
  random: SeededRandom,
): Uint8Array[] {
  const next = () => mutated(schema.encode(type, random), random);
  if (!method.requestStream) return [next()];
  const first = oneIn(5, random) ? next() : schema.encode(type, random);
  return [first, ...Array.from({ length: random.below(4) }, next)];
}

function mutated(message: Uint8Array, random: SeededRandom): Uint8Array {
  switch (random.below(8)) {
    case 0:
      return randomBytes(random.below(60), random);
    case 1:
      return mutate(message, random, { corpus: [message], bytesMax: MESSAGE_BYTES_MAX });
    case 2: // As it is: what a batch in it says may be wrong all the same.
      return message;
    default:
      return mutateMessage(message, random);
  }
}

function inputOf({ path }: AnyMethod, messages: readonly Uint8Array[]): Uint8Array {
  return encodeFiles(
    new Map([
      ['rpc', Buffer.from(path)],
      ...messages.map(
        (message, index) => [String(index), message.subarray(0, MESSAGE_BYTES_MAX)] as const,
      ),
    ]),
  );
}

function textFor({ name, fullName }: Field, random: Random): string | null {
  switch (name) {
    case 'topic':
    case 'topics':
      return pick([VICTIM, VICTIM, VICTIM, SHARED, 'none', ''], random);
    case 'topicId':
      return pick(['', PLACEHOLDERS.victim, PLACEHOLDERS.shared, random.id()], random);
    case 'clusterId':
      return PLACEHOLDERS.cluster;
    case 'name':
    case 'unset':
      return pick(['one', 'two', 'three', '__proto__', 'retention.ms', 'x'.repeat(250)], random);
    case 'host':
      return '127.0.0.1';
    default:
      return fullName.endsWith('.bootId') ? 'boot' : null;
  }
}

function numberFor({ name, fullName }: Field, random: Random): number | null {
  switch (name) {
    case 'partition':
      return random.below(4);
    case 'partitions':
    case 'total':
      return random.below(7);
    case 'replicationFactor':
      return random.below(5);
    case 'brokerId':
      return fullName.includes('ReplicaOpen') ? IMPOSTOR : IMPOSTOR + 1 + random.below(5);
    case 'brokerEpoch':
      return EPOCH;
    case 'leaderId':
      return 1 + random.below(3);
    case 'leaderEpoch':
    case 'expectedLeaderEpoch':
    case 'currentLeaderEpoch':
    case 'lastFetchedEpoch':
    case 'generation':
    case 'fetchOffset':
      return oneIn(4, random) ? null : random.below(4);
    case 'timeoutMs':
      return random.below(50);
    case 'metadataOffset':
      return 0;
    default:
      return null;
  }
}

/** One input. */
class Call {
  readonly #live: LiveCluster;
  readonly #populated: Populated;
  readonly #method: AnyMethod;
  readonly #messages: readonly Buffer[];

  constructor(live: LiveCluster, populated: Populated, input: Uint8Array) {
    const { rpc, ...messages } = Object.fromEntries(parseFiles(input));
    const path = Buffer.from(rpc ?? []).toString();
    const method = METHODS.get(path);
    if (method === undefined) throw new RangeError(`there is no RPC ${path}`);
    this.#live = live;
    this.#populated = populated;
    this.#method = method;
    this.#messages = Object.values(messages).map((message) => this.#placed(message));
  }

  async run({ random }: SurfaceContext): Promise<Outcome> {
    if (this.#messages.some((message) => this.#isByRight(message))) return refused('left out');
    const connection = this.#connection(random);
    const { path, requestStream, responseStream } = this.#method;
    const [first = Buffer.alloc(0)] = this.#messages;
    try {
      if (requestStream) return await this.#stream(connection, oneIn(2, random));
      if (responseStream) this.#read(await connection.firstOf(path, first));
      else this.#read(await connection.unary(path, first));
      return ACCEPTED;
    } catch (error) {
      // Whoever says these has not answered: a call that hangs, a connection that breaks.
      if (error instanceof OdradekError && NO_ANSWERS.includes(error.code)) throw error;
      this.#live.expectAlive();
      return refusalOf(error);
    }
  }

  async #stream(connection: RawGrpc, vanishes: boolean): Promise<Outcome> {
    const stream = connection.stream(this.#method.path);
    let epoch = this.#populated.impostorEpoch;
    for (const [index, message] of this.#messages.entries()) {
      stream.send(this.#spoken(message, epoch));
      if (this.#method.path !== CONTROLLER_SERVICE.session.path || index > 0) continue;
      const answer = await stream.firstAnswer();
      epoch = epochIn(answer) ?? epoch;
    }
    if (vanishes) await stream.cancel();
    else for (const answer of await stream.finish()) this.#read(answer);
    return ACCEPTED;
  }

  #read(answer: Buffer | null): void {
    if (answer === null) return;
    try {
      this.#method.responseDeserialize(answer);
    } catch (error) {
      throw new FuzzFailure(`an answer of ${this.#method.path} does not read`, { cause: error });
    }
  }

  #connection(random: SeededRandom): RawGrpc {
    if (CONTROLLER_METHODS.includes(this.#method)) return this.#live.controller;
    // A follower that asks another broker than it means is refused: mostly it does not.
    const [first] = this.#messages;
    const request = first === undefined ? null : read(REPLICATION_SERVICE.replicate, first);
    const leader = this.#live.brokers[(request?.open?.leader ?? 0) - 1];
    const isReplication = this.#method.path === REPLICATION_SERVICE.replicate.path;
    return isReplication && leader !== undefined ? leader : pick(this.#live.brokers, random);
  }

  /** With the cluster's ids in the place of those that stand for them. */
  #placed(message: Uint8Array): Buffer {
    const bytes = Buffer.from(message);
    const { clusterId, victimId, sharedId } = this.#populated;
    for (const [placeholder, id] of [
      [PLACEHOLDERS.cluster, clusterId],
      [PLACEHOLDERS.victim, victimId],
      [PLACEHOLDERS.shared, sharedId],
    ] as const) {
      for (let at = bytes.indexOf(placeholder); at >= 0; at = bytes.indexOf(placeholder, at + 1)) {
        bytes.write(id, at, 'latin1');
      }
    }
    return bytes;
  }

  /** With the speaker's epoch in the place of the one that stands for it. */
  #spoken(message: Buffer, epoch: BrokerEpoch): Buffer {
    const { session } = CONTROLLER_SERVICE;
    const { replicate } = REPLICATION_SERVICE;
    if (this.#method.path === session.path) {
      const request = read(session, message);
      if (request === null || !('brokerEpoch' in request) || request.brokerEpoch !== EPOCH) {
        return message;
      }
      return session.requestSerialize({ ...request, brokerEpoch: epoch });
    }
    if (this.#method.path !== replicate.path) return message;
    const request = read(replicate, message);
    if (request?.open?.followerEpoch !== EPOCH) return message;
    return replicate.requestSerialize({
      ...request,
      open: { ...request.open, followerEpoch: epoch },
    });
  }

  /** Whether this would disturb the cluster because it is meant to. */
  #isByRight(message: Buffer): boolean {
    const { session } = CONTROLLER_SERVICE;
    const { replicate } = REPLICATION_SERVICE;
    if (this.#method.path === replicate.path) {
      return (read(replicate, message)?.open?.follower ?? IMPOSTOR) < IMPOSTOR;
    }
    if (this.#method.path !== session.path) return false;
    const request = read(session, message);
    if (request?.kind !== 'register') return false;
    const { broker, metadataOffset } = request.registration;
    return broker <= IMPOSTOR || metadataOffset !== null;
  }
}

const NO_ANSWERS: readonly string[] = [
  'NETWORK_EXCEPTION',
  'REQUEST_TIMED_OUT',
  'ABORTED_BY_CALLER',
  'UNKNOWN_SERVER_ERROR',
];

function read<Request>(
  method: Pick<MethodDescription<Request, never>, 'requestDeserialize'>,
  message: Buffer,
): Request | null {
  try {
    return method.requestDeserialize(message);
  } catch (error) {
    if (error instanceof MalformedMessage) return null;
    throw error;
  }
}

function epochIn(answer: Buffer | null): BrokerEpoch | null {
  if (answer === null) return null;
  const response = CONTROLLER_SERVICE.session.responseDeserialize(answer);
  return response.kind === 'registered' ? brokerEpoch(response.brokerEpoch) : null;
}
