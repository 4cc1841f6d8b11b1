/**
 * Kafka's `kafka.tools.DumpLogSegments` as an outside judge of the files that a log leaves behind. It
 * needs Java, and Maven once; where either is missing, the tests say so and are skipped.
 */
import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { offset } from '../../src/base/ids.ts';
import { EPOCH_CHECKPOINT_FILE } from '../../src/log/log-files.ts';
import type { Compression } from '../../src/record/index.ts';
import { parseLeaderEpochCheckpoint } from '../../src/record/index.ts';
import { parseDump } from './kafka/dump-output.ts';
import type { Dump, DumpedFile } from './kafka/dump-output.ts';
import { KafkaTools, kafkaTools } from './kafka/oracle.ts';
import {
  appendBatches,
  INDEX_INTERVAL_BYTES,
  installedCompressions,
  openLog,
  segmentFile,
  SEGMENT_BYTES,
} from './kafka/written-log.ts';
import {
  compact,
  IDEMPOTENT,
  isAborted,
  TRANSACTIONAL,
  TRANSACTIONS,
  writeTransactions,
} from './kafka/transactional-log.ts';
import type { WrittenBatch } from './kafka/written-log.ts';

/** The first run fetches some forty megabytes. */
const FETCH_TIMEOUT_MS = 600_000;

/** The checks of an index that the tool knows; the plain mode prints the entries as well. */
const INDEX_CHECKS = [[], ['--verify-index-only'], ['--index-sanity-check']] as const;

let found: KafkaTools | { readonly missing: string };
let directory: string;

beforeAll(async () => {
  found = await kafkaTools();
  directory = mkdtempSync(path.join(tmpdir(), 'odradek-kafka-'));
}, FETCH_TIMEOUT_MS);

afterAll(() => rmSync(directory, { recursive: true, force: true }));

beforeEach(({ skip }) => {
  if (!(found instanceof KafkaTools)) skip(`Kafka cannot judge here: ${found.missing}`);
});

describe('Kafka reads a closed log', () => {
  let log: string;
  let written: WrittenBatch[];
  let compressions: Compression[];
  const epochs = [
    [0, 190],
    [3, 170],
    [4, 60],
    [11, 180],
  ] as const;

  beforeAll(async () => {
    log = path.join(directory, 'orders-0');
    compressions = await installedCompressions();
    written = await writeLog(log, epochs, compressions);
  });

  test('every batch and every record is as it was written', async () => {
    const logs = filesOf(log, '.log');
    expect(logs.length).toBeGreaterThan(4);
    const dump = await dumpOf(['--deep-iteration', '--print-data-log'], logs);

    expect(dump.complaints).toEqual([]);
    expect(dump.files.map((file) => file.path)).toEqual(logs);
    const batches = dump.files.flatMap((file) => file.batches);
    expect(batches.map(({ position: _, ...batch }) => batch)).toEqual(written);
    expect(new Set(batches.map(({ codec }) => codec))).toEqual(new Set(compressions));
    for (const file of dump.files) expectContiguous(file);
  });

  test('the indexes agree with the log', async () => {
    const indexes = [...filesOf(log, '.index'), ...filesOf(log, '.timeindex')];
    const logs = filesOf(log, '.log');
    expect(indexes).toHaveLength(2 * logs.length);
    for (const check of INDEX_CHECKS) {
      const dump = await dumpOf(check, indexes);
      expect(dump.complaints, check.join(' ')).toEqual([]);
      expect(dump.files.map((file) => file.path)).toEqual(indexes);
      for (const file of dump.files) {
        if (check[0] === '--index-sanity-check') expect(file.passedSanityCheck).toBe(true);
        else if (check.length === 0) expectGoodIndex(file, batchesIn(file.path, written));
      }
    }
  });

  test('the leader epochs are a file of Kafka’s', async ({ skip }) => {
    const file = path.join(log, EPOCH_CHECKPOINT_FILE);
    const expected = epochs.map(([epoch]) => ({
      epoch,
      startOffset: written.find((batch) => batch.leaderEpoch === epoch)?.baseOffset,
    }));
    const parsed = parseLeaderEpochCheckpoint(readFileSync(file, 'utf8'));
    expect('history' in parsed && parsed.history.entries).toEqual(expected);

    if (!(await tools().canCompile())) skip('this Java runs programs, but cannot compile');
    const { stdout, stderr } = await tools().readLeaderEpochs(file);
    expect(stderr).toBe('');
    const lines = expected.map(({ epoch, startOffset }) => `${epoch} ${startOffset}\n`);
    expect(stdout).toBe(lines.join(''));
  });
});

