/** L5 to L7: who is in sync, as the leader proposes it and hears of it. */
import type { Mutant, Patch } from './mutant.ts';

const IN_SYNC = 'src/replication/in-sync-replicas.ts';
const PROGRESS = 'src/replication/follower-progress.ts';

const ANY_REQUEST: Patch = {
  file: IN_SYNC,
  find: `    if (this.#pending === null || !isSameRequest(this.#pending.request, request)) return false;`,
  replace: `    if (this.#pending === null && request !== null) return false;`,
};

/** The leader proposes whoever is registered now for what any incarnation of it has reported. */
export const JOINS_AS_ANY_INCARNATION: readonly Patch[] = [
  {
    file: IN_SYNC,
    find: `    return this.#core.broker(follower.id)?.brokerEpoch === follower.brokerEpoch;`,
    replace: `    return follower.id >= 0;`,
  },
  {
    file: IN_SYNC,
    find: `brokerEpoch: this.#followers.get(id)?.brokerEpoch ?? registered });`,
    replace: `brokerEpoch: registered });`,
  },
];

export const IN_SYNC_MUTANTS: readonly Mutant[] = [
  {
    name: 'L5-below-the-high-watermark',
    rule: 'L5',
    what: 'A follower may join below the high watermark.',
    harm: 'A member of the ISR lacks committed records and is elected.',
    harms: 'safety',
    patches: [
      {
        file: IN_SYNC,
        find: `    return follower.logEndOffset !== null && follower.logEndOffset >= this.#core.highWatermark;`,
        replace: `    return follower.logEndOffset !== null;`,
      },
    ],
  },
  {
    name: 'L5-below-the-start-of-the-epoch',
    rule: 'L5',
    what: 'A follower may join below the start of the leader’s epoch.',
    harm: 'A new leader’s high watermark lies below the true one, and lets in who lacks what is between.',
    harms: 'safety',
    patches: [
      {
        file: IN_SYNC,
        find: `    return follower.logEndOffset !== null && follower.logEndOffset >= this.#leaderEpochStartOffset;`,
        replace: `    return follower.logEndOffset !== null;`,
      },
    ],
  },
  {
    name: 'L5-not-heard-in-this-epoch',
    rule: 'L5',
    what: 'A follower joins for what it said in an older epoch, which the leader has kept.',
    harm: 'It was cut back since by another leader, and is elected without what it had (KIP-320).',
    harms: 'safety',
    patches: [
      {
        file: IN_SYNC,
        find: `    return follower.heardInEpoch && follower.session !== null;`,
        replace: `    return follower.id >= 0;`,
      },
      {
        file: PROGRESS,
        find: `      if (!partition.isr.includes(follower.id)) continue;
`,
        replace: ``,
      },
    ],
  },
  {
    name: 'L5-fenced-broker-joins',
    rule: 'L5',
    what: 'Neither leader nor controller asks whether a broker that is to join is fenced.',
    harm: 'A broker that was taken out for its silence is back in the ISR, and everybody waits for it (KIP-841).',
    harms: 'safety',
    patches: [
      {
        file: IN_SYNC,
        find: `  #isEligible(follower: FollowerProgress): boolean {
    return this.#core.isEligible(follower.id);`,
        replace: `  #isEligible(follower: FollowerProgress): boolean {
    return follower.id >= 0;`,
      },
      {
        file: 'src/controller/in-sync-replicas.ts',
        find: `  if (broker.fenced) return \`broker \${id} is fenced\`;
`,
        replace: ``,
      },
    ],
  },
  {
    name: 'L5-old-incarnation-joins',
    rule: 'L5',
    what: 'A broker that was started again joins with the position of its last incarnation.',
    harm: 'It may have lost its disk since, and is elected (KIP-903).',
    harms: 'safety',
    patches: [
      {
        file: PROGRESS,
        find: `      if (follower.brokerEpoch >= broker.brokerEpoch) continue;`,
        replace: `      if (follower.id >= 0) continue;`,
      },
      ...JOINS_AS_ANY_INCARNATION,
    ],
  },
  {
    name: 'L5-two-proposals-at-once',
    rule: 'L5',
    what: 'A leader proposes again while a proposal is under way.',
    harm: 'Whom the first one added is counted no more, though the controller may have taken it in.',
    harms: 'safety',
    patches: [
      {
        file: IN_SYNC,
        find: `    if (this.#pending !== null || this.#pausing) return;`,
        replace: `    if (this.#pausing) return;`,
      },
      {
        file: IN_SYNC,
        find: `    assert(this.#pending === null, 'R8: one proposal at a time');
`,
        replace: ``,
      },
    ],
  },
  {
    name: 'L6-leaver-not-counted-any-more',
    rule: 'L6',
    what: 'A member whose removal is proposed does not count from that moment.',
    harm: 'The controller has not confirmed it, and elects the member without the records that were committed meanwhile.',
    harms: 'safety',
    patches: [
      {
        file: IN_SYNC,
        find: `    if (!this.#propose(remaining, this.committed)) return false;`,
        replace: `    if (!this.#propose(remaining, remaining)) return false;`,
      },
    ],
  },
  {
    name: 'L6-slow-follower-stays',
    rule: 'L6',
    what: 'A follower that does not keep up is never taken out.',
    harm: 'One broker that hangs holds up every write with acks=all.',
    harms: 'liveness',
    patches: [
      {
        file: IN_SYNC,
        find: `    if (this.#isCaughtUp(follower)) return null;`,
        replace: `    if (follower.id >= 0) return null;`,
      },
    ],
  },
  {
    name: 'L7-reply-to-another-request',
    rule: 'L7',
    what: 'Any reply settles the proposal that is under way, whichever it answers.',
    harm: 'A late refusal takes back a proposal that the controller has committed.',
    harms: 'safety',
    patches: [ANY_REQUEST],
  },
  {
    name: 'L7-older-reply-applied',
    rule: 'L7',
    what: 'A reply is applied whatever it answers and whatever its epochs are.',
    harm: 'The ISR goes back to one that is over, and the leader counts too few.',
    harms: 'safety',
    patches: [
      ANY_REQUEST,
      {
        file: IN_SYNC,
        find: `    if (result.leaderEpoch !== partition.leaderEpoch) return false;
    if (result.partitionEpoch < partition.partitionEpoch) return false;
`,
        replace: ``,
      },
    ],
  },
  {
    name: 'L7-not-sent-again',
    rule: 'L7',
    what: 'A proposal that was lost is not sent again.',
    harm: 'The ISR never changes again; who has left it holds up every write.',
    harms: 'liveness',
    patches: [
      {
        file: IN_SYNC,
        find: `  resend(): void {
    if (this.#pending !== null) {`,
        replace: `  resend(): void {
    if (this.#pending !== null && this.#pausing) {`,
      },
    ],
  },
];
