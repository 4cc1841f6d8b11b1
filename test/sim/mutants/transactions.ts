import type { Mutant } from './mutant.ts';

const STATES = 'src/record/producer-states.ts';
const MACHINE = 'src/transaction/transactional-producer.ts';
const HOST = 'src/broker/transaction-partition.ts';

/** The rules by which a transaction is all or nothing; numbered as in `src/transaction/README.md`. */
export const TRANSACTION_MUTANTS: readonly Mutant[] = [
  {
    name: 'T1-markers-not-taken-up',
    rule: 'T1',
    what: 'A new coordinator leaves alone what the last one had decided.',
    harm: 'A transaction that was committed stays open for ever, and readers stop in front of it.',
    harms: 'liveness',
    patches: [
      {
        file: HOST,
        find: `for (const entry of this.#entries.values()) this.#maybeWriteMarkers(entry);`,
        replace: ``,
      },
    ],
  },
  {
    name: 'T1-end-answered-before-it-is-stored',
    rule: 'T1',
    what: 'An end is answered before its record is written.',
    harm: 'A producer is told that it has committed, and the next coordinator aborts.',
    harms: 'safety',
    patches: [
      {
        file: HOST,
        find: `        const why = await this.#log.append([recordOf(entry.id, event, now)]);
        if (why !== null) return refused(unavailable(why));`,
        replace: `        const stored = this.#log.append([recordOf(entry.id, event, now)]);
        if (reply.kind !== 'identity' || event.kind === 'forgotten' || event.state.marker === null) {
          const why = await stored;
          if (why !== null) return refused(unavailable(why));
        }`,
      },
    ],
  },
  {
    name: 'T1-marker-has-the-old-epoch',
    rule: 'T1',
    what: 'A marker carries the epoch of the transaction that it ends, as before KIP-890.',
    harm: 'A late batch opens the transaction again, and nobody ends it.',
    harms: 'safety',
    patches: [
      {
        file: MACHINE,
        find: `const marker = { producerId, producerEpoch: state.producerEpoch + 1 };`,
        replace: `const marker = { producerId, producerEpoch: state.producerEpoch };`,
      },
      {
        file: STATES,
        find: `if (batch.producerEpoch > known.epoch) return APPEND;`,
        replace: `return APPEND;`,
      },
    ],
  },
  {
    name: 'T2-old-epochs-are-taken',
    rule: 'T2',
    what: 'A partition takes batches of an epoch that is over.',
    harm: 'What a fenced instance sends late becomes part of nothing, or of the next transaction.',
    harms: 'safety',
    patches: [
      {
        file: STATES,
        find: `if (batch.producerEpoch < known.epoch) {`,
        replace: `if (batch.producerEpoch < -1) {`,
      },
    ],
  },
  {
    name: 'T4-new-instance-leaves-the-old-transaction',
    rule: 'T4',
    what: 'A new instance gets its epoch without what the last one left open being aborted.',
    harm: 'Nobody knows any more which partitions wait for a marker.',
    harms: 'liveness',
    patches: [
      {
        file: MACHINE,
        find: `    if (state?.status === 'ongoing') {
      return decide(ending(state, 'prepare-abort', now, null), refused('CONCURRENT_TRANSACTIONS'));`,
        replace: `    if (state?.status === 'empty-handed') {
      return decide(ending(state, 'prepare-abort', now, null), refused('CONCURRENT_TRANSACTIONS'));`,
      },
    ],
  },
  {
    name: 'T5-the-opposite-end-is-answered',
    rule: 'T5',
    what: 'Who asks for the opposite of what was decided is answered as if it had happened.',
    harm: 'A producer believes in an abort that was a commit.',
    harms: 'safety',
    patches: [
      {
        file: MACHINE,
        find: `if (isCommit(state) === commit) return nothing({ kind: 'identity', ...identityOf(state) });`,
        replace: `return nothing({ kind: 'identity', ...identityOf(state) });`,
      },
    ],
  },
  {
    name: 'T6-no-timeout',
    rule: 'T6',
    what: 'Nobody ends a transaction whose producer has vanished.',
    harm: 'Readers stop in front of it for ever.',
    harms: 'liveness',
    patches: [
      {
        file: HOST,
        find: `if (state === null || entry.deadline > now || entry.busy) continue;`,
        replace: `continue;`,
      },
    ],
  },
  {
    name: 'T7-partitions-are-not-verified',
    rule: 'T7',
    what: 'A leader lets in what says that it belongs to a transaction.',
    harm: 'A batch that comes after the end, to a partition that had none, opens one that nobody ends.',
    harms: 'liveness',
    patches: [
      {
        file: 'src/broker/broker.ts',
        find: `verifyTransaction: (query) => this.#coordinators.verifyTransaction(query),`,
        replace: `verifyTransaction: () => Promise.resolve(null),`,
      },
    ],
  },
  {
    name: 'T9-open-transactions-are-read',
    rule: 'T9',
    what: 'The last stable offset is the high watermark.',
    harm: 'A reader of committed records is given what is aborted later.',
    harms: 'safety',
    patches: [
      {
        file: STATES,
        find: `return firstOpen !== null && firstOpen < end ? firstOpen : end;`,
        replace: `return end;`,
      },
    ],
  },
  {
    name: 'T9-uncommitted-markers-count',
    rule: 'T9',
    what: 'A transaction counts as ended once its marker is appended, committed or not.',
    harm: 'The marker is lost with its leader, and the next one says the opposite.',
    harms: 'safety',
    patches: [
      {
        file: STATES,
        find: `for (const { firstOffset } of this.#completed) if (firstOffset < end) end = firstOffset;`,
        replace: ``,
      },
    ],
  },
  {
    name: 'T9-aborted-transactions-are-not-told',
    rule: 'T9',
    what: 'Readers are not told which transactions were aborted.',
    harm: 'They take what was aborted for committed.',
    harms: 'safety',
    patches: [
      {
        file: 'src/log/partition-log.ts',
        find: `if (segment.nextOffset > from && segment.transactions.collect(from, to, found)) break;`,
        replace: `if (segment.nextOffset < 0) break;`,
      },
    ],
  },
];