describe('Kafka reads a log with a past', () => {
  test('one that was torn, recovered, cut, written on and left with a small last segment', async () => {
    const log = path.join(directory, 'payments-3');
    const compressions = await installedCompressions();
    const first = await writeLog(log, [[1, 150]], compressions);
    // Half a batch behind the last segment, and no index: what a killed broker may leave.
    const last = filesOf(log, '.log').at(-1) ?? '';
    appendFileSync(last, readFileSync(last).subarray(0, 100));
    for (const index of [...filesOf(log, '.index'), ...filesOf(log, '.timeindex')]) rmSync(index);

    const opened = await openLog(log);
    const cut = first[104]?.baseOffset ?? NaN;
    const { toOffset } = await opened.truncateTo(offset(cut + 1));
    // The batch that holds the offset goes as a whole.
    expect(toOffset).toBe(cut);
    const second = await appendBatches(opened, { epoch: 2, seed: 500, count: 60, compressions });
    await opened.close({ clean: true });

    const logs = filesOf(log, '.log');
    const dump = await dumpOf(['--deep-iteration', '--print-data-log'], logs);
    expect(dump.complaints).toEqual([]);
    const batches = dump.files.flatMap((file) => file.batches);
    const expected = [...first.slice(0, 104), ...second];
    expect(batches.map(({ position: _, ...batch }) => batch)).toEqual(expected);

    const indexes = [...filesOf(log, '.index'), ...filesOf(log, '.timeindex')];
    expect(indexes).toHaveLength(2 * logs.length);
    expect((await dumpOf([], indexes)).complaints).toEqual([]);
  });

  test('one with a segment too small for an index entry', async () => {
    const log = path.join(directory, 'tiny-0');
    const compressions = await installedCompressions();
    const written = await writeLog(log, [[0, 2]], compressions);
    const files = ['.log', '.index', '.timeindex'].map((suffix) => segmentFile(log, 0, suffix));
    const dump = await dumpOf([], files);
    expect(dump.complaints).toEqual([]);
    const [batches, offsets, times] = dump.files;
    expect(batches?.batches).toHaveLength(2);
    expect(offsets).toMatchObject({ isEmpty: true, offsetEntries: [] });
    // The largest timestamp is there nevertheless.
    const latest = Math.max(...written.map(({ maxTimestamp }) => maxTimestamp));
    expect(times?.timeEntries.map(({ timestamp }) => timestamp)).toEqual([latest]);
  });
});

describe('Kafka reads a log of transactions', () => {
  let log: string;

  beforeAll(async () => {
    log = path.join(directory, 'accounts-0');
    await writeTransactions(log);
  });

  test('the markers say how each one ended', async () => {
    const dump = await dumpOf(['--deep-iteration'], filesOf(log, '.log'));
    expect(dump.complaints).toEqual([]);
    const batches = dump.files.flatMap((file) => file.batches);
    expect(batches.every((batch) => batch.isValid)).toBe(true);
    const markers = batches.filter((batch) => batch.isControl);
    expect(markers.map(({ size, records }) => [size, records[0]?.outcome])).toEqual(
      Array.from({ length: TRANSACTIONS - 1 }, (_, index) => [
        78,
        isAborted(index) ? 'ABORT' : 'COMMIT',
      ]),
    );
  });

  test('the aborted ones are in the transaction indexes', async () => {
    const logs = await dumpOf(['--deep-iteration'], filesOf(log, '.log'));
    const aborts = logs.files
      .flatMap((file) => file.batches)
      .filter(({ records }) => records[0]?.outcome === 'ABORT');
    const dump = await dumpOf([], filesOf(log, '.txnindex'));
    expect(dump.complaints).toEqual([]);
    const entries = dump.files.flatMap((file) => file.aborted);
    expect(entries.map(({ producerId, lastOffset }) => [producerId, lastOffset])).toEqual(
      aborts.map(({ baseOffset }) => [TRANSACTIONAL, baseOffset]),
    );
    for (const { firstOffset, lastOffset, lastStableOffset } of entries) {
      expect(firstOffset).toBeLessThan(lastOffset);
      expect(lastStableOffset).toBe(lastOffset + 1);
    }
  });

  test('the snapshots are of both producers, whatever else we keep behind', async () => {
    const snapshots = filesOf(log, '.snapshot');
    expect(snapshots.length).toBeGreaterThan(3);
    const { files, complaints } = await dumpOf([], snapshots);
    expect(complaints).toEqual([]);
    for (const file of files) {
      const ids = file.producers.map(({ producerId }) => producerId);
      expect(ids).toEqual([IDEMPOTENT, TRANSACTIONAL]);
    }
    const end = baseOffsetOf(snapshots.at(-1) ?? '');
    const sequences = TRANSACTIONS * 12;
    expect(files.at(-1)?.producers).toMatchObject([
      { lastBatch: [sequences - 3, sequences - 1, end - 1], transactionStart: null },
      { producerEpoch: TRANSACTIONS - 1, lastBatch: [9, 11, end - 4], transactionStart: end - 24 },
    ]);
  });
});

