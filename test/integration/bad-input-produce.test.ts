// Whatever a client sends instead of a good batch: it is told what is wrong, nothing of it is kept,
// what was there before and comes after is whole, and nobody else notices.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Client, ErrorCode } from '../../src/client/index.ts';
import { ERRORS } from '../../src/client/index.ts';
import { leaderEpoch, partitionIndex, topicId } from '../../src/base/ids.ts';
import { startCluster, type TestCluster } from '../../src/testing/index.ts';
import type { Append, ProduceRequest } from '../../src/wire/hot/produce.ts';
import { PRODUCER_SERVICE } from '../../src/wire/services.ts';
import { patched } from '../unit/record/batches.ts';
import {
  batchOf,
  Bystanders,
  expectFootprint,
  expectRefusal,
  footprintOf,
  leaderAddress,
  Ledger,
  RawClient,
  WireError,
  type Footprint,
} from './bad-input-support.ts';

const TOPIC = 'orders';
const MAX_MESSAGE_BYTES = 4_096;
const MESSAGE_BYTES_MAX = 256 * 1_024;

let cluster: TestCluster;
let client: Client;
let raw: RawClient;
let ledger: Ledger;
let bystanders: Bystanders;
let before: Footprint;

beforeAll(async () => {
  cluster = await startCluster({
    brokers: 3,
    settings: {
      'grpc.message.bytes.max': String(MESSAGE_BYTES_MAX),
      'message.max.bytes': '128KiB',
      'fetch.max.bytes': '192KiB',
      'fetch.stream.frame.bytes': '128KiB',
    },
  });
  client = cluster.client();
  bystanders = await Bystanders.start(cluster.client());
  ledger = await Ledger.create(client, TOPIC, {
    'max.message.bytes': String(MAX_MESSAGE_BYTES),
  });
  raw = new RawClient(await leaderAddress(cluster, client, TOPIC));
  await ledger.add();
});

afterAll(async () => {
  raw.close();
  await bystanders.stop();
  await cluster.stop();
});

beforeEach(async () => {
  await ledger.add();
  before = footprintOf(cluster);
});

afterEach(async () => {
  await ledger.add();
  await ledger.verify();
  await bystanders.progress();
  await expectFootprint(cluster, before);
});

function append(batch: Uint8Array, of: Partial<Append> = {}): Append {
  return {
    correlationId: 7,
    topic: TOPIC,
    topicId: null,
    partition: partitionIndex(0),
    expectedLeaderEpoch: null,
    batch,
    ...of,
  };
}

const OPTIONS = { clientId: 'test', acks: 'all' as const, timeoutMs: 5_000 };

/** By a unary call: rejects with the error of its one append. */
async function produce(each: Append, options: Partial<ProduceRequest> = {}): Promise<number> {
  const request = { ...OPTIONS, appends: [each], ...options };
  const { results } = await raw.call(PRODUCER_SERVICE.produce, request);
  const [result] = results;
  if (result === undefined) throw new Error('no result');
  expect(result.correlationId).toBe(each.correlationId);
  if (result.result.ok) return result.result.baseOffset;
  throw new WireError(result.result.refusal.code, result.result.refusal.message, 0);
}

/** By a stream, on which a good batch follows and is taken. */
async function produceOnStream(each: Append): Promise<WireError> {
  const stream = raw.stream(PRODUCER_SERVICE.produceStream);
  stream.send({ open: OPTIONS, appends: [each] });
  const good = `after correlation ${each.correlationId}`;
  stream.send({ open: null, appends: [append(batchOf([good]), { correlationId: 8 })] });
  await stream.until('both results', (got) => got.flatMap(({ results }) => results).length === 2);
  stream.end();
  const results = stream.got.flatMap((message) => message.results);
  const [refused, taken] = [7, 8].map((id) => results.find((one) => one.correlationId === id));
  expect(taken?.result).toMatchObject({ ok: true, baseOffset: ledger.end });
  ledger.note(good);
  if (refused === undefined || refused.result.ok) throw new Error('it was taken');
  return new WireError(refused.result.refusal.code, refused.result.refusal.message, 0);
}

const GOOD = batchOf(['good', 'batch']);

