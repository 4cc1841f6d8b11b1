/**
 * A log of keyed records, transactions and compressed batches beside everything that was ever
 * appended to it, and what compaction must leave of that, worked out in one pass over all of it.
 */
import { expect } from 'vitest';
import { leaderEpoch, offset, timestamp } from '../../src/base/ids.ts';
import { syncDirectory } from '../../src/base/file-system.ts';
import { codecFor } from '../../src/client/compression/codecs.ts';
import type { BatchCodecs } from '../../src/log/batch-codecs.ts';
import type { CompactionReport } from '../../src/log/compaction.ts';
import type { LogConfig } from '../../src/log/log-config.ts';
import { PartitionLog, type CompactionNeed } from '../../src/log/partition-log.ts';
import { RecordBatchBuilder } from '../../src/record/batch-builder.ts';
import { readBatchHeader, stampBatch } from '../../src/record/batch-header.ts';
import { encodeTransactionMarker, readControlRecord } from '../../src/record/control-batch.ts';
import type { TransactionOutcome } from '../../src/record/control-batch.ts';
import { ProducerStates } from '../../src/record/producer-states.ts';
import { RecordBatchView } from '../../src/record/record-batch.ts';
import type { LogRecord } from '../../src/record/record-batch.ts';
import { checkReplicatedBatches } from '../../src/record/validate-batch.ts';
import { MemoryFileSystem } from '../../src/testing/memory-file-system.ts';
import type { SeededRandom } from '../../src/testing/seeded-random.ts';
import { CONFIG, DIRECTORY, readAll } from '../unit/log/log-fixture.ts';

/** What a consumer can tell of a record. */
export interface Seen {
  readonly offset: number;
  readonly timestamp: number;
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: string;
}

interface Written extends Seen {
  /** Not null in a transaction. */
  readonly producer: number | null;
}

export const DELETE_RETENTION_MS = 1000;

export const COMPACTED: LogConfig = {
  ...CONFIG,
  segmentBytes: 1200,
  indexIntervalBytes: 200,
  tailCacheBytes: 500,
  compaction: {
    deleteRetentionMs: DELETE_RETENTION_MS,
    minCleanableDirtyPercent: 0,
    minCompactionLagMs: 0,
  },
};

/** Gzip, which is part of Node, and nothing else. */
export const GZIP_ALONE: BatchCodecs = {
  find: async (name) => (name === 'gzip' ? codecFor('gzip') : null),
};

export class CompactedLog {
  fileSystem: MemoryFileSystem;
  readonly config: LogConfig;
  log!: PartitionLog;
  now = 1_000_000;
  /** What the mark file says. */
  mark = 0;
  codecs: BatchCodecs = GZIP_ALONE;
  dedupeBufferBytes = 1 << 20;
  /** What every replica has; further than any log goes. */
  replicatedTo = 2 ** 40;
  readonly unreadable = new Set<string>();
  readonly #written: Written[] = [];
  readonly #ends: { producer: number; at: number; outcome: TransactionOutcome }[] = [];
  /** Producer id to its next sequence and epoch. */
  readonly #producers = new Map<number, { sequence: number; epoch: number; isOpen: boolean }>();

  private constructor(config: LogConfig) {
    this.fileSystem = new MemoryFileSystem();
    this.config = config;
  }

  static async create(config: Partial<LogConfig> = {}): Promise<CompactedLog> {
    const made = new CompactedLog({ ...COMPACTED, ...config });
    made.fileSystem.makeDirectory('data');
    await syncDirectory(made.fileSystem, '.');
    await made.open();
    await made.log.assignEpoch(leaderEpoch(0), offset(0));
    return made;
  }

  async open(cleanStop = false): Promise<void> {
    this.log = await PartitionLog.open({
      fileSystem: this.fileSystem,
      directory: DIRECTORY,
      config: this.config,
      callbacks: { onDurable: () => {}, onFailure: () => {} },
      durableMark: offset(this.mark),
      markIntact: true,
      cleanStop,
      lowerMark: async (endOffset) => {
        this.mark = Math.min(this.mark, endOffset);
      },
      now: timestamp(this.now),
    });
  }

