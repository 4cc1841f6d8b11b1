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
];
