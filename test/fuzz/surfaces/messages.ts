/**
 * Protobuf messages: every request and every response of every RPC, and the details of a failed call.
 * An input is the length of a decoder's name, the name, and the message.
 *
 * Oracles: what is taken can be written, and reads back as the same value; the hand-written codecs
 * take and refuse what the generated ones do, with equal values (`hot-oracle.ts`).
 */
import { isDeepStrictEqual } from 'node:util';
import type { Type } from 'protobufjs';
import { refusal } from '../../../src/base/errors.ts';
import { clusterId, topicId } from '../../../src/base/ids.ts';
import { encodeEvent } from '../../../src/controller/event-codec.ts';
import { SeededRandom } from '../../../src/testing/seeded-random.ts';
import { fromCallError, toCallError } from '../../../src/wire/call-error.ts';
import { CONTROLLER_SERVICE, REPLICATION_SERVICE } from '../../../src/wire/internal-services.ts';
import { MalformedMessage } from '../../../src/wire/malformed-message.ts';
import type { MethodDescription } from '../../../src/wire/method-description.ts';
import {
  ADMIN_SERVICE,
  CONSUMER_SERVICE,
  METADATA_SERVICE,
  PRODUCER_SERVICE,
} from '../../../src/wire/services.ts';
import { HOT_ORACLES, mayDiffer } from '../hot-oracle.ts';
import { concat, mutate, oneIn, pick, randomBytes } from '../mutate.ts';
import { ProtoSchema } from '../proto-schema.ts';
import { mutateMessage } from '../protobuf-tree.ts';
import { producedBatches } from '../record-batches.ts';
import type { Outcome, Surface } from '../surface.ts';
import { ACCEPTED, expectThat, FuzzFailure, refusalOf, shortly } from '../surface.ts';

const METHODS = Object.values({
  ...PRODUCER_SERVICE,
  ...CONSUMER_SERVICE,
  ...METADATA_SERVICE,
  ...ADMIN_SERVICE,
  ...REPLICATION_SERVICE,
  ...CONTROLLER_SERVICE,
}) as readonly MethodDescription<unknown, unknown>[];

const CALL_ERROR = 'call error';
const SEEDS_PER_MESSAGE = 4;
const INPUT_BYTES_MAX = 32 * 1024;

interface Decoder {
  readonly name: string;
  readonly decode: (bytes: Uint8Array) => unknown;
  readonly encode: (value: unknown) => Uint8Array;
  /** Null where there is nothing to draw messages from. */
  readonly type: Type | null;
}

export async function createMessagesSurface(): Promise<Surface> {
  const batches = (await producedBatches()).filter(({ length }) => length < 400);
  const schema = new ProtoSchema({
    bytes: (field, from) => pick(field.name === 'events' ? EVENTS : batches, from),
  });
  const decoders = new Map(
    METHODS.flatMap((method) => decodersOf(method, schema)).map((each) => [each.name, each]),
  );
  decoders.set(CALL_ERROR, callErrors());
  const typed = [...decoders.values()].flatMap(({ name, type }) =>
    type === null ? [] : [{ name, type }],
  );
  const random = new SeededRandom(1);
  const callError = toCallError({ refusal: refusal('DISK_FULL', 'full'), leader: null }).details;
  const seeds = typed.flatMap(({ name, type }) =>
    Array.from({ length: SEEDS_PER_MESSAGE }, () => inputFor(name, schema.encode(type, random))),
  );
  seeds.push(inputFor(CALL_ERROR, callError));
  return {
    name: 'messages',
    concurrency: 1,
    inputMsMax: 2_000,
    seeds,
    next(from: SeededRandom) {
      if (oneIn(100, from)) return inputFor(CALL_ERROR, mutateMessage(callError, from));
      const { name, type } = pick(typed, from);
      const message = schema.encode(type, from);
      return inputFor(name, mutated(message, schema.encode(pick(typed, from).type, from), from));
    },
    run(input: Uint8Array) {
      const { name, message } = parseInput(input);
      const decoder = decoders.get(name);
      if (decoder === undefined) throw new Error(`there is no decoder ${name}`);
      return decodeAndCompare(decoder, message);
    },
  };
}