interface BadBatch {
  readonly what: string;
  readonly batch: () => Uint8Array;
  readonly code: ErrorCode;
  readonly sentence: RegExp;
}

const BAD_BATCHES: BadBatch[] = [
  {
    what: 'a batch over max.message.bytes',
    batch: () => batchOf(['x'.repeat(MAX_MESSAGE_BYTES)]),
    code: 'MESSAGE_TOO_LARGE',
    sentence: /the batch has 41\d\d bytes, max\.message\.bytes is 4096/,
  },
  {
    what: 'a flipped bit in a value',
    batch: () => {
      const batch = Uint8Array.from(GOOD);
      batch[batch.length - 3] = (batch[batch.length - 3] ?? 0) ^ 0x10;
      return batch;
    },
    code: 'CORRUPT_MESSAGE',
    sentence: /checksum/,
  },
  {
    what: 'a batch that is cut off',
    batch: () => GOOD.slice(0, -5),
    code: 'CORRUPT_MESSAGE',
    sentence: new RegExp(`says that it has ${GOOD.length} bytes and has ${GOOD.length - 5}`),
  },
  {
    what: 'a batch shorter than a header',
    batch: () => GOOD.slice(0, 20),
    code: 'CORRUPT_MESSAGE',
    sentence: /20 bytes are fewer than a batch header has/,
  },
  {
    what: 'no bytes at all',
    batch: () => new Uint8Array(0),
    code: 'CORRUPT_MESSAGE',
    sentence: /0 bytes are fewer than a batch header has/,
  },
  {
    what: 'garbage behind the batch',
    batch: () => Buffer.concat([GOOD, Buffer.from('garbage')]),
    code: 'INVALID_RECORD',
    sentence: /exactly one batch/,
  },
  {
    what: 'two batches',
    batch: () => Buffer.concat([GOOD, GOOD]),
    code: 'INVALID_RECORD',
    sentence: /exactly one batch/,
  },
  {
    what: 'a batch of magic 1',
    batch: () => patched(GOOD, 16, [1]),
    code: 'INVALID_RECORD',
    sentence: /magic 1, only 2/,
  },
  {
    what: 'a control batch',
    batch: () => patched(GOOD, 21, [0, 0x20]),
    code: 'INVALID_RECORD',
    sentence: /control batch/,
  },
  {
    what: 'attribute bits without a meaning',
    batch: () => patched(GOOD, 21, [0x80, 0]),
    code: 'INVALID_RECORD',
    sentence: /attribute bits/,
  },
  {
    what: 'a compression that nobody knows',
    batch: () => patched(GOOD, 21, [0, 7]),
    code: 'UNSUPPORTED_COMPRESSION_TYPE',
    sentence: /none, gzip, snappy, lz4 and zstd/,
  },
  {
    what: 'a delete horizon',
    batch: () => patched(GOOD, 21, [0, 0x40]),
    code: 'INVALID_RECORD',
    sentence: /delete horizon/,
  },
  {
    what: 'a count that does not agree with the offsets',
    batch: () => patched(GOOD, 57, [0, 0, 0, 9]),
    code: 'INVALID_RECORD',
    sentence: /9 records do not agree with a last offset delta of 1/,
  },
  {
    what: 'a base offset that is not 0',
    batch: () => patched(GOOD, 0, [0, 0, 0, 0, 0, 0, 0, 5]),
    code: 'INVALID_RECORD',
    sentence: /base offset must be 0, got 5/,
  },
  {
    what: 'a timestamp a year ahead',
    batch: () => {
      const bytes = Buffer.alloc(8);
      bytes.writeBigInt64BE(BigInt(Date.now() + 365 * 86_400_000));
      return patched(GOOD, 35, [...bytes]);
    },
    code: 'INVALID_TIMESTAMP',
    sentence: /a record is \d+ ms ahead of the broker’s clock, 3600000 ms are allowed/,
  },
];

