import type { Clock, Timer } from '../base/clock.ts';
import { FileSystemError } from '../base/file-system.ts';
import type { Offset } from '../base/ids.ts';
import type { Random } from '../base/random.ts';
import type { BatchCodecs } from '../log/batch-codecs.ts';
import type { CompactionReport } from '../log/compaction.ts';
import { CorruptLogError } from '../log/corrupt-log-error.ts';
import type { CompactionNeed } from '../log/partition-log.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import type { PartitionHost } from './partition-host.ts';

export interface LogCleanerOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly codecs: BatchCodecs;
  readonly telemetry: Telemetry;
  readonly hosts: () => Iterable<PartitionHost>;
  /** How often logs are looked at while none needs cleaning. */
  readonly backoffMs: number;
  readonly dedupeBufferBytes: number;
  /** Read and written together. */
  readonly ioBytesPerSecondMax: number;
  /** A bug. */
  readonly failed: (error: unknown) => void;
}

/**
 * Compacts the logs of one broker, one at a time, the dirtiest first, each replica its own: replicas
 * hold the same records then, but not always the same bytes. Made and stopped by the broker.
 *
 * Reads and writes no more than it may in a second, and lets others run between any two pieces.
 */
export class LogCleaner {
  readonly #options: LogCleanerOptions;
  #timer: Timer | null = null;
  #isStopped = false;
  /** The round under way; resolved when there is none. */
  #round: Promise<void> = Promise.resolve();
  /** Ends the pause under way. */
  #wake: (() => void) | null = null;
  /** When what has been read and written so far would have been at the allowed rate. */
  #paidUntil = 0;
  /** What has been said of batches that cannot be read: once is enough. */
  readonly #told = new Set<string>();

  constructor(options: LogCleanerOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = this.#options.clock.setTimer(this.#options.backoffMs, () => {
      this.#round = this.#cleanAll().then(
        () => {
          if (!this.#isStopped) this.start();
        },
        (error: unknown) => this.#options.failed(error),
      );
    });
  }

  /** Begins nothing more; resolves when what is under way has ended. */
  stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.cancel();
    this.#wake?.();
    return this.#round;
  }

  /** Until no log needs it. */
  async #cleanAll(): Promise<void> {
    const done = new Set<PartitionHost>();
    for (;;) {
      const host = this.#dirtiest(done);
      if (host === null || this.#isStopped) return;
      const before = this.#need(host).dirtyBytes;
      const report = await this.#clean(host);
      // What could not be done, or did not help, is tried again in the next round.
      const hasHelped = report !== null && this.#need(host).dirtyBytes < before;
      if (!hasHelped) done.add(host);
    }
  }

  #need(host: PartitionHost): CompactionNeed {
    const now = this.#options.clock.timestamp();
    return host.log.compactionNeed(now, stableEnd(host), host.replicatedTo);
  }

  #dirtiest(done: ReadonlySet<PartitionHost>): PartitionHost | null {
    let dirtiest: PartitionHost | null = null;
    let ratio = -1;
    for (const host of this.#options.hosts()) {
      if (!host.log.config.compaction || done.has(host)) continue;
      const { isDue, dirtyRatio } = this.#need(host);
      if (!isDue || dirtyRatio <= ratio) continue;
      dirtiest = host;
      ratio = dirtyRatio;
    }
    return dirtiest;
  }

  async #clean(host: PartitionHost): Promise<CompactionReport | null> {
    const { clock, random, codecs, telemetry, dedupeBufferBytes } = this.#options;
    const { topic, partition } = host;
    const startedAt = clock.now();
    const word = (): number => random.below(2 ** 32);
    try {
      const report = await host.log.compact({
        now: clock.timestamp(),
        upTo: stableEnd(host),
        replicatedTo: host.replicatedTo,
        dedupeBufferBytes,
        hashSeed: [word(), word(), word(), word()],
        codecs,
        pause: (bytes) => this.#pause(bytes),
        isCancelled: () => this.#isStopped,
        onUnreadable: (reason) => this.#tellUnreadable(host, reason),
      });
      if (report === null) return null;
      const { cleanedTo, bytesBefore, bytesAfter, keys } = report;
      const durationMs = Math.round(clock.now() - startedAt);
      telemetry.event('log_compacted', {
        topic,
        partition,
        cleanedTo,
        bytesBefore,
        bytesAfter,
        keys,
        durationMs,
      });
      return report;
    } catch (error) {
      if (error instanceof CorruptLogError) host.damaged(error.message);
      else if (error instanceof FileSystemError) {
        // A process that is gone says nothing.
        if (!this.#isStopped) telemetry.event('compaction_failed', { topic, partition, error });
      } else throw error;
      return null;
    }
  }

  #tellUnreadable({ topic, partition, key }: PartitionHost, reason: string): void {
    const told = `${key} ${reason}`;
    if (this.#told.has(told)) return;
    this.#told.add(told);
    this.#options.telemetry.event('batches_not_compacted', { topic, partition, reason });
  }

  /** Waits as long as `bytes` more take at the allowed rate. */
  #pause(bytes: number): Promise<void> {
    const { clock, ioBytesPerSecondMax } = this.#options;
    const now = clock.now();
    this.#paidUntil = Math.max(this.#paidUntil, now) + (bytes / ioBytesPerSecondMax) * 1000;
    const milliseconds = this.#paidUntil - now;
    if (this.#isStopped || milliseconds < PAUSE_MS_MIN) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = clock.setTimer(Math.ceil(milliseconds), () => this.#wake?.());
      this.#wake = () => {
        this.#wake = null;
        timer.cancel();
        resolve();
      };
    });
  }
}

/** What is committed and belongs to no transaction that may still end either way. */
function stableEnd(host: PartitionHost): Offset {
  return host.log.producers.lastStableOffset(host.highWatermark);
}

/** Timers are not finer. */
const PAUSE_MS_MIN = 1;
