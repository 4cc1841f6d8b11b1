import type { Mutant } from './mutant.ts';

const STATES = 'src/record/producer-states.ts';
const SNAPSHOT = 'src/record/producer-snapshot.ts';
const PRODUCE = 'src/replication/produce-requests.ts';

/** The rules by which a leader recognises what it has been sent before. */
export const PRODUCER_MUTANTS: readonly Mutant[] = [
  {
    name: 'P1-sequences-are-not-looked-at',
    rule: 'P1',
    what: 'A leader appends whatever a producer sends.',
    harm: 'A batch whose answer was lost is written twice.',
    harms: 'safety',
    patches: [
      {
        file: PRODUCE,
        find: `const verdict = producer === null ? null : this.producers.check(producer);`,
        replace: `const verdict = null;`,
      },
    ],
  },
  {
    name: 'P1-gaps-are-taken',
    rule: 'P1',
    what: 'A batch that does not follow the last one is appended all the same.',
    harm: 'A batch overtakes the one before it, which then comes too late.',
    harms: 'safety',
    patches: [
      {
        file: STATES,
        find: `if (baseSequence === expected) return APPEND;`,
        replace: `return APPEND;`,
      },
    ],
  },
  {
    name: 'P1-one-batch-is-remembered',
    rule: 'P1',
    what: 'Only the last batch of a producer is recognised.',
    harm: 'With five under way the retry of an earlier one is refused for good.',
    harms: 'liveness',
    patches: [
      {
        file: STATES,
        find: `export const KNOWN_BATCHES_MAX = 5;`,
        replace: `export const KNOWN_BATCHES_MAX = 1;`,
      },
    ],
  },
  {
    name: 'P2-duplicate-answered-before-the-commit',
    rule: 'P2',
    what: 'A batch that is in the log already is acknowledged at once.',
    harm: 'The producer is told that it is safe while the leader alone has it.',
    harms: 'safety',
    patches: [
      {
        file: PRODUCE,
        find: `this.#await(acks, { request, baseOffset: verdict.baseOffset, endOffset, deadline });`,
        replace: `this.#answer({ request, baseOffset: verdict.baseOffset, endOffset, deadline });`,
      },
    ],
  },
  {
    name: 'P2-duplicate-answered-with-the-end',
    rule: 'P2',
    what: 'A duplicate is answered with where the log ends now.',
    harm: 'The producer looks for its record where another one lies.',
    harms: 'safety',
    patches: [
      {
        file: PRODUCE,
        find: `this.#await(acks, { request, baseOffset: verdict.baseOffset, endOffset, deadline });`,
        replace: `this.#await(acks, { request, baseOffset: this.#core.log.logEndOffset, endOffset, deadline });`,
      },
    ],
  },
  {
    name: 'P3-unknown-producer-begins-anywhere',
    rule: 'P3',
    what: 'Of a producer that nothing is known of any sequence is taken (KIP-360).',
    harm: 'When a leader dies with a producer’s first batch, the second one is taken for the first.',
    harms: 'safety',
    patches: [
      {
        file: STATES,
        find: `if (known === undefined) return checkFirst(batch);`,
        replace: `if (known === undefined) return APPEND;`,
      },
    ],
  },
  {
    name: 'P4-new-leader-knows-no-producer',
    rule: 'P4',
    what: 'A new leader does not ask what its log knows of producers.',
    harm: 'What a producer sends to it follows nothing, and is refused for good.',
    harms: 'liveness',
    patches: [
      {
        file: 'src/replication/replica.ts',
        find: `if (leader !== role) this.#core.emit({ kind: 'loadProducers' });`,
        replace: ``,
      },
    ],
  },
  {
    name: 'P4-cut-leaves-the-producers',
    rule: 'P4',
    what: 'What a log knows of producers stays as it is when the log is cut.',
    harm: 'A batch that was cut away is taken for one that is there.',
    harms: 'safety',
    patches: [
      {
        file: 'src/log/partition-log.ts',
        find: `if (cut < fromOffset) await this.#inSteps(() => this.#rebuildProducers(cut));`,
        replace: ``,
      },
    ],
  },
  {
    name: 'P5-snapshot-holds-one-batch',
    rule: 'P5',
    what: 'A snapshot keeps the last batch of each producer, as Kafka’s does.',
    harm: 'After a restart the retry of an earlier batch is taken for a gap, for good.',
    harms: 'liveness',
    patches: [
      {
        file: SNAPSHOT,
        find: `const count = bytes[at + 8] ?? 0;`,
        replace: `const count = 0;`,
      },
      {
        file: SNAPSHOT,
        find: `  const earlier = state.batches.slice(0, -1);
  writeInt64`,
        replace: `  const earlier = [];
  writeInt64`,
      },
      {
        file: SNAPSHOT,
        find: `(count, [, { batches }]) => count + Math.max(0, batches.length - 1),`,
        replace: `(count) => count,`,
      },
    ],
  },
];