  async flushed(): Promise<void> {
    this.log.flush();
    while (this.log.durableEndOffset < this.log.logEndOffset && this.log.failure === null) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.mark = this.log.syncedEndOffset;
  }

  need(cleanedTo: number): CompactionNeed {
    return this.log.compactionNeed(
      timestamp(this.now),
      offset(cleanedTo),
      offset(this.replicatedTo),
    );
  }

  get endOfStable(): number {
    return this.log.producers.lastStableOffset(this.log.logEndOffset);
  }

  async append(
    records: readonly { key: string | null; value: string | null }[],
    options: { producer?: number; transactional?: boolean; gzip?: boolean } = {},
  ): Promise<void> {
    const { log } = this;
    const builder = new RecordBatchBuilder({ bytesMax: 1 << 20 });
    const baseOffset = log.logEndOffset;
    const { producer, transactional = false } = options;
    const state = producer === undefined ? null : this.#producer(producer);
    for (const [index, { key, value }] of records.entries()) {
      this.now += 1;
      const at = baseOffset + index;
      const headers = at % 5 === 0 ? [{ key: 'trace', value: `t${at}` }] : [];
      builder.append({ key, value, headers, timestamp: timestamp(this.now) });
      this.#written.push({
        offset: at,
        timestamp: this.now,
        key,
        value,
        headers: headers.map((one) => `${one.key}=${one.value}`).join(),
        producer: transactional ? (producer ?? null) : null,
      });
    }
    const seal =
      state === null || producer === undefined
        ? {}
        : {
            producerId: producer,
            producerEpoch: state.epoch,
            baseSequence: state.sequence,
            transactional,
          };
    const gzip = await codecFor('gzip');
    const bytes =
      options.gzip === true
        ? builder.sealCompressed(await gzip.compress(builder.recordsSection), 'gzip', seal)
        : builder.build(seal);
    if (state !== null) {
      state.sequence += records.length;
      state.isOpen ||= transactional;
    }
    this.#append(bytes);
  }

  end(producer: number, outcome: TransactionOutcome): void {
    const state = this.#producer(producer);
    if (!state.isOpen) return;
    state.isOpen = false;
    state.epoch += 1;
    state.sequence = 0;
    this.#ends.push({ producer, at: this.log.logEndOffset, outcome });
    this.#append(
      encodeTransactionMarker({
        producerId: producer,
        producerEpoch: state.epoch,
        outcome,
        coordinatorEpoch: 0,
        timestamp: timestamp(this.now),
      }),
    );
  }

  async assignNextEpoch(): Promise<void> {
    await this.log.assignEpoch(leaderEpoch(this.#epoch() + 1), this.log.logEndOffset);
  }

  compact(options: { isCancelled?: () => boolean } = {}): Promise<CompactionReport | null> {
    return this.log.compact({
      now: timestamp(this.now),
      upTo: offset(this.endOfStable),
      replicatedTo: offset(this.replicatedTo),
      dedupeBufferBytes: this.dedupeBufferBytes,
      hashSeed: [1, 2, 3, 4],
      codecs: this.codecs,
      pause: async () => {},
      isCancelled: options.isCancelled ?? (() => false),
      onUnreadable: (reason) => this.unreadable.add(reason),
    });
  }

  /** Until there is nothing left to do at this moment; the offset that everything is clean to. */
  async compactAll(): Promise<number> {
    for (;;) {
      const report = await this.compact();
      expect(report).not.toBeNull();
      if (report?.isComplete !== false) return report?.cleanedTo ?? 0;
    }
  }

  /**
   * What a read-committed consumer sees in front of the last stable offset is a part of what was
   * written there, all of it from `cleanedTo` on, and in front of that the newest record of each key;
   * tombstones may be gone. The log reads the same from everywhere and starts again the same.
   */
  async expectCompacted(cleanedTo: number, tombstones: 'kept' | 'any'): Promise<void> {
    const { committed, newest } = this.#reference(cleanedTo);
    const seen = await this.#consume();
    const bySeen = new Map(seen.map((one) => [one.offset, one]));
    for (const one of committed) {
      const { producer: _, ...record } = one;
      const found = bySeen.get(one.offset);
      if (found !== undefined) expect(found).toEqual(record);
      const isNewest =
        one.offset >= cleanedTo || (one.key !== null && newest.get(one.key) === one.offset);
      if (!isNewest) expect(found, `offset ${one.offset} is outdated`).toBeUndefined();
      else if (tombstones === 'kept' || one.value !== null) {
        expect(found, `offset ${one.offset} is gone`).toBeDefined();
      }
      bySeen.delete(one.offset);
    }
    expect([...bySeen.values()]).toEqual([]);
    await this.expectWhole();
  }

  /**
   * Whatever compaction was doing when it was interrupted: of each key the last committed record is
   * there, and nothing that was not committed.
   */
  async expectNothingLost(tombstones: 'kept' | 'any'): Promise<void> {
    const end = this.endOfStable;
    const { committed, newest } = this.#reference(end);
    const known = new Map(committed.map((one) => [one.offset, one]));
    const seen = await this.#consume();
    for (const one of seen) {
      const { producer: _, ...record } = known.get(one.offset) ?? { producer: null };
      expect(one).toEqual(record);
    }
    const offsets = new Set(seen.map((one) => one.offset));
    for (const at of newest.values()) {
      if (tombstones === 'any' && known.get(at)?.value === null) continue;
      expect(offsets.has(at), `offset ${at} is gone`).toBe(true);
    }
    await this.expectWhole();
  }

  /** Dense, sound, and readable from every offset. */
  async expectReadable(): Promise<Uint8Array[]> {
    const { log } = this;
    const all = await readAll(log);
    const base = readBatchHeader(all[0] ?? new Uint8Array(0)).baseOffset;
    expect(checkReplicatedBatches(Buffer.concat(all), base)).not.toHaveProperty('refusal');
    for (const batch of all) {
      const { baseOffset: first, lastOffset, leaderEpoch: epoch } = readBatchHeader(batch);
      if (first < log.logStartOffset) continue;
      expect([log.epochs.epochAt(first), log.epochs.epochAt(lastOffset)]).toEqual([epoch, epoch]);
    }
    const step = 1 + Math.floor((log.logEndOffset - log.logStartOffset) / 40);
    for (let at = log.logStartOffset as number; at < log.logEndOffset; at += step) {
      const [first] = await log.read(offset(at), 1, log.logEndOffset);
      const header = readBatchHeader(first ?? new Uint8Array(0));
      expect(header.baseOffset).toBeLessThanOrEqual(at);
      expect(header.lastOffset).toBeGreaterThanOrEqual(at);
      // A follower whose log ends here goes on here.
      if (header.recordsCount === 0 && header.producerId < 0) expect(header.baseOffset).toBe(at);
    }
    return all;
  }

  /** And known for what it is from the batches alone. */
  async expectWhole(): Promise<void> {
    const { log } = this;
    const all = await this.expectReadable();
    const states = new ProducerStates();
    for (const batch of all) {
      const header = readBatchHeader(batch);
      if (header.producerId < 0) continue;
      const marker = header.isControl ? (readControlRecord(batch)?.marker ?? null) : null;
      const { producerId, producerEpoch, baseSequence, lastOffsetDelta, maxTimestamp } = header;
      const told = { producerId, producerEpoch, lastOffsetDelta, maxTimestamp, marker };
      const transactional = header.isTransactional;
      const ended = states.append(
        { ...told, transactional, baseSequence: header.isControl ? -1 : baseSequence },
        header.baseOffset,
      );
      // Nor takes two transactions for one.
      const within = this.#ends.filter(
        ({ producer, at }) =>
          ended !== null &&
          producer === producerId &&
          at > ended.firstOffset &&
          at < header.baseOffset,
      );
      expect(within).toEqual([]);
    }
    // Nobody who has only these batches believes that a transaction is open which is not.
    for (const [id, state] of states.entries()) {
      const known = log.producers.get(id);
      expect(state.transactionStart === null).toBe((known?.transactionStart ?? null) === null);
      expect(state.batches.at(-1)?.lastSequence).toBe(known?.batches.at(-1)?.lastSequence);
      expect(state.epoch).toBe(known?.epoch);
    }
    expect(states.size).toBe(log.producers.size);
  }

  #producer(id: number): { sequence: number; epoch: number; isOpen: boolean } {
    const known = this.#producers.get(id);
    if (known !== undefined) return known;
    const made = { sequence: 0, epoch: 0, isOpen: false };
    this.#producers.set(id, made);
    return made;
  }

  #epoch(): number {
    return this.log.epochs.latestEpoch() ?? 0;
  }

  #append(bytes: Uint8Array): void {
    stampBatch(bytes, 0, { baseOffset: this.log.logEndOffset, leaderEpoch: this.#epoch() });
    this.log.append(bytes);
  }

  /** What was committed in front of the last stable offset; of each key the newest before `end`. */
  #reference(end: number): { committed: Written[]; newest: Map<string, number> } {
    const stable = this.endOfStable;
    const committed = this.#written.filter((one) => {
      if (one.offset >= stable || one.offset < this.log.logStartOffset) return false;
      if (one.producer === null) return true;
      const ended = this.#ends.find(
        ({ producer, at }) => producer === one.producer && at > one.offset,
      );
      return ended?.outcome === 'commit';
    });
    const newest = new Map<string, number>();
    for (const { key, offset: at } of committed) if (key !== null && at < end) newest.set(key, at);
    return { committed, newest };
  }

  /** As a read-committed consumer: with the aborted transactions of each answer, and the markers. */
  async #consume(): Promise<Seen[]> {
    const { log } = this;
    const end = offset(this.endOfStable);
    const seen: Seen[] = [];
    let from = log.logStartOffset;
    while (from < end) {
      const batches = await log.read(from, 700, end);
      expect(batches.length).toBeGreaterThan(0);
      const last = readBatchHeader(batches.at(-1) ?? new Uint8Array(0));
      const aborted = log
        .abortedTransactions(from, last.nextOffset)
        .toSorted((a, b) => a.firstOffset - b.firstOffset);
      const under = new Set<number>();
      for (const batch of batches) {
        const header = readBatchHeader(batch);
        while ((aborted[0]?.firstOffset ?? Infinity) <= header.lastOffset) {
          under.add(aborted.shift()?.producerId ?? -1);
        }
        if (header.isControl) {
          if (readControlRecord(batch)?.marker?.outcome === 'abort')
            under.delete(header.producerId);
          continue;
        }
        if (header.isTransactional && under.has(header.producerId)) continue;
        for (const record of await recordsOf(batch)) {
          if (record.offset >= from) seen.push(seenOf(record));
        }
      }
      from = last.nextOffset;
    }
    return seen;
  }
}

