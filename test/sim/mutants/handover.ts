/** X5 and X8: planned changes of leader, and who keeps up. */
import type { Mutant } from './mutant.ts';

const HANDOVER = 'src/replication/handover.ts';
const PROGRESS = 'src/replication/follower-progress.ts';

export const HANDOVER_MUTANTS: readonly Mutant[] = [
  {
    name: 'X5-appends-not-held',
    rule: 'X5',
    what: 'A leader goes on appending while it hands over.',
    harm: 'What it acknowledges with acks=1 after “ready” is lost in a planned change.',
    harms: 'safety',
    patches: [
      {
        file: 'src/replication/leader.ts',
        find: `    } else if (this.handover.isHolding) {
      if`,
        replace: `    } else if (this.handover.isHolding && this.inSync.minIsr < 0) {
      if`,
      },
    ],
  },
  {
    name: 'X5-ready-before-the-target-is',
    rule: 'X5',
    what: 'A leader says that it is ready before the target has everything.',
    harm: 'Records that were acknowledged with acks=1 are lost in a planned change.',
    harms: 'safety',
    patches: [
      {
        file: HANDOVER,
        find: `    return log.isDurable && this.#followers.get(target)?.logEndOffset === log.logEndOffset;`,
        replace: `    return log.logEndOffset >= 0 && this.#followers.get(target) !== undefined;`,
      },
    ],
  },
  {
    name: 'X5-hold-ends-after-ready',
    rule: 'X5',
    what: 'A leader that said that it is ready goes on when the time is over.',
    harm: 'The controller moves the leadership while it acknowledges again.',
    harms: 'safety',
    patches: [
      {
        file: HANDOVER,
        find: `    this.#hold.ready = true;
    this.#core.cancelTimer('hold');`,
        replace: `    this.#hold.ready = true;`,
      },
      {
        file: HANDOVER,
        find: `    if (this.#hold === null || this.#hold.ready) return;
    if (this.#core.now`,
        replace: `    if (this.#hold === null) return;
    if (this.#core.now`,
      },
    ],
  },
  {
    name: 'X5-lapse-ends-a-ready-hold',
    rule: 'X5',
    what: 'A lapse of the lease calls off what was promised already.',
    harm: 'A leader whose lease is renewed acknowledges while the controller moves the leadership.',
    harms: 'safety',
    patches: [
      {
        file: HANDOVER,
        find: `  onLapse(): void {
    if (this.#hold !== null && !this.#hold.ready) this.#end('gave-up');`,
        replace: `  onLapse(): void {
    if (this.#hold !== null) this.#end('gave-up');`,
      },
      {
        // A heartbeat that was sent later is answered behind what became of the hold.
        file: 'src/replication/lease.ts',
        find: `  return controllerLease > lapsedAt;`,
        replace: `  return controllerLease > lapsedAt || lapsedAt >= 0;`,
      },
    ],
  },
  {
    name: 'X5-ready-of-another-epoch',
    rule: 'X5',
    what: 'The controller takes a “ready” of an older partition epoch.',
    harm: 'The leader has gone on since, and loses what it acknowledged with acks=1.',
    harms: 'safety',
    patches: [
      {
        file: 'src/controller/handover.ts',
        find: `  if (command.partitionEpoch < state.partitionEpoch) {`,
        replace: `  if (command.partitionEpoch < 0) {`,
      },
    ],
  },
  {
    name: 'X5-ready-not-repeated',
    rule: 'X5',
    what: 'A “ready” that was lost with the session is not said again.',
    harm: 'The leader holds back every write for good.',
    harms: 'liveness',
    patches: [
      {
        file: HANDOVER,
        find: `    if (this.#hold !== null && this.#hold.ready) this.#sendReady(this.#hold);
`,
        replace: ``,
      },
    ],
  },
  {
    name: 'X5-refusal-without-an-epoch',
    rule: 'X5',
    what: 'A “ready” whose target cannot lead any more raises no partition epoch.',
    harm: 'The leader waits for one, and holds back every write for good.',
    harms: 'liveness',
    patches: [
      {
        file: 'src/controller/handover.ts',
        find: `  draft.changePartition(topic, state, {}, 'refused-handover');
`,
        replace: ``,
      },
    ],
  },
  {
    name: 'X8-every-position-is-caught-up',
    rule: 'X8',
    what: 'A follower counts as caught up whenever it is heard.',
    harm: 'One that is slow for ever stays in the ISR and slows down every write.',
    harms: 'liveness',
    patches: [
      {
        file: PROGRESS,
        find: `    if (position.fetchOffset >= leaderLogEndOffset) follower.lastCaughtUpAt = now;`,
        replace: `    follower.lastCaughtUpAt = now;`,
      },
    ],
  },
];
