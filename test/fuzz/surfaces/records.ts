/**
 * Record batches, as a leader takes them from clients, a follower from a leader, and a client from a
 * broker or a file.
 *
 * Oracles: what a leader accepts, a follower accepts once it is stamped, and every header says the
 * same to everyone; both walks over batches agree; records rise within their batch and are as many as
 * the header says; a segment is told without gap or overlap; nothing decompresses to more than is
 * allowed; a session that has handed everything on holds nothing.
 */
import { instant, nodeId, leaderEpoch, offset, timestamp } from '../../../src/base/ids.ts';
import { decompressBatch } from '../../../src/client/compression/codecs.ts';
import { ConsumerBatch } from '../../../src/client/consumer-batch.ts';
import { FetchSession } from '../../../src/client/fetch-session.ts';
import { RETRY_BACKOFF } from '../../../src/client/retry.ts';
import { readRecords, readSegment } from '../../../src/client/segment-reader.ts';
import {
  batchesIn,
  checkReplicatedBatches,
  CorruptBatch,
  forEachBatch,
  RecordBatchView,
  validateProducedBatch,
} from '../../../src/record/index.ts';
import type { BatchHeader, ProduceLimits } from '../../../src/record/index.ts';
import { SeededRandom } from '../../../src/testing/seeded-random.ts';
import { mutate, pick } from '../mutate.ts';
import {
  batchOfMutatedRecords,
  bombs,
  mutateField,
  producedBatches,
  RECORD_TIME,
  repaired,
  stamped,
  storedBatches,
} from '../record-batches.ts';
import type { Outcome, Surface, SurfaceContext } from '../surface.ts';
import { ACCEPTED, expectThat, refusalOf, refused } from '../surface.ts';

const LIMITS: ProduceLimits = {
  maxMessageBytes: 64 * 1024,
  segmentBytes: 48 * 1024,
  now: timestamp(RECORD_TIME),
  timestampAfterMaxMs: 3_600_000,
};
const DECOMPRESSED_BYTES_MAX = 64 * 1024;
/**
 * Larger ones, and those of zstd, are not read to the record where they lie in a file: that reader
 * allows half a gigabyte, and where Node has no zstd a megabyte of it takes a tenth of a second.
 */
const READ_FROM_FILE_BYTES_MAX = 4096;
const INPUT_BYTES_MAX = 20_000;
const TOPIC = 'fuzzed';
const ROUTE = { brokerId: nodeId(1), leaderEpoch: leaderEpoch(0), address: '127.0.0.1:1' };

export async function createRecordsSurface(): Promise<Surface> {
  const produced = await producedBatches();
  const stored = await storedBatches();
  const hostile = await bombs();
  const corpus = [...produced, ...produced, ...stored, ...hostile];
  const options = { corpus, bytesMax: INPUT_BYTES_MAX };
  return {
    name: 'records',
    concurrency: 1,
    inputMsMax: 2_000,
    seeds: produced,
    next(random: SeededRandom) {
      const batch = pick(corpus, random);
      switch (random.below(5)) {
        case 0:
          return mutate(batch, random, options);
        case 1:
          return repaired(mutate(batch, random, options));
        case 2:
          return mutateField(batch, random);
        case 3:
          return repaired(mutateField(batch, random));
        default:
          return batchOfMutatedRecords(batch, random, produced);
      }
    },
    async run(input: Uint8Array, { random }: SurfaceContext) {
      walkBothWays(input);
      checkReplicatedBatches(input, offset(random.below(3)));
      await readAsFile(input);
      takeFromSession(input);
      const outcome = await readAsConsumer(input);
      return produce(input, outcome);
    },
  };
}

/** As a leader: the refusal, or what consumers will say to it. */
function produce(input: Uint8Array, read: Outcome): Outcome {
  const result = validateProducedBatch(input, LIMITS);
  if ('refusal' in result) return refused(result.refusal.code);
  const copy = stamped(input, 41, 3);
  const followed = checkReplicatedBatches(copy, offset(41));
  expectThat('batches' in followed, () => `a follower refuses it: ${JSON.stringify(followed)}`);
  if (!('batches' in followed)) return read;
  const [batch, ...others] = followed.batches;
  const { summary } = result;
  expectThat(
    others.length === 0 &&
      batch?.bytes === summary.bytes &&
      batch.lastOffset === 41 + summary.lastOffsetDelta &&
      batch.maxTimestamp === summary.maxTimestamp,
    'leader and follower see different batches',
  );
  return read;
}