async function recordsOf(batch: Uint8Array): Promise<LogRecord[]> {
  let view = new RecordBatchView(batch);
  if (view.needsDecompression) {
    const gzip = await codecFor('gzip');
    view = view.withDecompressed(await gzip.decompress(view.compressedRecords, 1 << 20));
  }
  return [...view.records()];
}

function seenOf(record: LogRecord): Seen {
  const text = (bytes: Uint8Array | null): string | null =>
    bytes === null ? null : Buffer.from(bytes).toString();
  return {
    offset: record.offset,
    timestamp: record.timestamp,
    key: text(record.key),
    value: text(record.value),
    headers: record.headers.map((one) => `${one.key}=${text(one.value)}`).join(),
  };
}

/** Batches of all sorts by four producers and nobody, with transactions that end now and then. */
export async function appendRandomly(
  model: CompactedLog,
  random: SeededRandom,
  count: number,
  keys: number,
): Promise<void> {
  for (let index = 0; index < count; index++) {
    const producer = random.below(6);
    if (producer >= 4 && random.below(4) === 0) {
      model.end(producer, random.below(2) === 0 ? 'commit' : 'abort');
      continue;
    }
    if (random.below(20) === 0) await model.assignNextEpoch();
    const records = Array.from({ length: 1 + random.below(4) }, () => ({
      key: random.below(30) === 0 ? null : `key-${random.below(keys)}`,
      value: random.below(8) === 0 ? null : 'v'.repeat(1 + random.below(60)),
    }));
    await model.append(records, {
      ...(producer < 2 ? {} : { producer }),
      transactional: producer >= 4,
      gzip: random.below(4) === 0,
    });
    if (random.below(3) === 0) model.log.flush();
  }
  await model.flushed();
}
