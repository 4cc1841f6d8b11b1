/**
 * Data directories that a broker has left behind, made by the product itself: what log files are
 * mutated from, with what was written where.
 */
import {
  brokerEpoch,
  clusterId,
  leaderEpoch,
  nodeId,
  offset,
  partitionIndex,
  partitionKey,
  timestamp,
  topicId,
} from '../../src/base/ids.ts';
import type { PartitionKey } from '../../src/base/ids.ts';
import { DataDirectory } from '../../src/log/data-directory.ts';
import type { ProcessProbe } from '../../src/log/directory-lock.ts';
import type { LogConfig } from '../../src/log/log-config.ts';
import { PartitionLog } from '../../src/log/partition-log.ts';
import { batchesIn } from '../../src/record/index.ts';
import type { MemoryFileSystem } from '../../src/testing/memory-file-system.ts';
import { SeededRandom } from '../../src/testing/seeded-random.ts';
import { diskWith, filesOn } from './bundle.ts';
import type { Files } from './bundle.ts';
import { RECORD_TIME, sealedBatch, stamped } from './record-batches.ts';

export const DATA = '/data';
export const TOPIC = 'orders';
export const PARTITION = partitionIndex(0);
/** As 16 bytes give it: the last character has four bits less. */
const TOPIC_ID = topicId(`${'T'.repeat(21)}Q`);
export const KEY: PartitionKey = partitionKey(TOPIC_ID, PARTITION);

export const MINUTE_MS = 60_000;
const DAY_MS = 24 * 3600 * 1000;
/** When a story is read: its first records are hours away from their end. */
export const STORY_READ_AT = timestamp(RECORD_TIME + DAY_MS / 2);

/** Small, so that there are segments and index entries to go wrong. */
const CONFIG: LogConfig = {
  segmentBytes: 700,
  segmentMs: 7 * 24 * 3600 * 1000,
  indexIntervalBytes: 200,
  maxMessageBytes: 1 << 20,
  retentionMs: DAY_MS,
  retentionBytes: -1,
  durability: 'fsync',
  tailCacheBytes: 1 << 16,
  flushBytesBackground: 1 << 16,
};

/** What the disk held, and what had been written to it. */
export interface LogStory {
  readonly files: Files;
  readonly logStartOffset: number;
  readonly state: string;
  /** Every batch in the files, by its base offset. */
  readonly written: ReadonlyMap<number, Uint8Array>;
}

/** One process: opens what is there, as a broker does it. */
export class Incarnation {
  readonly fileSystem: MemoryFileSystem;
  readonly directory: DataDirectory;

  private constructor(fileSystem: MemoryFileSystem, directory: DataDirectory) {
    this.fileSystem = fileSystem;
    this.directory = directory;
  }

  static async open(fileSystem: MemoryFileSystem, pid: number): Promise<Incarnation> {
    const directory = await DataDirectory.open({
      fileSystem,
      path: DATA,
      role: 'broker',
      nodeId: nodeId(1),
      clusterId: clusterId('C'.repeat(22)),
      random: new SeededRandom(pid),
      probe: probeOf(pid),
    });
    return new Incarnation(fileSystem, directory);
  }

  /** The log in this directory, which is KEY's. */
  async openLog(path: string): Promise<PartitionLog> {
    const { marks, cleanStop } = this.directory;
    const log: PartitionLog = await PartitionLog.open({
      fileSystem: this.fileSystem,
      directory: path,
      config: CONFIG,
      callbacks: {
        onDurable: () => marks.raise(KEY, log.syncedEndOffset),
        onFailure: (error) => {
          throw error;
        },
      },
      durableMark: marks.markOf(KEY) ?? offset(0),
      markIntact: marks.load().intact,
      cleanStop: cleanStop !== null,
      lowerMark: (endOffset) => marks.lower(KEY, endOffset),
      now: timestamp(0),
    });
    return log;
  }
}

/** A process of this boot. Only pid 1 runs: every other one that holds a lock is gone. */
function probeOf(pid: number): ProcessProbe {
  const startTimeOf = (other: number) => (other === 1 ? '200' : null);
  return { pid, startTime: '200', bootId: 'boot', startTimeOf };
}

