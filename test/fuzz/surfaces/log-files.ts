/**
 * A broker's data directory: segments, indexes, `log-state`, `leader-epoch-checkpoint`,
 * `durable-marks`, `meta.properties`, `partition.metadata`, `clean-stop` and the lock, opened as a
 * broker opens them. An input is the directory, and first a file of two bytes: the story that it was
 * made from, and whether a checksum was made to agree with what was mutated.
 *
 * Oracles, for what opens: everything between the log's start and its end is served, or reading it
 * says that it is corrupt; what is served is what was written at that offset, byte for byte; a log
 * that is not out of service reaches its mark; one that is keeps its segments as they were; nothing
 * stays open behind a close or a failed opening; opening once more, after a power cut, finds the same;
 * and what is appended afterwards is there.
 *
 * Where a checksum was forged nothing can tell what was written: then only the rest holds. Without a
 * readable `log-state`, the leader epochs are those of the batches and the log begins with the first
 * one that is there, whatever they were: such a log is uncertain (rule X10).
 */
import { offset, timestamp } from '../../../src/base/ids.ts';
import type { PartitionLog } from '../../../src/log/partition-log.ts';
import { parseLogState } from '../../../src/log/log-state.ts';
import {
  batchBaseOffset,
  batchLastOffset,
  batchMaxTimestamp,
  crc32c,
} from '../../../src/record/index.ts';
import type { MemoryFileSystem } from '../../../src/testing/memory-file-system.ts';
import type { SeededRandom } from '../../../src/testing/seeded-random.ts';
import { diskWith, encodeFiles, filesOn, mutateNames, parseFiles } from '../bundle.ts';
import type { Files } from '../bundle.ts';
import { mutateContent } from '../log-file-mutations.ts';
import {
  append,
  DATA,
  Incarnation,
  KEY,
  logStories,
  MINUTE_MS,
  nextEpoch,
  STORY_READ_AT,
  TOPIC,
} from '../log-stories.ts';
import type { LogStory } from '../log-stories.ts';
import { oneIn, pick } from '../mutate.ts';
import { RECORD_TIME, sealedBatch } from '../record-batches.ts';
import type { Outcome, Surface, SurfaceContext } from '../surface.ts';
import { ACCEPTED, expectThat, refusalOf, refused } from '../surface.ts';

/** The file of the input that is none of the directory's. */
const FACTS = 'facts';
const FIRST_PID = 10;
const READ_BYTES = 400;
/** Enough for an index entry and another segment. */
const APPENDS = 6;

export async function createLogFilesSurface(): Promise<Surface> {
  const stories = await logStories();
  const batch = await sealedBatch();
  return {
    name: 'log-files',
    concurrency: 1,
    inputMsMax: 2_000,
    seeds: stories.map((story, index) => inputOf(index, false, story.files)),
    next(random: SeededRandom) {
      const index = random.below(stories.length);
      const { files } = stories[index] ?? pick(stories, random);
      let result: Files = files;
      let forged = false;
      do {
        const mutated = oneIn(6, random)
          ? { files: mutateNames(result, random), forged: false }
          : mutateContent(result, random);
        result = mutated.files;
        forged ||= mutated.forged;
      } while (result.size > 0 && oneIn(4, random));
      return inputOf(index, forged, result);
    },
    run(input: Uint8Array, context: SurfaceContext) {
      const files = parseFiles(input);
      const [index = 0, forged = 0] = files.get(FACTS) ?? [];
      const story = stories[index];
      if (story === undefined) throw new RangeError(`there is no story ${index}`);
      files.delete(FACTS);
      return new Opening(story, forged === 1, files, batch).run(context);
    },
  };
}

function inputOf(story: number, forged: boolean, files: Files): Uint8Array {
  return encodeFiles(new Map([[FACTS, Uint8Array.of(story, forged ? 1 : 0)], ...files]));
}

/** What a log was found to be. */
interface Found {
  readonly state: string;
  readonly logStartOffset: number;
  readonly logEndOffset: number;
  readonly epochs: string;
  /** One for each batch, or where reading ended. */
  readonly served: readonly string[];
}

