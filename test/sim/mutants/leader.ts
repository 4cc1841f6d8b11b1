/** L1 to L4: becoming leader, answering producers, judging positions, the high watermark. */
import { JOINS_AS_ANY_INCARNATION } from './in-sync-replicas.ts';
import type { Mutant } from './mutant.ts';

const LEADER = 'src/replication/leader.ts';
const PRODUCE = 'src/replication/produce-requests.ts';
const POSITION = 'src/replication/check-position.ts';
const HIGH_WATERMARK = 'src/replication/high-watermark.ts';
const PROGRESS = 'src/replication/follower-progress.ts';

export const LEADER_MUTANTS: readonly Mutant[] = [
  {
    name: 'L1-no-epoch-at-election',
    rule: 'L1',
    what: 'A new leader writes its epoch down only with its first record.',
    harm: 'A follower with records of a later epoch finds no place to cut, and never joins while nothing is written.',
    harms: 'liveness',
    patches: [
      {
        file: LEADER,
        find: `    log.epochs.assign(known.leaderEpoch, log.logEndOffset);
    const startOffset = log.logEndOffset;
    this.#core.emit({ kind: 'assignEpoch', epoch: known.leaderEpoch, startOffset });
`,
        replace: `    const startOffset = log.logEndOffset;
`,
      },
      {
        file: PRODUCE,
        find: `    const stamp = { baseOffset, leaderEpoch: known.leaderEpoch };
`,
        replace: `    if (log.epochs.latestEpoch() !== known.leaderEpoch) {
      log.epochs.assign(known.leaderEpoch, baseOffset);
      this.#core.emit({ kind: 'assignEpoch', epoch: known.leaderEpoch, startOffset: baseOffset });
    }
    const stamp = { baseOffset, leaderEpoch: known.leaderEpoch };
`,
      },
    ],
  },
  {
    name: 'L1-followers-remembered',
    rule: 'L1',
    what: 'A new leader goes on with what it knew of its followers when it led before.',
    harm: 'Followers that were cut back since count with what they have lost, and records are committed that nobody else holds.',
    harms: 'safety',
    patches: [
      {
        file: LEADER,
        find: `  readonly followers = new FollowerTable();`,
        replace: `  readonly followers: FollowerTable;`,
      },
      {
        file: LEADER,
        find: `    this.inSync = new InSyncReplicas(core, this.followers);`,
        replace: `    this.followers = core.remembered ??= new FollowerTable();
    this.inSync = new InSyncReplicas(core, this.followers);`,
      },
    ],
  },
  {
    name: 'L1-outsiders-not-forgotten',
    rule: 'L1',
    what: 'A leader that is elected again keeps what it knows of followers outside the ISR, their sessions too.',
    harm: 'A follower joins the ISR for what it held in an older epoch.',
    harms: 'safety',
    patches: [
      {
        file: LEADER,
        find: `    for (const follower of this.followers) this.#stopFeed(follower.id);
    // L1.1`,
        replace: `    // L1.1`,
      },
      {
        file: PROGRESS,
        find: `    const before = this.#followers;
    this.#followers = new Map();
    this.follow(partition, self);`,
        replace: `    const before = this.#followers;
    this.follow(partition, self);`,
      },
    ],
  },
  {
    name: 'L1-end-told-too-early',
    rule: 'L1',
    what: 'A new leader tells consumers its high watermark before it has reached its epoch’s start.',
    harm: 'The end of a partition goes back for whoever asked the last leader.',
    harms: 'safety',
    patches: [
      {
        file: 'src/broker/list-offset.ts',
        find: `  if (!bounds.highWatermarkKnown) return refused(refusal('OFFSET_NOT_AVAILABLE'));
`,
        replace: ``,
      },
    ],
  },
  {
    name: 'L2-answered-before-commit',
    rule: 'L2',
    what: 'acks=all is answered after the leader’s own flush.',
    harm: 'An acknowledged record is on one disk only and goes with it.',
    harms: 'safety',
    patches: [
      {
        file: PRODUCE,
        find: `(acks === 1 ? this.#awaitingFlush : this.#awaitingCommit).add(waiting);`,
        replace: `this.#awaitingFlush.add(waiting);`,
      },
    ],
  },
  {
    name: 'L2-acks-1-before-the-flush',
    rule: 'L2',
    what: 'acks=1 is answered at the append on a topic that promises fsync.',
    harm: 'A record that was acknowledged as on the leader’s disk never reaches it.',
    harms: 'safety',
    patches: [
      {
        file: PRODUCE,
        find: `if (acks === 1 && this.#core.options.durability === 'page-cache') {`,
        replace: `if (acks === 1) {`,
      },
    ],
  },
  {
    name: 'L2-no-answer-at-the-end-of-leadership',
    rule: 'L2',
    what: 'Who waits for an answer is not told that the leadership is over.',
    harm: 'Producers wait for nothing until their own patience ends.',
    harms: 'liveness',
    patches: [
      {
        file: LEADER,
        find: `    this.#requests.failAll('LEADERSHIP_LOST');
`,
        replace: ``,
      },
    ],
  },
  {
    name: 'L2-lost-leadership-said-to-be-definite',
    rule: 'L2',
    what: 'Who waits when the leadership ends is told that nothing was written.',
    harm: 'It was appended, and may be committed by the next leader.',
    harms: 'safety',
    patches: [
      {
        file: LEADER,
        find: `    this.#requests.failAll('LEADERSHIP_LOST');`,
        replace: `    this.#requests.failAll('NOT_LEADER_OR_FOLLOWER');`,
      },
    ],
  },
  {
    name: 'L3-older-epoch-accepted',
    rule: 'L3',
    what: 'A position of an older leader epoch is not fenced.',
    harm: 'A follower that still obeys another leader counts for this one (KIP-320, first try).',
    harms: 'safety',
    patches: [
      {
        file: POSITION,
        find: `  if (stale !== null) return refused(stale);`,
        replace: `  if (stale !== null && stale.code !== 'FENCED_LEADER_EPOCH') return refused(stale);`,
      },
    ],
  },
  {
    name: 'L3-newer-epoch-accepted',
    rule: 'L3',
    what: 'A position of a newer leader epoch is accepted by a leader that has not heard of it.',
    harm: 'Its session ends when the leader hears of that epoch, and the follower waits for it for ever.',
    harms: 'liveness',
    patches: [
      {
        file: POSITION,
        find: `  if (stale !== null) return refused(stale);`,
        replace: `  if (stale !== null && stale.code !== 'UNKNOWN_LEADER_EPOCH') return refused(stale);`,
      },
    ],
  },
  {
    name: 'L3-range-not-checked',
    rule: 'L3',
    what: 'A position below the log’s start is accepted, and answered with nothing.',
    harm: 'A follower asks for what retention has deleted, is sent nothing, and never catches up.',
    harms: 'liveness',
    patches: [
      {
        file: POSITION,
        find: `  if (fetchOffset < log.logStartOffset) return outOfRange(position, log);
`,
        replace: ``,
      },
      {
        // Whoever reads for it finds out too.
        file: 'src/broker/feed.ts',
        find: `      this.#outOfRange(session);
`,
        replace: ``,
      },
    ],
  },
  {
    name: 'L3-divergence-not-seen',
    rule: 'L3',
    what: 'A follower may go on from a log that differs from the leader’s.',
    harm: 'Two replicas hold different records at the same offsets.',
    harms: 'safety',
    patches: [
      {
        file: POSITION,
        find: `if (end.epoch < lastFetchedEpoch || end.endOffset < fetchOffset) {`,
        replace: `if (end.epoch === null) {`,
      },
    ],
  },
  {
    name: 'L3-diverged-position-counted',
    rule: 'L3',
    what: 'A diverged position is answered, and recorded all the same.',
    harm: 'Offsets that hold other records count as replicated (KAFKA-13141).',
    harms: 'safety',
    patches: [
      {
        file: LEADER,
        find: `        // L3.4: nothing of it is recorded (KAFKA-13141).
`,
        replace: `        this.followers.accept({
          id: follower,
          brokerEpoch,
          position,
          leaderLogEndOffset: log.logEndOffset,
          now,
        });
`,
      },
    ],
  },
  {
    name: 'L3-incarnation-not-compared',
    rule: 'L3',
    what: 'A position counts whatever incarnation of the follower sent it, and brings that broker into the ISR.',
    harm: 'What an older incarnation held counts for one that may have lost it (KIP-903).',
    harms: 'safety',
    patches: [
      {
        file: POSITION,
        find: `  return partition.brokers.find((broker) => broker.id === follower)?.brokerEpoch === brokerEpoch;`,
        replace: `  return partition.brokers.some((broker) => broker.id === follower && brokerEpoch >= 0);`,
      },
      ...JOINS_AS_ANY_INCARNATION,
    ],
  },
  {
    name: 'L4-no-minimum',
    rule: 'L4',
    what: 'The high watermark moves however small the ISR is.',
    harm: 'The last replica standing commits alone, and an eligible one without these records is elected (KIP-966).',
    harms: 'safety',
    patches: [
      {
        file: HIGH_WATERMARK,
        find: `  if (isUnderMinIsr(inSync)) return;
`,
        replace: ``,
      },
    ],
  },
  {
    name: 'L4-proposed-members-make-up-the-minimum',
    rule: 'L4',
    what: 'The maximal ISR, not the committed one, is held against the minimum.',
    harm: 'A leader commits with a member that the controller has not taken in, while an eligible replica outside lacks the records.',
    harms: 'safety',
    patches: [
      {
        file: HIGH_WATERMARK,
        find: `  return inSync.committed.length < inSync.minIsr;`,
        replace: `  return inSync.maximal.length < inSync.minIsr;`,
      },
    ],
  },
  {
    name: 'L4-only-committed-members-count',
    rule: 'L4',
    what: 'The high watermark waits for the committed ISR alone.',
    harm: 'The controller has taken in a member that the leader does not wait for, and elects it.',
    harms: 'safety',
    patches: [
      {
        file: HIGH_WATERMARK,
        find: `    if (!inSync.maximal.includes(follower.id) && !isAboutToJoin(core, follower)) continue;`,
        replace: `    if (!inSync.committed.includes(follower.id)) continue;`,
      },
    ],
  },
  {
    name: 'L4-unheard-members-passed-over',
    rule: 'L4',
    what: 'A member that has not been heard in this leadership does not hold back the high watermark.',
    harm: 'A new leader commits what its followers do not have.',
    harms: 'safety',
    patches: [
      {
        file: HIGH_WATERMARK,
        find: `    if (follower.logEndOffset === null) return;`,
        replace: `    if (follower.logEndOffset === null) continue;`,
      },
    ],
  },
  {
    name: 'L4-high-watermark-falls',
    rule: 'L4',
    what: 'A leader’s high watermark follows its members down.',
    harm: 'Records that consumers have read are no longer committed.',
    harms: 'safety',
    patches: [
      {
        file: HIGH_WATERMARK,
        find: `  if (to > core.highWatermark) core.moveHighWatermark(to);`,
        replace: `  core.moveHighWatermark(to);`,
      },
    ],
  },
  {
    name: 'L4-reads-beyond-the-high-watermark',
    rule: 'L4',
    what: 'Consumers are served up to the log’s end.',
    harm: 'A consumer sees records that are lost with the next election.',
    harms: 'safety',
    patches: [
      {
        file: 'src/broker/partition-reader.ts',
        find: `  if (fetchOffset >= endOffset) return { ...found([]), caughtUp: true };
  const chunks = host.read(fetchOffset, maxBytes, endOffset);`,
        replace: `  if (fetchOffset >= bounds.logEndOffset) return { ...found([]), caughtUp: true };
  const chunks = host.read(fetchOffset, maxBytes, bounds.logEndOffset);`,
      },
    ],
  },
  {
    name: 'L4-retention-beyond-the-high-watermark',
    rule: 'L4',
    what: 'Retention deletes records that are not committed.',
    harm: 'The log’s start drags the high watermark past what the members hold.',
    harms: 'safety',
    patches: [
      {
        file: 'src/log/retention.ts',
        find: `    if (segment.nextOffset > limits.upTo) break;
`,
        replace: ``,
      },
    ],
  },
];