function mutated(message: Uint8Array, other: Uint8Array, random: SeededRandom): Uint8Array {
  switch (random.below(8)) {
    case 0:
      return randomBytes(random.below(80), random);
    case 1: // Another message's bytes, or both: protobuf merges what is concatenated.
      return oneIn(2, random) ? other : concat(message, other);
    case 2:
    case 3:
      return mutate(message, random, { corpus: [other], bytesMax: INPUT_BYTES_MAX });
    default:
      return mutateMessage(message, random);
  }
}

function decodeAndCompare(decoder: Decoder, message: Uint8Array): Outcome {
  const before = Uint8Array.from(message);
  const { outcome, value, refusal: refused } = attempt(() => decoder.decode(message));
  expectThat(Buffer.compare(before, message) === 0, 'decoding changes what it reads');
  compareWithGenerated(decoder, message, { value, refusal: refused });
  if (outcome.kind === 'accepted') {
    const again = decoder.decode(decoder.encode(value));
    expectThat(
      isDeepStrictEqual(again, value),
      () => `${decoder.name}: ${shortly(value)} comes back as ${shortly(again)}`,
    );
  }
  return outcome;
}

interface Attempt {
  readonly value: unknown;
  readonly refusal: MalformedMessage | null;
}

function attempt(decode: () => unknown): Attempt & { readonly outcome: Outcome } {
  try {
    return { outcome: ACCEPTED, value: decode(), refusal: null };
  } catch (error) {
    if (!(error instanceof MalformedMessage)) throw error;
    return { outcome: refusalOf(error), value: undefined, refusal: error };
  }
}

function compareWithGenerated({ name, type }: Decoder, message: Uint8Array, ours: Attempt): void {
  const oracle = HOT_ORACLES[name];
  if (oracle === undefined || type === null) return;
  const theirs = attempt(() => oracle(message));
  const same =
    (ours.refusal === null) === (theirs.refusal === null) &&
    isDeepStrictEqual(ours.value, theirs.value);
  if (same || mayDiffer(message, type, ours.refusal)) return;
  throw new FuzzFailure(
    `${name}: by hand ${shortly(ours.refusal ?? ours.value)}, generated ${shortly(theirs.refusal ?? theirs.value)}`,
  );
}

function decodersOf(method: MethodDescription<unknown, unknown>, schema: ProtoSchema): Decoder[] {
  const { request, response } = schema.messagesOf(method.path);
  return [
    {
      name: `${method.path} request`,
      type: request,
      decode: (bytes) => method.requestDeserialize(asBuffer(bytes)),
      encode: (value) => written(method.requestSerialize(value)),
    },
    {
      name: `${method.path} response`,
      type: response,
      decode: (bytes) => method.responseDeserialize(asBuffer(bytes)),
      encode: (value) => written(method.responseSerialize(value)),
    },
  ];
}

/** Never refused: details that do not read are as good as none. */
function callErrors(): Decoder {
  return {
    name: CALL_ERROR,
    type: null,
    decode: (bytes) => fromCallError(3, 'a message', bytes),
    encode: (value) => toCallError(value as ReturnType<typeof fromCallError>).details,
  };
}

/** What grpc-js sends: a message with records is no buffer, but can be copied like one. */
function written(message: Buffer): Uint8Array {
  const bytes = Buffer.alloc(message.length);
  message.copy(bytes, 0);
  return bytes;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

function inputFor(name: string, message: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(name.length), Buffer.from(name, 'latin1'), message);
}

function parseInput(input: Uint8Array): { name: string; message: Uint8Array } {
  const end = 1 + (input[0] ?? 0);
  const name = Buffer.from(input.subarray(1, end)).toString('latin1');
  return { name, message: input.subarray(end) };
}

const EVENTS = [
  encodeEvent({ kind: 'clusterCreated', clusterId: clusterId('c'.repeat(22)) }),
  encodeEvent({ kind: 'topicDeleted', topicId: topicId('t'.repeat(22)) }),
];