/** One input. */
class Opening {
  readonly #story: LogStory;
  readonly #forged: boolean;
  readonly #files: Files;
  readonly #batch: Uint8Array;
  #incarnations = FIRST_PID;

  constructor(story: LogStory, forged: boolean, files: Files, batch: Uint8Array) {
    this.#story = story;
    this.#forged = forged;
    this.#files = files;
    this.#batch = batch;
  }

  async run({ random }: SurfaceContext): Promise<Outcome> {
    const disk = diskWith(this.#files);
    const first = await this.#open(disk);
    if ('kind' in first) return first;
    this.#expectIndexesHarmless(first.found);
    const takesBatches = ({ state }: Found) => state !== 'damaged' && !this.#isMisplaced;
    if (first.trusted && takesBatches(first.found) && oneIn(2, random)) {
      await this.#goOn(diskWith(this.#files), 'trusted');
    }
    // After a clean stop little was looked at: the next opening may see more, and then all has been.
    let before = first;
    if (first.trusted) {
      const second = await this.#open(before.fileSystem.crash({ policy: 'drop' }));
      if ('kind' in second) return this.#refusedLater(second);
      before = second;
    }
    const again = await this.#open(before.fileSystem.crash({ policy: 'drop' }));
    if ('kind' in again) return this.#refusedLater(again);
    // How far a log that is out of service was looked at is of no interest to anybody.
    const isSame =
      again.found.state === 'damaged'
        ? before.found.state === 'damaged'
        : JSON.stringify(again.found) === JSON.stringify(before.found);
    expectThat(
      isSame,
      () => `found ${JSON.stringify(before.found)}, then ${JSON.stringify(again.found)}`,
    );
    if (takesBatches(again.found) && oneIn(3, random)) {
      await this.#goOn(again.fileSystem.crash({ policy: 'drop' }), 'read');
    }
    const { state } = first.found;
    return state === this.#story.state ? ACCEPTED : refused(state);
  }

  get #isReopened(): boolean {
    return this.#incarnations > FIRST_PID + 1;
  }

  /** A directory lies where a file should, which no crash brings about. */
  get #isMisplaced(): boolean {
    return [...this.#files.keys()].some((path) => path.endsWith('/'));
  }

