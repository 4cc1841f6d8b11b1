import type { Clock } from '../base/clock.ts';
import type { FileSystem, FileSystemError } from '../base/file-system.ts';
import {
  offset,
  partitionIndex,
  partitionKey,
  topicId,
  type NodeId,
  type PartitionIndex,
  type PartitionKey,
  type TopicId,
} from '../base/ids.ts';
import { parseTopicConfig, type TopicConfig } from '../base/topic-config.ts';
import { assert } from '../base/assert.ts';
import type { BrokerConfig } from '../config/config.ts';
import { topicDefaults } from '../config/config.ts';
import type { TopicState } from '../controller/image.ts';
import type { ReplicaReport, TopicSettings } from '../controller/types.ts';
import type { DataDirectory } from '../log/data-directory.ts';
import { PartitionLog, type LogConfig } from '../log/partition-log.ts';
import { Replica } from '../replication/replica.ts';
import { PartitionHost, type PartitionSurroundings } from './partition-host.ts';
import type { Turn } from './turn.ts';

export interface ReplicaTableOptions {
  readonly nodeId: NodeId;
  readonly config: BrokerConfig;
  readonly fileSystem: FileSystem;
  readonly directory: DataDirectory;
  readonly clock: Clock;
  readonly turn: Turn;
  readonly surroundings: PartitionSurroundings;
  readonly echoes: { get(follower: NodeId): ReturnType<Clock['now']> | undefined };
  readonly leadersHeard: { get(leader: NodeId): ReturnType<Clock['now']> | undefined };
  readonly recovered: (replica: OpenLog) => void;
  readonly logWork: LogWork;
  /** A write or a sync failed: the data directory is finished (X12). */
  readonly storageFailed: (error: FileSystemError) => void;
}

/** What logs do on the disk, counted. Called per flush. */
export interface LogWork {
  flushed(bytes: number, seconds: number): void;
  rolled(): void;
}

/** A log that is open, before or behind its host. */
export interface OpenLog {
  readonly topic: string;
  readonly topicId: TopicId;
  readonly partition: PartitionIndex;
  readonly key: PartitionKey;
  readonly log: PartitionLog;
}

/**
 * The replicas that lie in one data directory: opens (and so recovers) their logs when the broker
 * starts, makes new ones as the metadata assigns them, and gives each a host. Owned by the broker.
 */
export class ReplicaTable {
  readonly #options: ReplicaTableOptions;
  readonly #logs = new Map<PartitionKey, OpenLog>();
  readonly #hosts = new Map<PartitionKey, PartitionHost>();
  /** Replicas that are being made, or wait for their turn to be. */
  readonly #making = new Map<PartitionKey, Making>();
  /** How many are at work on files now; at most `REPLICAS_AT_ONCE`. */
  #makingNow = 0;
  /** Those that wait for their turn at it, in order. */
  readonly #makingNext: (() => void)[] = [];
  /** How many are to have a directory and have none yet. */
  #unnamed = 0;
  /** Those that have one, and wait for their entry in the mark file. */
  readonly #unmarked: (() => void)[] = [];
  /** By the name of the partition: one of a topic that was created anew begins behind them. */
  readonly #deletions = new Map<string, Promise<void>>();
  readonly #topicConfigs = new WeakMap<TopicSettings, TopicConfig>();

  constructor(options: ReplicaTableOptions) {
    this.#options = options;
  }