describe('Kafka reads a compacted log', () => {
  test('once with tombstones and markers that wait, and once when they are gone', async () => {
    const log = path.join(directory, 'compacted-0');
    await writeTransactions(log);
    const before = await recordsIn(log);
    for (const [atMs, waits] of [
      [1_000, true],
      [10_000, false],
    ] as const) {
      const { cleanedTo } = await compact(log, atMs);
      const dump = await dumpOf(['--deep-iteration', '--print-data-log'], filesOf(log, '.log'));
      // What compaction is about, in Kafka's own logs too.
      const holes = /^(Non-consecutive offsets in |  \d+ is followed by )/;
      expect(dump.complaints.filter((line) => !holes.test(line))).toEqual([]);
      const batches = dump.files.flatMap((file) => file.batches);
      expect(batches.every(({ isValid, magic }) => isValid && magic === 2)).toBe(true);
      for (const file of dump.files) expectContiguous(file);
      const cleaned = batches.filter(({ lastOffset }) => lastOffset < cleanedTo);
      expect(cleaned.some(({ count }) => count === 0)).toBe(true);
      expect(cleaned.some(({ deleteHorizon }) => deleteHorizon !== null)).toBe(true);
      const records = cleaned.flatMap((batch) => (batch.isControl ? [] : batch.records));
      const keys = records.map(({ key }) => key);
      expect(new Set(keys).size).toBe(keys.length);
      expect(records.some(({ valueSize }) => valueSize === -1)).toBe(waits);
      for (const record of records) expect(before).toContainEqual(record);

      const rest = ['.index', '.timeindex', '.txnindex', '.snapshot'];
      const files = rest.flatMap((suffix) => filesOf(log, suffix));
      expect((await dumpOf([], files)).complaints).toEqual([]);
    }
  });

  async function recordsIn(log: string): Promise<unknown[]> {
    const dump = await dumpOf(['--deep-iteration', '--print-data-log'], filesOf(log, '.log'));
    return dump.files.flatMap((file) => file.batches.flatMap((batch) => batch.records));
  }
});

describe('Kafka refuses what is wrong', () => {
  let log: string;
  let written: WrittenBatch[];

  beforeAll(async () => {
    log = path.join(directory, 'good-0');
    written = await writeLog(log, [[0, 40]], ['none']);
  });

  /** A copy of the log with something done to it. */
  function spoilt(name: string, spoil: (copy: string) => void): string {
    const copy = path.join(directory, name);
    cpSync(log, copy, { recursive: true });
    spoil(copy);
    return copy;
  }

  test('a flipped bit in a record', async () => {
    const at = written.slice(0, 7).reduce((sum, batch) => sum + batch.size, 0) + 70;
    const copy = spoilt('flipped', (to) => flipBit(segmentFile(to, 0, '.log'), at));
    const { files } = await dumpOf([], [segmentFile(copy, 0, '.log')]);
    const invalid = files[0]?.batches.filter((batch) => !batch.isValid);
    expect(invalid?.map((batch) => batch.baseOffset)).toEqual([written[7]?.baseOffset]);
  });

  test('half a batch behind the last one', async () => {
    const copy = spoilt('torn', (to) => {
      const file = segmentFile(to, 0, '.log');
      writeFileSync(file, readFileSync(file).subarray(0, -10));
    });
    const { complaints } = await dumpOf([], [segmentFile(copy, 0, '.log')]);
    expect(complaints).toEqual([expect.stringMatching(/^Found \d+ invalid bytes at the end of/)]);
  });

  test('an index entry that leads to another batch', async () => {
    const copy = spoilt('index', (to) => {
      const file = segmentFile(to, 0, '.index');
      const bytes = readFileSync(file);
      // The second entry's position in the place of the first one's.
      bytes.copyWithin(4, 12, 16);
      writeFileSync(file, bytes);
    });
    const { complaints } = await dumpOf(['--verify-index-only'], [segmentFile(copy, 0, '.index')]);
    expect(complaints[0]).toMatch(/^Mismatches in /);
  });

  test('a time index that names a timestamp which its batch has not', async () => {
    const copy = spoilt('timeindex', (to) => flipBit(segmentFile(to, 0, '.timeindex'), 7));
    const dump = await dumpOf(['--verify-index-only'], [segmentFile(copy, 0, '.timeindex')]);
    expect(dump.complaints[0]).toMatch(/^Found timestamp mismatch in /);
  });
});