describe('a bad batch is refused in its own place', () => {
  test.each(BAD_BATCHES)('$what', async ({ batch, code, sentence }) => {
    await expectRefusal(produce(append(batch())), code, sentence);
    const onStream = await produceOnStream(append(batch()));
    expect(onStream).toMatchObject({ code, message: expect.stringMatching(sentence) as string });
    const producer = client.producer();
    const error = await expectRefusal(producer.sendEncoded(TOPIC, 0, batch()), code, sentence);
    expect(error).toMatchObject({ topic: TOPIC, partition: 0, retriable: false });
    await producer.close();
  });

  test('with acks 0 nobody is told, and nothing is kept', async () => {
    const { results } = await raw.call(PRODUCER_SERVICE.produce, {
      ...OPTIONS,
      acks: 0,
      appends: [append(patched(GOOD, 16, [1]))],
    });
    expect(results).toHaveLength(1);
  });

  test('one bad batch among good ones in a single call', async () => {
    const value = 'beside a bad one';
    const { results } = await raw.call(PRODUCER_SERVICE.produce, {
      ...OPTIONS,
      appends: [
        append(patched(GOOD, 16, [1]), { correlationId: 1 }),
        append(batchOf([value]), { correlationId: 2 }),
        append(GOOD, { correlationId: 3, topic: 'nowhere' }),
      ],
    });
    expect(results.map(({ result }) => (result.ok ? 'taken' : result.refusal.code))).toEqual([
      'INVALID_RECORD',
      'taken',
      'UNKNOWN_TOPIC_OR_PARTITION',
    ]);
    ledger.note(value);
  });
});

describe('a batch for nowhere', () => {
  test('an unknown topic', async () => {
    const sentence = /there is no topic "nowhere"/;
    const code = 'UNKNOWN_TOPIC_OR_PARTITION';
    await expectRefusal(produce(append(GOOD, { topic: 'nowhere' })), code, sentence);
    expect(await produceOnStream(append(GOOD, { topic: 'nowhere' }))).toMatchObject({ code });
    const producer = client.producer();
    const error = await expectRefusal(
      producer.send('nowhere', { value: 'lost' }),
      code,
      /there is no topic nowhere/,
    );
    expect(error).toMatchObject({ topic: 'nowhere' });
    await producer.close();
  });

  test('a topic that was deleted and made again: the id is another', async () => {
    const each = append(GOOD, { topicId: topicId('A'.repeat(22)) });
    await expectRefusal(produce(each), 'UNKNOWN_TOPIC_ID', /orders was deleted and made again/);
  });

  test('a partition that the topic does not have', async () => {
    const code = 'UNKNOWN_TOPIC_OR_PARTITION';
    const sentence = /topic orders has 1 partitions, so there is no partition 3/;
    const each = append(GOOD, { partition: partitionIndex(3) });
    await expectRefusal(produce(each), code, sentence);
    expect(await produceOnStream(each)).toMatchObject({ code });
    const producer = client.producer();
    const error = await expectRefusal(
      producer.send(TOPIC, { value: 'lost', partition: 3 }),
      code,
      /orders has 1 partitions, from 0; there is no partition 3/,
    );
    expect(error).toMatchObject({ topic: TOPIC, partition: 3 });
    await producer.close();
  });

  test('a negative partition: on the wire no such value exists, and the message is refused', async () => {
    const bytes = negativePartition();
    const sentence = /partition must be a whole number from 0, got -1/;
    await expectRefusal(
      raw.bytes(PRODUCER_SERVICE.produce.path, bytes),
      'INVALID_REQUEST',
      sentence,
    );
    const producer = client.producer();
    await expectRefusal(
      producer.send(TOPIC, { value: 'lost', partition: -1 }),
      'UNKNOWN_TOPIC_OR_PARTITION',
      /there is no partition -1/,
    );
    await producer.close();
  });

  test('a broker that does not lead the partition names the one that does', async () => {
    const leader = await leaderAddress(cluster, client, TOPIC);
    const other = cluster.bootstrap.find((address) => address !== leader) ?? '';
    const elsewhere = new RawClient(other);
    const { results } = await elsewhere.call(PRODUCER_SERVICE.produce, {
      ...OPTIONS,
      appends: [append(GOOD)],
    });
    elsewhere.close();
    expect(results[0]?.result).toMatchObject({
      ok: false,
      refusal: { code: 'NOT_LEADER_OR_FOLLOWER' },
    });
    const endpoint = results[0]?.leader?.endpoint;
    expect(`${endpoint?.host}:${endpoint?.port}`).toBe(leader);
  });

  test('a leader epoch that the broker does not know', async () => {
    const each = append(GOOD, { expectedLeaderEpoch: leaderEpoch(9_999) });
    await expectRefusal(produce(each), 'UNKNOWN_LEADER_EPOCH', /9999/);
  });
});