  /** Indexes can be made again from the batches, and the copy of the epochs is never read. */
  #expectIndexesHarmless({ state, served, logStartOffset, logEndOffset }: Found): void {
    const original = this.#story.files;
    const paths = new Set([...original.keys(), ...this.#files.keys()]);
    const isHarmless = [...paths].every((path) => {
      const [before, after] = [original.get(path), this.#files.get(path)];
      const isSame = before !== undefined && after !== undefined && !Buffer.compare(before, after);
      return isSame || /(\.index|\.timeindex|leader-epoch-checkpoint)$/.test(path);
    });
    if (!isHarmless) return;
    const offsets = [...this.#story.written.keys()].filter((at) => at >= logStartOffset);
    const isAllServed = offsets.every((at) => served.some((each) => each.startsWith(`${at} `)));
    expectThat(
      state === this.#story.state && isAllServed,
      () => `an index took away what was there: ${state} to ${logEndOffset}, ${served.join(', ')}`,
    );
  }

  /** Only a directory in the place of a file may be met later than at first. */
  #refusedLater(outcome: Outcome): Outcome {
    expectThat(
      this.#isMisplaced && describe(outcome) === 'FileSystemError',
      () => `opens, and is then refused with ${describe(outcome)}`,
    );
    return outcome;
  }

  /** Opens the directory and its log, holds it against the story, and leaves without a word. */
  async #open(
    fileSystem: MemoryFileSystem,
  ): Promise<Outcome | { found: Found; trusted: boolean; fileSystem: MemoryFileSystem }> {
    let incarnation: Incarnation;
    try {
      incarnation = await Incarnation.open(fileSystem, ++this.#incarnations);
    } catch (error) {
      expectClosed(fileSystem);
      return refusalOf(error);
    }
    const { directory } = incarnation;
    const partition = directory.partitions().find(({ topic }) => topic === TOPIC);
    if (partition === undefined) {
      await directory.close();
      expectClosed(fileSystem);
      return refused(directory.strays().length > 0 ? 'stray' : 'no partition');
    }
    let log: PartitionLog;
    try {
      log = await incarnation.openLog(partition.directory);
    } catch (error) {
      await directory.close();
      const outcome = refusalOf(error);
      expectClosed(fileSystem);
      return outcome;
    }
    const found = await this.#look(log);
    this.#check(log, incarnation, found);
    const trusted = directory.cleanStop !== null && log.recovery.scannedBytes === 0;
    await log.close({ clean: false });
    await directory.close();
    expectClosed(fileSystem);
    return { found, trusted, fileSystem };
  }

  async #look(log: PartitionLog): Promise<Found> {
    const served: string[] = [];
    for (let from: number = log.logStartOffset; from < log.logEndOffset;) {
      let batches: Uint8Array[];
      try {
        batches = await log.read(offset(from), READ_BYTES, log.logEndOffset);
      } catch (error) {
        // Damaged, or (an index that is a directory) not to be read at all.
        const outcome = refusalOf(error);
        served.push(`${describe(outcome)} at ${from}`);
        break;
      }
      expectThat(batches.length > 0, () => `nothing is served at ${from} of ${log.logEndOffset}`);
      for (const batch of batches) {
        this.#expectWritten(log, batch, from);
        served.push(`${batchBaseOffset(batch)} ${crc32c(batch)}`);
        from = batchLastOffset(batch) + 1;
      }
    }
    const { state } = log.recovery;
    const { logStartOffset, logEndOffset } = log;
    if (state !== 'damaged') await this.#lookByTime(log);
    const epochs = JSON.stringify(log.epochs.entries);
    return { state, logStartOffset, logEndOffset, epochs, served };
  }

  /** By the time index, and whether retention deletes by it what is not old. */
  async #lookByTime(log: PartitionLog): Promise<void> {
    for (const minutes of [0, 6, 1_000]) {
      const at = timestamp(RECORD_TIME + minutes * MINUTE_MS);
      const outcome = await outcomeOf(async () => {
        const batch = await log.batchForTimestamp(at, log.logEndOffset);
        if (batch === null) return;
        this.#expectWritten(log, batch, batchLastOffset(batch));
        expectThat(batchMaxTimestamp(batch) >= at, 'a batch is found by a time that it has not');
      });
      if (outcome.kind === 'refused') return;
    }
    if (this.#forged) return;
    const before = log.logStartOffset;
    await outcomeOf(async () => {
      await log.applyRetention(STORY_READ_AT, log.logEndOffset);
    });
    expectThat(log.logStartOffset === before, 'retention deletes what is not old');
  }

  #expectWritten(log: PartitionLog, batch: Uint8Array, from: number): void {
    const baseOffset = batchBaseOffset(batch);
    expectThat(
      baseOffset <= from && batchLastOffset(batch) >= from,
      () => `what is served at ${from} begins at ${baseOffset}`,
    );
    if (this.#forged) return;
    const written = this.#story.written.get(baseOffset);
    // A batch that reaches across the start belongs to an epoch that is no longer known.
    const epochKnown = this.#hasState() && baseOffset >= log.logStartOffset;
    expectThat(
      written !== undefined && sameBatch(batch, written, epochKnown),
      () => `what is served at ${baseOffset} was never written there`,
    );
  }

  #check(log: PartitionLog, { directory, fileSystem }: Incarnation, found: Found): void {
    const { intact, marks } = directory.marks.load();
    const mark = marks.get(KEY) ?? 0;
    expectThat(intact || found.state !== 'whole', 'a log is whole although nothing is known of it');
    expectThat(
      found.state === 'damaged' || found.logEndOffset >= mark || found.logStartOffset >= mark,
      () => `a log that ends at ${found.logEndOffset} is ${found.state} below its mark ${mark}`,
    );
    expectThat(
      this.#forged || !this.#hasState() || found.logStartOffset <= this.#story.logStartOffset,
      () => `the log begins at ${found.logStartOffset}, so records are missing`,
    );
    expectThat(log.durableEndOffset === log.logEndOffset, 'what was found is on the disk');
    if (found.state !== 'damaged') return;
    const after = filesOn(fileSystem, DATA);
    for (const [path, content] of this.#files) {
      // Only the first opening is sure to find them as they came.
      if (!path.endsWith('.log') || this.#isReopened) continue;
      const kept = after.get(path);
      // A torn tail is cut before the producers are gathered, which may find damage: it lies beside, and
      // so does a segment that was all of it.
      const cut = [...after].flatMap(([other, bytes]) =>
        other.startsWith(`${path}.cut-`) && !this.#files.has(other) ? [bytes] : [],
      );
      const pieces = kept === undefined ? cut : [kept, ...cut];
      expectThat(
        pieces.length > 0 && Buffer.compare(Buffer.concat(pieces), content) === 0,
        () => `${path} of a damaged log was changed`,
      );
    }
  }

  /**
   * A log that is in service takes batches, and has them after a power cut: if all of it was `read`
   * before in any case, if it was `trusted` unless what was not looked at turns out to be bad.
   */
  async #goOn(fileSystem: MemoryFileSystem, before: 'read' | 'trusted'): Promise<void> {
    const incarnation = await Incarnation.open(fileSystem, ++this.#incarnations);
    const [partition] = incarnation.directory.partitions();
    const path = partition?.directory ?? DATA;
    const log = await incarnation.openLog(path);
    // Batches have 31 bits for it, and no controller ever comes that far.
    if ((log.epochs.latestEpoch() ?? 0) >= 2 ** 31 - 1) return;
    await nextEpoch(log);
    const appended = new Map<number, Uint8Array>();
    for (let count = 0; count < APPENDS; count++) {
      appended.set(log.logEndOffset, await append(log, this.#batch));
    }
    await expectServed(log, appended);
    const next = await Incarnation.open(fileSystem.crash({ policy: 'drop' }), ++this.#incarnations);
    const after = await next.openLog(path);
    const { state } = after.recovery;
    expectThat(before === 'trusted' || state !== 'damaged', 'an append damages the log');
    if (before === 'read' || state === 'whole') await expectServed(after, appended);
  }

  /** Whether the truth about the epochs is there. */
  #hasState(): boolean {
    const bytes = this.#files.get(`${DATA}/${TOPIC}-0/log-state`);
    return bytes !== undefined && 'state' in parseLogState(bytes);
  }
}

async function expectServed(
  log: PartitionLog,
  batches: ReadonlyMap<number, Uint8Array>,
): Promise<void> {
  for (const [at, written] of batches) {
    const [read] = await log.read(offset(at), READ_BYTES, log.logEndOffset);
    expectThat(
      read !== undefined && Buffer.compare(read, written) === 0,
      () => `the batch that was appended at ${at} is not served`,
    );
  }
}

/** What this ends with, where it may refuse. */
async function outcomeOf(work: () => Promise<void>): Promise<Outcome> {
  try {
    await work();
    return ACCEPTED;
  } catch (error) {
    return refusalOf(error);
  }
}

function sameBatch(batch: Uint8Array, written: Uint8Array, withEpoch: boolean): boolean {
  if (withEpoch || batch.length !== written.length) return Buffer.compare(batch, written) === 0;
  const [a, b] = [Uint8Array.from(batch), Uint8Array.from(written)];
  for (const bytes of [a, b]) bytes.fill(0, 12, 16);
  return Buffer.compare(a, b) === 0;
}

function expectClosed(fileSystem: MemoryFileSystem): void {
  const open = fileSystem.openPaths();
  expectThat(open.length === 0, () => `left open: ${open.join(', ')}`);
}

function describe(outcome: Outcome): string {
  return outcome.kind === 'refused' ? outcome.code : outcome.kind;
}
