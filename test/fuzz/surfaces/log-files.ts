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
import { offset } from '../../../src/base/ids.ts';
import type { PartitionLog } from '../../../src/log/partition-log.ts';
import { parseLogState } from '../../../src/log/log-state.ts';
import { batchBaseOffset, batchLastOffset, crc32c } from '../../../src/record/index.ts';
import type { MemoryFileSystem } from '../../../src/testing/memory-file-system.ts';
import type { SeededRandom } from '../../../src/testing/seeded-random.ts';
import { diskWith, encodeFiles, filesOn, mutateNames, parseFiles } from '../bundle.ts';
import type { Files } from '../bundle.ts';
import { append, DATA, Incarnation, KEY, logStories, nextEpoch, TOPIC } from '../log-stories.ts';
import type { LogStory } from '../log-stories.ts';
import { mutate, oneIn, pick } from '../mutate.ts';
import { mutateField, repaired, sealedBatch } from '../record-batches.ts';
import type { Outcome, Surface, SurfaceContext } from '../surface.ts';
import { ACCEPTED, expectThat, refusalOf, refused } from '../surface.ts';

/** The file of the input that is none of the directory's. */
const FACTS = 'facts';
const FILE_BYTES_MAX = 16_000;
const READ_BYTES = 400;

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

/** One file's bytes; half of the time behind a checksum that agrees. */
function mutateContent(files: Files, random: SeededRandom): { files: Files; forged: boolean } {
  const logs = [...files.keys()].filter((path) => path.endsWith('.log'));
  const path =
    oneIn(2, random) && logs.length > 0 ? pick(logs, random) : pick([...files.keys()], random);
  const content = files.get(path) ?? new Uint8Array(0);
  const options = { corpus: [content], bytesMax: FILE_BYTES_MAX };
  const isLog = path.endsWith('.log');
  const mutated =
    isLog && oneIn(4, random) ? mutateField(content, random) : mutate(content, random, options);
  const checksummed = oneIn(2, random) ? withChecksum(path, mutated) : null;
  const result = new Map(files).set(path, checksummed ?? mutated);
  return { files: result, forged: checksummed !== null };
}

/** Null for a file that has none. */
function withChecksum(path: string, content: Uint8Array): Uint8Array | null {
  if (path.endsWith('.log')) return repaired(content);
  if (path.endsWith('/log-state') || path.endsWith('/clean-stop')) {
    const text = Buffer.from(content)
      .toString('latin1')
      .replace(/crc32c: .*\n?$/, '');
    const checksum = crc32c(Buffer.from(text, 'latin1')).toString(16).padStart(8, '0');
    return Buffer.from(`${text}crc32c: ${checksum}\n`, 'latin1');
  }
  if (path.endsWith('/durable-marks') && content.length >= 8) {
    const result = Uint8Array.from(content);
    new DataView(result.buffer).setUint32(4, crc32c(result, 8));
    return result;
  }
  return null;
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
  #incarnations = 10;

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
    if (again.found.state !== 'damaged' && !this.#isMisplaced && oneIn(3, random)) {
      await this.#goOn(again.fileSystem.crash({ policy: 'drop' }));
    }
    const { state } = first.found;
    return state === this.#story.state ? ACCEPTED : refused(state);
  }

  /** A directory lies where a file should, which no crash brings about. */
  get #isMisplaced(): boolean {
    return [...this.#files.keys()].some((path) => path.endsWith('/'));
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
    const before = filesOn(fileSystem, DATA);
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
    this.#check(log, incarnation, before, found);
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
    const epochs = JSON.stringify(log.epochs.entries);
    return { state, logStartOffset, logEndOffset, epochs, served };
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

  #check(
    log: PartitionLog,
    { directory, fileSystem }: Incarnation,
    before: Files,
    found: Found,
  ): void {
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
    for (const [path, content] of before) {
      if (!path.endsWith('.log')) continue;
      const kept = after.get(path);
      expectThat(
        kept !== undefined && Buffer.compare(kept, content) === 0,
        () => `${path} of a damaged log was changed`,
      );
    }
  }

  /** A log that is in service takes batches, and has them after a power cut. */
  async #goOn(fileSystem: MemoryFileSystem): Promise<void> {
    const incarnation = await Incarnation.open(fileSystem, ++this.#incarnations);
    const [partition] = incarnation.directory.partitions();
    const log = await incarnation.openLog(partition?.directory ?? DATA);
    await nextEpoch(log);
    const at = log.logEndOffset;
    const bytes = await append(log, this.#batch);
    const next = await Incarnation.open(fileSystem.crash({ policy: 'drop' }), ++this.#incarnations);
    const after = await next.openLog(partition?.directory ?? DATA);
    const [read] = await after.read(at, READ_BYTES, after.logEndOffset);
    expectThat(read !== undefined && Buffer.compare(read, bytes) === 0, 'an append is lost');
    expectThat(after.recovery.state !== 'damaged', 'an append damages the log');
  }

  /** Whether the truth about the epochs is there. */
  #hasState(): boolean {
    const bytes = this.#files.get(`${DATA}/${TOPIC}-0/log-state`);
    return bytes !== undefined && 'state' in parseLogState(bytes);
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
