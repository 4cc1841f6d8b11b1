/** X1, X10 and X12: what is on the disk when it is said to be. */
import type { Mutant, Patch } from './mutant.ts';

const LOG = 'src/log/partition-log.ts';
const COMMIT = 'src/log/group-commit.ts';
const RECOVERY = 'src/log/recovery.ts';

const SUSPECT_FILES_NOT_COPIED: Patch = {
  file: RECOVERY,
  find: `      if (isCut || (segment.bytes > 0 && segment.nextOffset > this.#options.durableMark)) {`,
  replace: `      if (isCut) {`,
};

export const DURABILITY_MUTANTS: readonly Mutant[] = [
  {
    name: 'X1-leader-counts-its-page-cache',
    rule: 'X1',
    what: 'The leader’s own share of the high watermark is what it has appended.',
    harm: 'Records are acknowledged that are on one disk fewer than promised.',
    harms: 'safety',
    patches: [
      {
        file: 'src/replication/high-watermark.ts',
        find: `  let highWatermark = core.log.durableEndOffset;`,
        replace: `  let highWatermark = core.log.logEndOffset;`,
      },
      {
        file: 'src/replication/high-watermark.ts',
        find: `  assert(to <= core.log.durableEndOffset, 'R1: nothing is committed that is not on the disk');
`,
        replace: ``,
      },
    ],
  },
  {
    name: 'X1-durable-before-the-sync',
    rule: 'X1',
    what: 'What was written counts as durable when its sync begins.',
    harm: 'A power cut takes what was acknowledged.',
    harms: 'safety',
    patches: [
      {
        file: LOG,
        find: `      this.#commit.request(this.#writtenEndOffset);
      return;`,
        replace: `      this.#commit.request(this.#writtenEndOffset);
      this.#reportDurable(this.#writtenEndOffset);
      return;`,
      },
    ],
  },
  {
    name: 'X1-page-cache-counts-what-is-on-its-way',
    rule: 'X1',
    what: 'With page-cache a large write counts as durable before it has arrived.',
    harm: 'A process that dies takes what was acknowledged with it.',
    harms: 'safety',
    patches: [
      {
        file: LOG,
        find: `    this.#reportDurable(this.#arrivals.endOffset);
  }

  /**
   * Whole`,
        replace: `    this.#reportDurable(this.#writtenEndOffset);
  }

  /**
   * Whole`,
      },
    ],
  },
  {
    name: 'X3-next-segment-does-not-wait',
    rule: 'X3',
    what: 'A segment is written while the end of the one in front is on its way.',
    harm: 'A process that dies leaves a hole in front of sound batches, which looks like rot.',
    harms: 'safety',
    patches: [
      {
        file: LOG,
        find: `        closed.file(),
      );`,
        replace: `        null,
      );`,
      },
    ],
  },
  {
    name: 'X1-sync-covers-what-came-later',
    rule: 'X1',
    what: 'A sync counts for what was written while it was under way.',
    harm: 'The last writes before a power cut were acknowledged and are gone.',
    harms: 'safety',
    patches: [
      {
        file: COMMIT,
        find: `      this.#end(validity, target);`,
        replace: `      this.#end(validity, target < 0 ? target : this.#writtenEndOffset);`,
      },
    ],
  },
  {
    name: 'X1-closed-segment-not-synced',
    rule: 'X1',
    what: 'A segment that is closed is not synced with the round that follows.',
    harm: 'The end of a segment is lost behind a segment that was synced.',
    harms: 'safety',
    patches: [
      {
        file: COMMIT,
        find: `    const files = sealed.map((one) => one.file);`,
        replace: `    const files: OpenFile[] = [];`,
      },
    ],
  },
  {
    name: 'X1-new-segment-without-a-name',
    rule: 'X1',
    what: 'Batches in a new segment count before the directory that holds its name is synced.',
    harm: 'A power cut takes the whole segment.',
    harms: 'safety',
    patches: [
      {
        file: COMMIT,
        find: `      if (step === files.length + 1 && syncsDirectory) {`,
        replace: `      if (step === files.length + 1 && syncsDirectory && validity < 0) {`,
      },
    ],
  },
  {
    name: 'X1-flush-of-an-older-generation',
    rule: 'X1',
    what: 'A flush from before a truncation counts behind it.',
    harm: 'Offsets count as durable that hold other records since, or none.',
    harms: 'safety',
    patches: [
      {
        file: 'src/replication/log-mirror.ts',
        find: `  flushed(truncationGeneration: number, durableEndOffset: Offset): void {
    if (truncationGeneration !== this.#truncationGeneration) return;`,
        replace: `  flushed(truncationGeneration: number, durableEndOffset: Offset): void {
    if (truncationGeneration < 0) return;`,
      },
    ],
  },
  {
    name: 'X1-sync-from-before-a-cut',
    rule: 'X1',
    what: 'A sync that was under way when the log was cut reports what it was begun for.',
    harm: 'More counts as durable than the log has.',
    harms: 'safety',
    patches: [
      {
        file: COMMIT,
        find: `    if (validity === this.#validity && !this.#failed) {`,
        replace: `    if (validity >= 0 && !this.#failed) {`,
      },
    ],
  },
  {
    name: 'X1-cut-of-nothing-says-nothing',
    rule: 'X1',
    what: 'A cut that removes nothing does not say again what is on the disk.',
    harm: 'A flush that ended just before counts for nothing, and the follower waits for another for ever.',
    harms: 'liveness',
    patches: [
      {
        file: LOG,
        find: `    this.#durableEndOffset = cut;
    // Said`,
        replace: `    if (cut === this.#durableEndOffset) return truncation;
    // Said`,
      },
    ],
  },
  {
    name: 'X1-mark-not-lowered',
    rule: 'X1',
    what: 'The durable mark is not lowered before a log is cut.',
    harm: 'After a crash the log ends below its mark, and is taken for damaged.',
    harms: 'liveness',
    patches: [
      {
        file: LOG,
        find: `        await this.#lowerMark(cut);
`,
        replace: ``,
      },
    ],
  },
  {
    name: 'X1-mark-lowered-lazily',
    rule: 'X1',
    what: 'The lowered mark is not on the disk when the log is cut.',
    harm: 'A power cut in between finds the log below its mark, and the replica is out of service.',
    harms: 'liveness',
    patches: [
      {
        file: 'src/log/durable-mark-file.ts',
        find: `    entry.loweringCount++;
    try {
      await this.sync();
    } finally {
      entry.loweringCount--;
    }`,
        replace: `    await Promise.resolve();`,
      },
    ],
  },
  {
    name: 'X1-cut-from-the-front',
    rule: 'X1',
    what: 'Segments behind a cut are removed from the first to the last.',
    harm: 'A crash in between leaves a hole with valid batches behind it, and the replica is uncertain.',
    harms: 'liveness',
    patches: [
      {
        file: LOG,
        find: `    for (const segment of removed.toReversed()) {`,
        replace: `    for (const segment of removed) {`,
      },
    ],
  },
  {
    name: 'X1-epochs-cut-before-segments',
    rule: 'X1',
    what: 'A truncation writes its epochs down before the batches are cut.',
    harm: 'A crash in between leaves batches that do not agree with the epochs, and the replica is uncertain.',
    harms: 'liveness',
    patches: [
      {
        file: LOG,
        find: `      if (cut < fromOffset) {
        await this.#lowerMark(cut);`,
        replace: `      await this.#storeState();
      if (cut < fromOffset) {
        await this.#lowerMark(cut);`,
      },
    ],
  },
  {
    name: 'X1-recovery-does-not-sync',
    rule: 'X1',
    what: 'A start after kill -9 does not sync what it reads.',
    harm: 'Its first position claims what is in the page cache alone, and a power cut takes it.',
    harms: 'safety',
    patches: [
      SUSPECT_FILES_NOT_COPIED,
      {
        file: RECOVERY,
        find: `      await syncFile(segment.file());
      segment.removeIndexFiles();`,
        replace: `      segment.removeIndexFiles();`,
      },
      {
        file: RECOVERY,
        find: `    if (scanned !== null) {
      await syncDirectory(this.#fileSystem, this.#directory);`,
        replace: `    if (scanned?.length === -1) {
      await syncDirectory(this.#fileSystem, this.#directory);`,
      },
    ],
  },
  {
    name: 'X10-epoch-after-its-first-batch',
    rule: 'X10',
    what: 'Batches of a new epoch are written before the epoch’s entry is on the disk.',
    harm: 'A power cut leaves batches that no epoch explains: recovery cuts what was acknowledged.',
    harms: 'safety',
    patches: [
      {
        file: LOG,
        find: `    await this.#inSteps(() => this.#storeState());
`,
        replace: `    this.#lastingEpoch = epoch;
    this.#inSteps(() => this.#storeState()).catch(() => undefined);
`,
      },
    ],
  },
  {
    name: 'X10-reads-not-checked',
    rule: 'X10',
    what: 'What is read from a file is not held against its checksum.',
    harm: 'Rotten records reach consumers and followers.',
    harms: 'safety',
    patches: [
      {
        file: 'src/log/segment-read.ts',
        find: `  if (!crcHolds(bytes, at, header.totalBytes)) {`,
        replace: `  if (!crcHolds(bytes, at, header.totalBytes) && at < 0) {`,
      },
    ],
  },
  {
    name: 'X12-suspect-files-not-copied',
    rule: 'X12',
    what: 'A start after a failed sync trusts what lies above the durable mark.',
    harm: 'Its pages look clean and are not on the disk; a power cut takes what was counted since.',
    harms: 'safety',
    patches: [SUSPECT_FILES_NOT_COPIED],
  },
  {
    name: 'X12-failed-sync-taken-for-done',
    rule: 'X12',
    what: 'A sync that fails counts as done.',
    harm: 'Acknowledged records are on no disk.',
    harms: 'safety',
    patches: [
      {
        file: COMMIT,
        find: `      if (error !== null) {
        releaseAll(sealed);
        return this.#fail(error);
      }
`,
        replace: ``,
      },
    ],
  },
  {
    name: 'X12-failed-sync-tried-again',
    rule: 'X12',
    what: 'A sync that fails is tried again.',
    harm: 'The second one succeeds without the pages that the first one lost.',
    harms: 'safety',
    patches: [
      {
        file: COMMIT,
        find: `      if (error !== null) {
        releaseAll(sealed);
        return this.#fail(error);
      }
`,
        replace: `      if (error !== null && !this.#failed) step--;
`,
      },
    ],
  },
  {
    name: 'X12-offline-log-stays-in-service',
    rule: 'X12',
    what: 'A broker goes on when one of its logs has failed.',
    harm: 'It leads what it can no longer write, and answers nobody.',
    harms: 'liveness',
    patches: [
      {
        file: 'src/broker/replica-table.ts',
        find: `        onFailure: (error) => this.#options.storageFailed(error),`,
        replace: `        onFailure: () => undefined,`,
      },
    ],
  },
  {
    name: 'X12-full-disk-takes-writes',
    rule: 'X12',
    what: 'Client appends are taken below the reserve of free space.',
    harm: 'The disk fills up, a write fails, and the broker is gone with all that it leads.',
    harms: 'liveness',
    patches: [
      {
        file: 'src/replication/produce-requests.ts',
        find: `    if (diskFull) return refusal('DISK_FULL');
`,
        replace: ``,
      },
    ],
  },
];