function walkBothWays(input: Uint8Array): void {
  const walks = [[], []] as [BatchHeader[], BatchHeader[]];
  const ends = [
    outcomeOf(() => forEachBatch(input, (header) => walks[0].push(header))),
    outcomeOf(() => {
      const walk = batchesIn(input);
      for (;;) {
        const next = walk.next();
        if (next.done === true) return next.value;
        walks[1].push(next.value.header);
      }
    }),
  ];
  expectThat(JSON.stringify(walks[0]) === JSON.stringify(walks[1]), 'the walks differ');
  expectThat(ends[0] === ends[1], () => `the walks end as ${ends[0]} and as ${ends[1]}`);
}

/** What a walk returned or refused, as text. */
function outcomeOf(walk: () => unknown): string {
  try {
    return JSON.stringify(walk());
  } catch (error) {
    if (error instanceof CorruptBatch) return error.message;
    throw error;
  }
}

/** Every batch, decompressed and read record by record. */
async function readAsConsumer(input: Uint8Array): Promise<Outcome> {
  try {
    for (const { position } of batchesIn(input)) {
      const view = new RecordBatchView(input, position);
      const readable = await decompressBatch(view, DECOMPRESSED_BYTES_MAX);
      readEveryRecord(readable);
    }
    return ACCEPTED;
  } catch (error) {
    return refusalOf(error);
  }
}

function readEveryRecord(view: RecordBatchView): void {
  const { header } = view;
  let before = header.baseOffset - 1;
  let count = 0;
  let bytes = 0;
  view.forEach((record) => {
    expectThat(record.offset > before && record.offset <= header.lastOffset, 'offsets must rise');
    before = record.offset;
    count++;
    const { key, value, headers } = record.toRecord();
    bytes += (key?.length ?? 0) + (value?.length ?? 0);
    for (const each of headers) bytes += each.value?.length ?? 0;
    expectThat(Number.isSafeInteger(record.sequence), 'a sequence is a number');
  });
  expectThat(count === header.recordsCount, 'as many records as the header says');
  expectThat(bytes <= DECOMPRESSED_BYTES_MAX, 'no more bytes than were allowed');
}

/** As `odradek log dump` does it. */
async function readAsFile(input: Uint8Array): Promise<void> {
  const source = {
    size: input.length,
    read: (target: Uint8Array, position: number): Promise<number> => {
      const found = input.subarray(position, position + target.length);
      target.set(found);
      return Promise.resolve(found.length);
    },
  };
  let end = 0;
  for await (const item of readSegment(source, null)) {
    expectThat(item.position === end, 'a segment is told without a gap');
    end = item.kind === 'batch' ? end + item.header.totalBytes : item.endPosition;
    expectThat(end > item.position, 'reading a segment gets on');
    if (item.kind === 'damage' || item.bytes.length > READ_FROM_FILE_BYTES_MAX) continue;
    if (item.header.compression === 'zstd') continue;
    const { records, problem } = await readRecords(item);
    expectThat(
      problem !== null || records.length === item.header.recordsCount,
      'records are all there, or there is a problem',
    );
  }
  expectThat(end === input.length, 'a segment is told to its end');
}

/** As what a fetch stream has brought. */
function takeFromSession(input: Uint8Array): void {
  const session = new FetchSession({
    maxBufferBytes: 1 << 20,
    verifyChecksums: true,
    outOfRange: 'error',
    isolation: 'read-uncommitted',
    retryBackoff: RETRY_BACKOFF,
    random: new SeededRandom(1),
    routeOf: () => ROUTE,
  });
  session.add(TOPIC, 0, { kind: 'offset', offset: 0 });
  const { actions } = session.reconcile(NOW);
  const opened = actions.find((action) => action.kind === 'open');
  if (opened === undefined) throw new Error('a stream is opened at once');
  const state = session.partition(TOPIC, 0);
  const message = {
    topic: TOPIC,
    partition: 0,
    generation: state?.generation ?? 0,
    highWatermark: null,
    lastStableOffset: null,
    logStartOffset: null,
    leaderEpoch: 0,
    caughtUp: false,
    records: input,
  };
  session.onRecords(opened.stream, message, NOW);
  let position = 0;
  for (let taken = session.take(NOW); taken !== null; taken = session.take(NOW)) {
    if (taken.kind === 'error') {
      refusalOf(taken.error);
      continue;
    }
    const batch = new ConsumerBatch({ topic: TOPIC, partition: 0, ...taken.batch });
    expectThat(batch.baseOffset >= position, 'batches are handed on in order');
    expectThat(batch.count >= 0, 'a batch has a count');
    position = batch.lastOffset + 1;
  }
  expectThat(session.bufferedBytes === 0, 'what was handed on is not buffered');
  expectThat(opened.stream.bufferedBytes === 0, 'nor counted for its stream');
}

const NOW = instant(1_000);
