import type { Mutant } from './mutant.ts';

const FILTER = 'src/log/batch-filter.ts';

/** What compaction must leave as it is; numbered as in `src/log/README.md`. */
export const COMPACTION_MUTANTS: readonly Mutant[] = [
  {
    name: 'G14-the-newest-goes',
    rule: 'G14',
    what: 'The newest record of a key goes as well, unless it is the first of its batch.',
    harm: 'Who reads the log from its start never learns the latest value.',
    harms: 'safety',
    patches: [
      {
        file: FILTER,
        find: `if (newest !== null && at < newest) return false;`,
        replace: `if (newest !== null && at <= newest && record.offsetDelta > 0) return false;`,
      },
    ],
  },
  {
    name: 'G14-sequences-are-forgotten',
    rule: 'G14',
    what: 'A batch that is emptied goes wholly, the last one of its producer too.',
    harm: 'After a restart the producer’s next batch does not follow on anything, or is taken twice.',
    harms: 'liveness',
    patches: [
      {
        file: FILTER,
        find: `return last?.lastOffset === header.lastOffset && header.producerId >= 0;`,
        replace: `return last?.lastOffset === header.lastOffset && header.producerId < -1;`,
      },
    ],
  },
  {
    name: 'G15-tombstones-go-before-all-have-them',
    rule: 'G15',
    what: 'A tombstone goes when its time is over, whoever lacks it.',
    harm: 'A replica that was away keeps the value that was deleted, and serves it when it leads.',
    harms: 'safety',
    patches: [
      {
        file: FILTER,
        find: `return now >= baseTimestamp && lastOffset < replicatedTo;`,
        replace: `return now >= baseTimestamp && replicatedTo >= 0;`,
      },
    ],
  },
  {
    name: 'G16-uncommitted-records-are-compacted',
    rule: 'G16',
    what: 'Compaction looks at everything that is in closed segments, committed or not.',
    harm: 'A committed value goes for one that is cut off with its leader.',
    harms: 'safety',
    patches: [
      {
        file: 'src/broker/cleaner.ts',
        find: `  return host.log.producers.lastStableOffset(host.highWatermark);`,
        replace: `  return host.log.logEndOffset;`,
      },
    ],
  },
];
