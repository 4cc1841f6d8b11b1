/** F1 to F7: what a follower does with what its leader says. */
import type { Mutant } from './mutant.ts';

const FOLLOWER = 'src/replication/follower.ts';
const MIRROR = 'src/replication/log-mirror.ts';

export const FOLLOWER_MUTANTS: readonly Mutant[] = [
  {
    name: 'F1-cut-to-the-high-watermark',
    rule: 'F1',
    what: 'A follower cuts its log to its own high watermark when a new epoch begins.',
    harm: 'Its high watermark lags, so it drops committed records, and is elected (KIP-101).',
    harms: 'safety',
    patches: [
      {
        file: FOLLOWER,
        find: `    if (this.#core.log.endsInEmptyEpoch) this.#truncate(this.#core.log.logEndOffset, 'diverged');`,
        replace: `    this.#truncate(this.#core.highWatermark, 'diverged');`,
      },
    ],
  },
  {
    name: 'F1-own-empty-epoch-kept',
    rule: 'F1',
    what: 'An epoch that a replica led without a record stays in its history when it follows (R9).',
    harm: 'Records of an older epoch that the next leader sends do not fit behind it, and the follower is stuck.',
    harms: 'liveness',
    patches: [
      {
        file: FOLLOWER,
        find: `    if (this.#core.log.endsInEmptyEpoch) this.#truncate(this.#core.log.logEndOffset, 'diverged');
`,
        replace: ``,
      },
    ],
  },
  {
    name: 'F2-any-frame',
    rule: 'F2',
    what: 'A frame counts whatever leader, epoch and generation it is of.',
    harm: 'The answer of a leader that is over cuts what the new one has counted.',
    harms: 'safety',
    patches: [
      {
        file: FOLLOWER,
        find: `    if (leader !== this.leader || !this.#isCurrent(frame)) return;`,
        replace: `    if (leader === null || this.#session.state !== 'open') return;`,
      },
    ],
  },
  {
    name: 'F2-frame-of-another-generation',
    rule: 'F2',
    what: 'A frame of an older session of the same leader and epoch counts.',
    harm: 'A late answer to the last session cuts the log of this one.',
    harms: 'safety',
    patches: [
      {
        file: FOLLOWER,
        find: `      this.#session.generation === generation &&
`,
        replace: `      generation >= 0 &&
`,
      },
    ],
  },
  {
    name: 'F3-cut-to-the-leaders-end-only',
    rule: 'F3',
    what: 'A follower that does not have the epoch that the leader names cuts to that epoch’s end all the same.',
    harm: 'What lies below the cut may be of an epoch that the leader never had (KIP-279).',
    harms: 'safety',
    patches: [
      {
        file: 'src/replication/truncation.ts',
        find: `  if (own.epoch !== leader.epoch) return offsetMin(own.endOffset, logEndOffset);
  return offsetMin(offsetMin(own.endOffset, leader.endOffset), logEndOffset);`,
        replace: `  return offsetMin(leader.endOffset, logEndOffset);`,
      },
    ],
  },
  {
    name: 'F3-empty-epochs-kept',
    rule: 'F3',
    what: 'A cut that removes no record leaves the epochs that begin there.',
    harm: 'The same divergence is found for ever (KAFKA-10706), or records do not fit behind the empty epoch.',
    harms: 'liveness',
    patches: [
      {
        file: MIRROR,
        find: `  #lowerEnd(endOffset: Offset): void {
    this.#logEndOffset = endOffset;
    this.#durableEndOffset = offsetMin(this.#durableEndOffset, endOffset);
    this.#epochs.truncateFromEnd(endOffset);`,
        replace: `  #lowerEnd(endOffset: Offset): void {
    if (endOffset < this.#logEndOffset) this.#epochs.truncateFromEnd(endOffset);
    this.#logEndOffset = endOffset;
    this.#durableEndOffset = offsetMin(this.#durableEndOffset, endOffset);`,
      },
      {
        file: 'src/log/partition-log.ts',
        find: `    this.#epochs.truncateFromEnd(cut);
    this.#lastingEpoch = this.#epochs.latestEpoch();`,
        replace: `    if (segment !== null) this.#epochs.truncateFromEnd(cut);
    this.#lastingEpoch = this.#epochs.latestEpoch();`,
      },
    ],
  },
  {
    name: 'F4-high-watermark-not-clamped',
    rule: 'F4',
    what: 'A follower takes the leader’s high watermark even beyond its own log.',
    harm: 'It believes committed what it does not have (R1).',
    harms: 'safety',
    patches: [
      {
        file: FOLLOWER,
        find: `    const inLog = offsetMin(leaderHighWatermark, log.logEndOffset);`,
        replace: `    const inLog = leaderHighWatermark;`,
      },
    ],
  },
  {
    name: 'F5-out-of-range-not-handled',
    rule: 'F5',
    what: 'A follower outside of its leader’s log only tries again.',
    harm: 'It never catches up with a leader that has deleted what it lacks.',
    harms: 'liveness',
    patches: [
      {
        file: FOLLOWER,
        find: `        this.#onOutOfRange(logStartOffset, logEndOffset);
`,
        replace: `        this.#backOff();
`,
      },
    ],
  },
  {
    name: 'F6-refusal-not-retried',
    rule: 'F6',
    what: 'A follower that was refused for a reason that passes does not try again.',
    harm: 'Every election in which metadata arrives here first leaves a follower behind for good.',
    harms: 'liveness',
    patches: [
      {
        file: FOLLOWER,
        find: `        // here or there.
        this.#backOff();
`,
        replace: `        // here or there.
`,
      },
    ],
  },
  {
    name: 'F7-positions-of-the-page-cache',
    rule: 'F7',
    what: 'A position reports what is appended, not what is on the disk.',
    harm: 'Records are acknowledged that a power cut takes from every replica.',
    harms: 'safety',
    patches: [
      {
        file: FOLLOWER,
        find: `    const fetchOffset = log.durableEndOffset;`,
        replace: `    const fetchOffset = log.logEndOffset;`,
      },
    ],
  },
  {
    name: 'X9-session-before-the-flush',
    rule: 'X9',
    what: 'A session is opened before what was appended is on the disk, and its first position claims all of it.',
    harm: 'The leader counts what the follower may still lose.',
    harms: 'safety',
    patches: [
      {
        file: FOLLOWER,
        find: `    if (!this.#core.log.isDurable) {`,
        replace: `    if (this.#core.log.logEndOffset < 0) {`,
      },
      {
        file: FOLLOWER,
        find: `      this.#sendPosition(generation);
    }
  }
`,
        replace: `      this.#sendPosition(generation, true);
    }
  }
`,
      },
      {
        file: FOLLOWER,
        find: `  #sendPosition(generation: Generation): void {`,
        replace: `  #sendPosition(generation: Generation, isFirst = false): void {`,
      },
      {
        file: FOLLOWER,
        find: `    const fetchOffset = log.durableEndOffset;`,
        replace: `    const fetchOffset = isFirst ? log.logEndOffset : log.durableEndOffset;`,
      },
    ],
  },
];
