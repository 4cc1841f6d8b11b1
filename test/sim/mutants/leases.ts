/** X4: how long a leader may believe that it leads. */
import type { Mutant } from './mutant.ts';

const LEASE = 'src/replication/lease.ts';
const LEADER = 'src/replication/leader.ts';

export const LEASE_MUTANTS: readonly Mutant[] = [
  {
    name: 'X4-lease-never-lapses',
    rule: 'X4',
    what: 'A leader believes in itself for ever.',
    harm: 'A leader that is cut off goes on acknowledging beside its successor.',
    harms: 'safety',
    patches: [
      {
        file: LEASE,
        find: `    if (!this.#isOld(now, controllerLease)) return false;`,
        replace: `    if (!this.#isOld(now, controllerLease) || now >= 0) return false;`,
      },
    ],
  },
  {
    name: 'X4-silent-members-do-not-matter',
    rule: 'X4',
    what: 'The silence of members does not make a lease lapse.',
    harm: 'A leader that has lost touch with everybody goes on.',
    harms: 'safety',
    patches: [
      {
        file: LEASE,
        find: `    return this.#othersMayBeEligible() || this.#someMemberIsSilent(now);`,
        replace: `    return this.#othersMayBeEligible();`,
      },
    ],
  },
  {
    name: 'X4-members-enough-below-the-minimum',
    rule: 'X4',
    what: 'Below the minimum too, members that follow keep a lease alive without the controller.',
    harm: 'An eligible replica outside of the ISR is elected beside a leader that goes on.',
    harms: 'safety',
    patches: [
      {
        file: LEASE,
        find: `    return this.#othersMayBeEligible() || this.#someMemberIsSilent(now);`,
        replace: `    return this.#someMemberIsSilent(now);`,
      },
    ],
  },
  {
    name: 'X4-echo-without-a-session',
    rule: 'X4',
    what: 'A member’s echo counts although it no longer follows this partition here.',
    harm: 'A leader takes for its own those who follow its successor.',
    harms: 'safety',
    patches: [
      {
        file: LEASE,
        find: `      if (follower.session === null) return true;
`,
        replace: ``,
      },
    ],
  },
  {
    name: 'X4-lease-from-the-answer',
    rule: 'X4',
    what: 'The controller’s lease runs from when an answer arrives, not from when its question was sent.',
    harm: 'An answer that was long under way prolongs the lease of a broker that is fenced already.',
    harms: 'safety',
    patches: [
      {
        file: 'src/broker/controller-session.ts',
        find: `        this.#unapplied.push(message);`,
        replace: `        this.#unapplied.push({ ...message, sentAt: this.#options.clock.now() });`,
      },
    ],
  },
  {
    name: 'X4-echo-from-its-arrival',
    rule: 'X4',
    what: 'A member’s lease runs from when its echo arrives, not from when the frame was sent.',
    harm: 'What lay buffered during a pause keeps a leader going.',
    harms: 'safety',
    patches: [
      {
        file: 'src/broker/replica-streams.ts',
        find: `    if (message.echo !== null) this.#echoes.set(open.follower, message.echo);`,
        replace: `    if (message.echo !== null) this.#echoes.set(open.follower, this.#options.clock.now());`,
      },
    ],
  },
  {
    name: 'X4-counts-after-the-lapse',
    rule: 'X4',
    what: 'A leader that has stopped itself goes on counting, and takes writes.',
    harm: 'It acknowledges beside its successor.',
    harms: 'safety',
    patches: [
      {
        file: LEADER,
        find: `    if (this.lease.isLapsed) return;
    if (!this.handover.isHolding) {`,
        replace: `    if (!this.handover.isHolding) {`,
      },
      {
        file: LEADER,
        find: `    const refused = this.lease.isLapsed ? LAPSED : this.#requests.refusalOf(input);`,
        replace: `    const refused = this.#requests.refusalOf(input);`,
      },
    ],
  },
  {
    name: 'X4-resumes-without-metadata',
    rule: 'X4',
    what: 'A leader that has stopped itself resumes when a member is heard again.',
    harm: 'Another one may have been elected meanwhile.',
    harms: 'safety',
    patches: [
      {
        file: LEASE,
        find: `  return controllerLease > lapsedAt;`,
        replace: `  return controllerLease > lapsedAt || lapsedAt >= 0;`,
      },
    ],
  },
  {
    name: 'X4-lease-of-the-moment',
    rule: 'X4',
    what: 'An input is judged by the lease of when it is handled, not of when it was queued.',
    harm: 'Behind a barrier it is judged by a lease whose metadata waits behind it.',
    harms: 'safety',
    patches: [
      {
        file: 'src/broker/partition-host.ts',
        find: `this.replica.step(item.input, this.#clock.now(), item.controllerLease);`,
        replace: `this.replica.step(
      item.input,
      this.#clock.now(),
      this.#surroundings.controllerLease(),
    );`,
      },
    ],
  },
  {
    name: 'X4-reads-after-the-lapse',
    rule: 'X4',
    what: 'A leader whose lease has lapsed serves consumers.',
    harm: 'They are shown an old end as the end.',
    harms: 'safety',
    patches: [
      {
        file: 'src/replication/replica.ts',
        find: `    if (this.isCutOff(now, controllerLease)) {`,
        replace: `    if (now < controllerLease && now < 0) {`,
      },
    ],
  },
  {
    name: 'X4-stops-with-the-controller',
    rule: 'X4',
    what: 'The controller’s silence alone stops a leader whose members all follow.',
    harm: 'A controller that is started again stops every write meanwhile.',
    harms: 'liveness',
    patches: [
      {
        file: LEASE,
        find: `    return this.#othersMayBeEligible() || this.#someMemberIsSilent(now);`,
        replace: `    return true;`,
      },
    ],
  },
];
