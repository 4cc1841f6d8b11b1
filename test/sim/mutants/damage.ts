/** X3: bad and missing bytes, and who may be elected in spite of them. */
import type { Mutant } from './mutant.ts';

const RECOVERY = 'src/log/recovery.ts';
const ELECTIONS = 'src/controller/elections.ts';
const REGISTRATION = 'src/controller/registration.ts';
const DAMAGE = 'src/replication/damage.ts';
const CONTROLLER_IN_SYNC = 'src/controller/in-sync-replicas.ts';

export const DAMAGE_MUTANTS: readonly Mutant[] = [
  {
    name: 'X3-damage-cut-away',
    rule: 'X3',
    what: 'What is bad or missing below the durable mark is cut off as a torn tail would be.',
    harm: 'A replica without acknowledged records takes part in elections.',
    harms: 'safety',
    patches: [
      {
        file: RECOVERY,
        find: `    if (endOffset < durableMark && this.#logStartOffset < durableMark) {`,
        replace: `    if (endOffset < durableMark && durableMark < 0) {`,
      },
    ],
  },
  {
    name: 'X3-every-cut-taken-for-a-torn-tail',
    rule: 'X3',
    what: 'A log that was cut above its mark is whole, whatever was cut.',
    harm: 'A replica that acknowledged what rotted is elected without a question.',
    harms: 'safety',
    patches: [
      {
        file: RECOVERY,
        find: `    if (!torn) this.#worsen('uncertain', \`offset \${broken.offset}: \${broken.reason}\`);
`,
        replace: ``,
      },
    ],
  },
  {
    name: 'X3-verdict-after-the-cut',
    rule: 'X3',
    what: 'A log is cut before it is written down that it is uncertain.',
    harm: 'A crash in between leaves a shorter log that looks whole.',
    harms: 'safety',
    patches: [
      {
        file: RECOVERY,
        find: `    await this.#storeStateIfWorse();

`,
        replace: ``,
      },
    ],
  },
  {
    name: 'X3-mark-of-the-page-cache',
    rule: 'X3',
    what: 'The durable mark of a page-cache topic says what was written, not what was synced.',
    harm: 'A power cut leaves every replica below its mark, all are damaged, and nobody can ever lead.',
    harms: 'liveness',
    patches: [
      {
        file: 'src/broker/replica-table.ts',
        find: `directory.marks.raise(key, open.log.syncedEndOffset);`,
        replace: `directory.marks.raise(key, durableEndOffset);`,
      },
    ],
  },
  {
    name: 'X3-uncertain-elected-like-any-other',
    rule: 'X3',
    what: 'An uncertain replica is elected without asking the others how far they are.',
    harm: 'Another eligible one has committed records that it lost.',
    harms: 'safety',
    patches: [
      {
        file: ELECTIONS,
        find: `  const whole = pool.filter((id) => electorate.replica(id).state === 'whole');`,
        replace: `  const whole = pool.filter((id) => electorate.replica(id).state !== 'damaged');`,
      },
    ],
  },
  {
    name: 'X3-uncertain-elected-alone',
    rule: 'X3',
    what: 'An uncertain replica is elected as soon as it has said itself how far it is.',
    harm: 'Those that have more have not answered yet.',
    harms: 'safety',
    patches: [
      {
        file: ELECTIONS,
        find: `  if (ends.size < Math.min(state.minIsr, state.elr.length)) return null;`,
        replace: `  if (ends.size === 0) return null;`,
      },
    ],
  },
  {
    name: 'X3-not-the-furthest',
    rule: 'X3',
    what: 'Of the eligible that have answered the first in order is elected.',
    harm: 'It lacks committed records that another one has.',
    harms: 'safety',
    patches: [
      {
        file: ELECTIONS,
        find: `  const leader = firstStanding(state, furthest(ends), electorate);
  return leader === null ? null : { kind: 'uncertain'`,
        replace: `  const leader = firstStanding(state, [...ends.keys()], electorate);
  return leader === null ? null : { kind: 'uncertain'`,
      },
    ],
  },
  {
    name: 'X3-log-ends-said-too-early',
    rule: 'X3',
    what: 'A log end counts that was said before it was known that nobody leads.',
    harm: 'The log has grown since; a shorter one is taken for the furthest.',
    harms: 'safety',
    patches: [
      {
        file: REGISTRATION,
        find: `    if (applied === null || since === null || applied < since) continue;`,
        replace: `    if (applied === null || since === null) continue;`,
      },
    ],
  },
  {
    name: 'X3-log-ends-of-an-older-incarnation',
    rule: 'X3',
    what: 'A log end that was said once stands, also when the broker was started again since.',
    harm: 'It may have lost some of it: it is elected for records that it no longer has.',
    harms: 'safety',
    patches: [
      {
        file: 'src/controller/image.ts',
        find: `    const current = known.brokerEpoch === this.#brokers.get(broker)?.epoch;`,
        replace: `    const current = known.brokerEpoch >= 0;`,
      },
      {
        // A registration says anew where the logs end that are in question.
        file: REGISTRATION,
        find: `    candidate &&
    now.leader === null &&`,
        replace: `    candidate &&
    known.logEnd === null &&
    now.leader === null &&`,
      },
    ],
  },
  {
    name: 'X3-damaged-replica-serves',
    rule: 'X3',
    what: 'A replica whose log is damaged takes its role all the same.',
    harm: 'It reports positions for records that it lost.',
    harms: 'safety',
    patches: [
      {
        file: 'src/replication/replica.ts',
        find: `    if (options.state === 'damaged') {`,
        replace: `    if (options.state === 'damaged' && options.nodeId < 0) {`,
      },
    ],
  },
  {
    name: 'X3-damage-not-reported',
    rule: 'X3',
    what: 'The controller is not told of damage that is found while running.',
    harm: 'The replica neither leads nor follows, and nobody puts another in its place.',
    harms: 'liveness',
    patches: [
      {
        file: 'src/broker/partition-host.ts',
        find: `        this.#surroundings.damaged(this, effect.reason);
`,
        replace: ``,
      },
    ],
  },
  {
    name: 'X3-damaged-replica-stays-in-the-isr',
    rule: 'X3',
    what: 'A replica that reports damage is not taken out of ISR and ELR.',
    harm: 'It is elected and does not lead, and is never repaired.',
    harms: 'liveness',
    patches: [
      {
        file: CONTROLLER_IN_SYNC,
        find: `  const change = membersAfter(state, without(state.isr, broker), [broker]);`,
        replace: `  const change = {};`,
      },
    ],
  },
  {
    name: 'X3-epoch-not-raised',
    rule: 'X3',
    what: 'Taking a damaged follower out does not raise the leader epoch.',
    harm: 'What it had sent before still counts, and brings it back into the ISR.',
    harms: 'safety',
    patches: [
      {
        file: CONTROLLER_IN_SYNC,
        find: `  changeAndElect(draft, topic, state, change, 'damaged', { raiseLeaderEpoch: true });`,
        replace: `  changeAndElect(draft, topic, state, change, 'damaged');`,
      },
    ],
  },
  {
    name: 'X3-set-aside-at-once',
    rule: 'X3',
    what: 'A damaged log is set aside before the controller has written it off.',
    harm: 'A replica that is counted, or elected, is suddenly empty.',
    harms: 'safety',
    patches: [
      {
        file: DAMAGE,
        find: `    return applied && damaged.includes(self) && !isr.includes(self) && leader !== self;`,
        replace: `    return applied || damaged.length >= 0 || isr.includes(self) || leader !== self;`,
      },
    ],
  },
  {
    name: 'X3-set-aside-while-eligible',
    rule: 'X3',
    what: 'Being outside of the ISR is enough to set a damaged log aside.',
    harm: 'An eligible replica outside of the ISR is elected with nothing.',
    harms: 'safety',
    patches: [
      {
        file: DAMAGE,
        find: `    return applied && damaged.includes(self) && !isr.includes(self) && leader !== self;`,
        replace: `    return (applied || damaged.includes(self)) && !isr.includes(self) && leader !== self;`,
      },
    ],
  },
];