  /** Opens every log that the data directory holds, a few at a time. */
  async recover(): Promise<void> {
    const waiting = this.#options.directory.partitions();
    const workers = Array.from({ length: Math.min(REPLICAS_AT_ONCE, waiting.length) }, async () => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const open = await this.#open(
          next.topic,
          next.topicId,
          next.partition,
          next.directory,
          null,
        );
        this.#options.recovered(open);
      }
    });
    await Promise.all(workers);
  }

  /**
   * What the broker tells of its disk when it registers (X2): every replica that is there, and as
   * damaged every one that the mark file names and that is not there any more.
   */
  reports(): ReplicaReport[] {
    const reports: ReplicaReport[] = [];
    for (const { topicId: id, partition, log } of this.#logs.values()) {
      reports.push({
        topicId: id,
        partition,
        durableLogEndOffset: log.durableEndOffset,
        lastEpoch:
          log.durableEndOffset > log.logStartOffset
            ? log.epochs.epochAt(offset(log.durableEndOffset - 1))
            : null,
        state: log.recovery.state,
      });
    }
    for (const [key, mark] of this.#options.directory.marks.load().marks) {
      if (this.#logs.has(key) || this.#options.directory.marks.markOf(key) === null) continue;
      const separator = key.lastIndexOf(':');
      reports.push({
        topicId: topicId(key.slice(0, separator)),
        partition: partitionIndex(Number(key.slice(separator + 1))),
        durableLogEndOffset: mark,
        lastEpoch: null,
        state: 'damaged',
      });
    }
    return reports;
  }

  host(key: PartitionKey): PartitionHost | undefined {
    return this.#hosts.get(key);
  }

  hosts(): IterableIterator<PartitionHost> {
    return this.#hosts.values();
  }

  get size(): number {
    return this.#hosts.size;
  }

  /** Calls `use` with the replica's host: at once if it is there, else when it has been made. */
  withHost(topic: TopicState, partition: PartitionIndex, use: (host: PartitionHost) => void): void {
    const key = partitionKey(topic.topicId, partition);
    const host = this.#hosts.get(key);
    if (host !== undefined) {
      use(host);
      return;
    }
    const waiting = this.#making.get(key);
    if (waiting !== undefined) {
      waiting.uses.push(use);
      return;
    }
    const open = this.#logs.get(key);
    if (open !== undefined) {
      open.log.reconfigure(this.logConfig(topic));
      use(this.#makeHost(open, topic));
      return;
    }
    const making: Making = { uses: [use], made: this.#make(topic, partition) };
    this.#making.set(key, making);
    making.made.then(
      (made) => {
        // Deleted while it was being made.
        if (this.#making.get(key) !== making) return;
        this.#making.delete(key);
        const fresh = this.#makeHost(made, topic);
        for (const each of making.uses) each(fresh);
      },
      (error: unknown) => this.#options.surroundings.failed(error),
    );
  }

  reconfigure(topic: TopicState): void {
    for (const { partition } of topic.partitions) {
      this.#hosts
        .get(partitionKey(topic.topicId, partition))
        ?.log.reconfigure(this.logConfig(topic));
    }
  }

  /** The topic was deleted: its replica here goes, with its files. */
  delete(topic: string, id: TopicId, partition: PartitionIndex): Promise<void> {
    const name = `${topic}-${partition}`;
    const key = partitionKey(id, partition);
    const making = this.#making.get(key);
    this.#making.delete(key);
    this.#hosts.get(key)?.close();
    this.#hosts.delete(key);
    const before = this.#deletions.get(name);
    const deletion = (async () => {
      await before;
      // Whoever makes it is not left without a directory under his hands.
      if (making !== undefined) await settled(making.made);
      const open = this.#logs.get(key);
      this.#logs.delete(key);
      await this.#inTurn(async () => {
        if (open !== undefined) await open.log.close({ clean: false });
        await this.#options.directory.deletePartition(topic, id, partition);
      });
      this.#options.directory.marks.remove(key);
    })();
    const ended = settled(deletion).then(() => {
      if (this.#deletions.get(name) === ended) this.#deletions.delete(name);
    });
    this.#deletions.set(name, ended);
    return deletion;
  }

  /** Stops deciding; the logs stay open. */
  closeHosts(): void {
    for (const host of this.#hosts.values()) host.close();
  }

  async closeLogs(clean: boolean): Promise<void> {
    // A few at a time: each opens files of its own, and a process may have so many and no more.
    await Promise.all(
      [...this.#logs.values()].map(({ log }) => this.#inTurn(() => log.close({ clean }))),
    );
    this.#logs.clear();
  }

  topicConfig(topic: TopicState): TopicConfig {
    // Asked for with every batch. A change of a topic's settings puts another object in their place.
    const known = this.#topicConfigs.get(topic.settings);
    if (known !== undefined) return known;
    const parsed = parseTopicConfig(topic.settings, topicDefaults(this.#options.config));
    // The controller has checked them before they became an event.
    assert('config' in parsed, () => `the settings of ${topic.name} do not parse`);
    this.#topicConfigs.set(topic.settings, parsed.config);
    return parsed.config;
  }

  logConfig(topic: TopicState | null): LogConfig {
    const { config } = this.#options;
    const topicConfig = topic === null ? topicDefaults(config) : this.topicConfig(topic);
    const { cleanupPolicy } = topicConfig;
    const isDeleted = cleanupPolicy !== 'compact';
    return {
      segmentBytes: topicConfig.segmentBytes,
      segmentMs: topicConfig.segmentMs,
      indexIntervalBytes: config.logIndexIntervalBytes,
      maxMessageBytes: topicConfig.maxMessageBytes,
      retentionMs: isDeleted ? topicConfig.retentionMs : -1,
      retentionBytes: isDeleted ? topicConfig.retentionBytes : -1,
      durability: topicConfig.durability,
      tailCacheBytes: config.logTailCacheBytes,
      flushBytesBackground: BACKGROUND_FLUSH_BYTES,
      compaction: cleanupPolicy === 'delete' ? null : topicConfig,
    };
  }

  async #make(topic: TopicState, partition: PartitionIndex): Promise<OpenLog> {
    const { directory } = this.#options;
    await this.#deletions.get(`${topic.name}-${partition}`);
    this.#unnamed += 1;
    let marked = Promise.resolve();
    let made;
    try {
      made = await this.#inTurn(() =>
        directory.createPartitionDirectory(topic.name, topic.topicId, partition),
      );
      marked = this.#mark(partitionKey(topic.topicId, partition));
    } finally {
      this.#unnamed -= 1;
      this.#writeMarks();
    }
    await marked;
    return this.#inTurn(() =>
      this.#open(topic.name, topic.topicId, partition, made.directory, topic, made.isFresh),
    );
  }

  /**
   * X2: the entry is on the disk before the replica's first position or acknowledgement. A rewrite is of
   * the whole file: it waits for those whose directories are being made, up to a bound.
   */
  #mark(key: PartitionKey): Promise<void> {
    const { marks } = this.#options.directory;
    return new Promise((resolve, reject) => {
      this.#unmarked.push(() => void marks.ensure(key).then(resolve, reject));
    });
  }

  #writeMarks(): void {
    if (this.#unnamed > 0 && this.#unmarked.length < MARKS_AT_ONCE) return;
    for (const ensure of this.#unmarked.splice(0)) ensure();
  }

  /** Does `work` once fewer than `REPLICAS_AT_ONCE` others are under way; first come, first served. */
  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#makingNow < REPLICAS_AT_ONCE) this.#makingNow += 1;
    else await new Promise<void>((resolve) => this.#makingNext.push(resolve));
    try {
      return await work();
    } finally {
      // Handed on, and so still taken, if somebody waits.
      const next = this.#makingNext.shift();
      if (next === undefined) this.#makingNow -= 1;
      else next();
    }
  }

  async #open(
    name: string,
    id: TopicId,
    partition: PartitionIndex,
    path: string,
    topic: TopicState | null,
    isFresh = false,
  ): Promise<OpenLog> {
    const { fileSystem, clock, directory, logWork } = this.#options;
    const key = partitionKey(id, partition);
    let flushBeganAt = clock.now();
    const log = await PartitionLog.open({
      fileSystem,
      directory: path,
      config: this.logConfig(topic),
      callbacks: {
        onDurable: (truncationGeneration, durableEndOffset) => {
          // What is in the page cache alone would read as damage after a power cut (X3).
          const open = this.#logs.get(key);
          if (open !== undefined) directory.marks.raise(key, open.log.syncedEndOffset);
          this.#hosts
            .get(key)
            ?.enqueue({ kind: 'flushed', truncationGeneration, durableEndOffset });
        },
        onFailure: (error) => this.#options.storageFailed(error),
        onFlushBegan: () => {
          flushBeganAt = clock.now();
        },
        onFlushed: (bytes) => logWork.flushed(bytes, (clock.now() - flushBeganAt) / 1000),
        onRolled: () => logWork.rolled(),
      },
      durableMark: directory.marks.markOf(key) ?? offset(0),
      markIntact: directory.marks.load().intact,
      cleanStop: directory.cleanStop !== null,
      isFresh,
      lowerMark: (endOffset) => directory.marks.lower(key, endOffset),
      now: clock.timestamp(),
    });
    const open: OpenLog = { topic: name, topicId: id, partition, key, log };
    this.#logs.set(key, open);
    return open;
  }

  #makeHost(open: OpenLog, topic: TopicState): PartitionHost {
    const { nodeId, config, clock, turn, surroundings, echoes, leadersHeard } = this.#options;
    const { log } = open;
    const replica = new Replica({
      nodeId,
      topicId: open.topicId,
      partition: open.partition,
      durability: this.topicConfig(topic).durability,
      lagTimeMaxMs: config.replicaLagTimeMaxMs,
      sessionTimeoutMs: config.brokerSessionTimeoutMs,
      handoverHoldMs: config.handoverHoldMs,
      retryMs: config.replicaRetryBackoffMs,
      maxHeldRequests: config.partitionInboxMax,
      log: {
        logStartOffset: log.logStartOffset,
        logEndOffset: log.logEndOffset,
        durableEndOffset: log.durableEndOffset,
        truncationGeneration: log.truncationGeneration,
        epochs: log.epochs,
      },
      state: log.recovery.state,
      peerEchoes: echoes,
      leadersHeard,
    });
    const host = new PartitionHost({ ...open, replica, clock, turn, surroundings });
    this.#hosts.set(open.key, host);
    return host;
  }
}

/**
 * Logs that are opened, made or deleted: a few at a time keep the disk busy without flooding it. Files
 * are made and renamed on this thread; a topic of a thousand partitions, made or deleted at once, would
 * be a second or more without a heartbeat, and the broker would be fenced for it.
 */
const REPLICAS_AT_ONCE = 8;
/** How many entries of the mark file are put off together, at most. */
const MARKS_AT_ONCE = 256;
/** On a page-cache topic the kernel is asked to write back this often, so that its dirty set stays small. */
const BACKGROUND_FLUSH_BYTES = 8 * 1024 * 1024;

interface Making {
  /** What is to happen with the host once it is there. */
  readonly uses: ((host: PartitionHost) => void)[];
  readonly made: Promise<OpenLog>;
}

/** When it is over; how it ended is told to whoever began it. */
async function settled(work: Promise<unknown>): Promise<void> {
  await Promise.allSettled([work]);
}