function tools(): KafkaTools {
  if (found instanceof KafkaTools) return found;
  throw new Error(found.missing);
}

async function dumpOf(options: readonly string[], files: readonly string[]): Promise<Dump> {
  const { exitCode, stdout, stderr } = await tools().dumpLogSegments(options, files);
  expect(exitCode, stderr).toBe(0);
  return parseDump(stdout, stderr);
}

async function writeLog(
  to: string,
  epochs: readonly (readonly [epoch: number, batches: number])[],
  compressions: readonly Compression[],
): Promise<WrittenBatch[]> {
  const log = await openLog(to);
  const written: WrittenBatch[] = [];
  for (const [epoch, count] of epochs) {
    const seed = written.length;
    written.push(...(await appendBatches(log, { epoch, seed, count, compressions })));
  }
  await log.close({ clean: true });
  return written;
}

/** The paths of a directory's files with this suffix, in the order of their offsets. */
function filesOf(log: string, suffix: string): string[] {
  const names = readdirSync(log).filter((name) => name.endsWith(suffix));
  return names.sort().map((name) => path.join(log, name));
}

function baseOffsetOf(file: string): number {
  return Number(path.basename(file).split('.')[0]);
}

/** The batches of the segment that a file belongs to, with their positions. */
function batchesIn(
  file: string,
  written: readonly WrittenBatch[],
): (WrittenBatch & { position: number })[] {
  const from = written.findIndex((batch) => batch.baseOffset === baseOffsetOf(file));
  const end = statSync(file.replace(/\.(time)?index$/, '.log')).size;
  const batches: (WrittenBatch & { position: number })[] = [];
  let position = 0;
  for (const batch of written.slice(from)) {
    if (position === end) break;
    batches.push({ ...batch, position });
    position += batch.size;
  }
  expect(position).toBe(end);
  return batches;
}

/** Batch follows batch from the file's first byte to its last, and from the offset in its name. */
function expectContiguous(file: DumpedFile): void {
  expect(file.startOffset).toBe(baseOffsetOf(file.path));
  let position = 0;
  let nextOffset = file.startOffset;
  for (const batch of file.batches) {
    expect(batch).toMatchObject({ position, baseOffset: nextOffset });
    position += batch.size;
    nextOffset = batch.lastOffset + 1;
  }
  expect(position).toBe(statSync(file.path).size);
  expect(position).toBeLessThanOrEqual(SEGMENT_BYTES);
}

/** Kafka has seen that the entries are right; this is that they are enough. */
function expectGoodIndex(
  file: DumpedFile,
  batches: readonly (WrittenBatch & { position: number })[],
): void {
  if (file.path.endsWith('.timeindex')) {
    const latest = Math.max(...batches.map((batch) => batch.maxTimestamp));
    expect(file.timeEntries.at(-1)?.timestamp).toBe(latest);
    return;
  }
  const sizeMax = Math.max(...batches.map((batch) => batch.size));
  const end = (batches.at(-1)?.position ?? 0) + 1;
  let before = 0;
  for (const { position } of [...file.offsetEntries, { position: end }]) {
    expect(position - before).toBeLessThanOrEqual(INDEX_INTERVAL_BYTES + 2 * sizeMax);
    before = position;
  }
}

function flipBit(file: string, position: number): void {
  const bytes = readFileSync(file);
  bytes.writeUInt8(bytes.readUInt8(position) ^ 1, position);
  writeFileSync(file, bytes);
}