/** Appends a batch at the end of the log, and waits until it is durable. */
export async function append(log: PartitionLog, batch: Uint8Array): Promise<Uint8Array> {
  const bytes = stamped(batch, log.logEndOffset, log.epochs.latestEpoch() ?? 0);
  log.append(bytes);
  log.flush();
  while (log.durableEndOffset < log.logEndOffset) {
    if (log.failure !== null) throw log.failure;
    await Promise.resolve();
  }
  return bytes;
}

export async function nextEpoch(log: PartitionLog): Promise<void> {
  const epoch = (log.epochs.latestEpoch() ?? -1) + 1;
  await log.assignEpoch(leaderEpoch(epoch), log.logEndOffset);
}

/** How each broker came to leave its files behind. */
export async function logStories(): Promise<LogStory[]> {
  return Promise.all([
    // A clean stop, with several segments and epochs.
    story(async (log, incarnation) => {
      await appendMany(log, 7);
      await nextEpoch(log);
      await appendMany(log, 3);
      await log.close({ clean: true });
      await incarnation.directory.closeCleanly(brokerEpoch(3));
    }),
    // A clean stop in the midst of a segment, so that its beginning is taken on trust.
    story(async (log, incarnation) => {
      for (let count = 0; count < 8; count++) await append(log, await sealedBatch());
      await log.close({ clean: true });
      await incarnation.directory.closeCleanly(brokerEpoch(3));
    }),
    // Killed, with a mark in the middle.
    story(async (log, { directory }) => {
      await appendMany(log, 6);
      await directory.marks.sync();
      await nextEpoch(log);
      await appendMany(log, 4);
    }),
    // Killed, with a mark at the end and one segment.
    story(async (log, { directory }) => {
      await appendMany(log, 5);
      await directory.marks.sync();
    }),
    // Truncated and written anew, and cut at its start.
    story(async (log, { directory }) => {
      await appendMany(log, 8);
      await nextEpoch(log);
      await log.truncateTo(offset(11), () => undefined);
      await nextEpoch(log);
      await appendMany(log, 4);
      await log.advanceLogStartOffset(offset(7));
      await directory.marks.sync();
      await appendMany(log, 2);
    }),
    // Uncertain since an earlier start, and never written to since.
    story(async (log, { directory }) => {
      await appendMany(log, 6);
      await directory.marks.sync();
      await log.setAside('damaged');
    }),
    // Created, and nothing more.
    story(async (_log, { directory }) => {
      await directory.marks.sync();
    }),
  ]);
}

async function story(
  tell: (log: PartitionLog, incarnation: Incarnation) => Promise<void>,
): Promise<LogStory> {
  const incarnation = await Incarnation.open(diskWith(new Map()), 2);
  const { directory, fileSystem } = incarnation;
  const made = await directory.createPartitionDirectory(TOPIC, TOPIC_ID, PARTITION);
  await directory.marks.ensure(KEY);
  await directory.marks.setBrokerEpoch(brokerEpoch(3));
  const log = await incarnation.openLog(made.directory);
  await nextEpoch(log);
  await tell(log, incarnation);
  const files = filesOn(fileSystem.crash({ policy: 'keep' }), DATA);
  const { logStartOffset, recovery } = log;
  return { files, logStartOffset, state: recovery.state, written: batchesOf(files) };
}

/** Of one, two and more records, of different sizes and with compression. */
async function appendMany(log: PartitionLog, count: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    const records = Array.from({ length: 1 + (index % 3) }, (_, place) => ({
      key: `key ${place}`,
      value: 'v'.repeat((index * 37) % 150),
      timestamp: timestamp(RECORD_TIME + log.logEndOffset * MINUTE_MS),
    }));
    const compression = index % 5 === 4 ? { compression: 'gzip' as const } : {};
    await append(log, await sealedBatch({ records, ...compression }));
  }
}

function batchesOf(files: Files): Map<number, Uint8Array> {
  const written = new Map<number, Uint8Array>();
  for (const [path, content] of files) {
    if (!path.startsWith(`${DATA}/${TOPIC}-${PARTITION}/`) || !path.endsWith('.log')) continue;
    for (const { header, position } of batchesIn(content)) {
      written.set(header.baseOffset, content.slice(position, position + header.totalBytes));
    }
  }
  return written;
}