describe('too large for a message', () => {
  test('a message over the gRPC limit is refused before it is read', async () => {
    const batch = batchOf(['x'.repeat(MESSAGE_BYTES_MAX)]);
    await expectRefusal(
      produce(append(batch)),
      'MESSAGE_TOO_LARGE',
      new RegExp(`larger than max.*${MESSAGE_BYTES_MAX}`),
    );
    const producer = client.producer();
    const error = await expectRefusal(
      producer.sendEncoded(TOPIC, 0, batch),
      'MESSAGE_TOO_LARGE',
      /larger than max|max\.message\.bytes is 4096/,
    );
    expect(error).toMatchObject({ topic: TOPIC, partition: 0 });
    await producer.close();
  });

  test('a record larger than its topic allows: the producer says so, the next one is sent', async () => {
    const producer = client.producer();
    const error = await expectRefusal(
      producer.send(TOPIC, { value: 'x'.repeat(MAX_MESSAGE_BYTES) }),
      'MESSAGE_TOO_LARGE',
      /4096/,
    );
    expect(error).toMatchObject({ topic: TOPIC, retriable: false });
    const value = 'behind the large one';
    await producer.send(TOPIC, { value });
    ledger.note(value);
    await producer.close();
  });

  test('a large message on a stream with others under way ends the stream, and nothing else', async () => {
    const stream = raw.stream(PRODUCER_SERVICE.produceStream);
    const value = 'ahead of the large one';
    stream.send({ open: OPTIONS, appends: [append(batchOf([value]))] });
    await stream.until('the first result', (got) => got.length === 1);
    ledger.note(value);
    stream.send({ open: null, appends: [append(batchOf(['x'.repeat(MESSAGE_BYTES_MAX)]))] });
    expect(await stream.failed()).toMatchObject({ code: 'MESSAGE_TOO_LARGE' });
  });
});

describe('protocol misuse', () => {
  test('an append before open', async () => {
    const stream = raw.stream(PRODUCER_SERVICE.produceStream);
    stream.send({ open: null, appends: [append(GOOD)] });
    expect(await stream.failed()).toMatchObject({
      code: 'INVALID_REQUEST',
      message: 'the first message of a produce stream must carry open',
    });
  });

  test('a second open', async () => {
    const stream = raw.stream(PRODUCER_SERVICE.produceStream);
    stream.send({ open: OPTIONS, appends: [] });
    stream.send({ open: OPTIONS, appends: [] });
    expect(await stream.failed()).toMatchObject({
      code: 'INVALID_REQUEST',
      message: 'the stream has been opened already',
    });
  });

  test('acks that do not exist', async () => {
    // Field 2 of ProduceRequest, an enum: 9.
    await expectRefusal(
      raw.bytes(PRODUCER_SERVICE.produce.path, Buffer.from([0x10, 9])),
      'INVALID_REQUIRED_ACKS',
      /acks/,
    );
    expect(() => client.producer({ acks: 2 as 1 })).toThrow(ERRORS.INVALID_REQUIRED_ACKS.message);
  });

  test('garbage instead of a message', async () => {
    const garbage = Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
    const { path } = PRODUCER_SERVICE.produce;
    await expectRefusal(raw.bytes(path, garbage), 'INVALID_REQUEST', /./);
    const stream = raw.stream(PRODUCER_SERVICE.produceStream);
    stream.send({ open: OPTIONS, appends: [] });
    stream.bytes(garbage);
    expect(await stream.failed()).toMatchObject({ code: 'INVALID_REQUEST' });
  });
});

/** An append as the encoder would never write it: its partition is -1. */
function negativePartition(): Buffer {
  const each = Buffer.concat([
    Buffer.from([0x08, 7, 0x12, TOPIC.length]),
    Buffer.from(TOPIC),
    // sint32, zigzag: 1 is -1.
    Buffer.from([0x20, 1, 0x32, GOOD.length]),
    GOOD,
  ]);
  return Buffer.concat([Buffer.from([0x10, 3, 0x22, each.length]), each]);
}
