/** C1 to C4, C6 and C8, X6, X7, X11 and X13: what the controller decides, and whom it tells when. */
import type { Mutant } from './mutant.ts';

const IN_SYNC = 'src/controller/in-sync-replicas.ts';
const ELECTIONS = 'src/controller/elections.ts';
const REGISTRATION = 'src/controller/registration.ts';
const DRAFT = 'src/controller/draft.ts';
const INVARIANTS = 'src/controller/invariants.ts';
const HOST = 'src/broker/controller-host.ts';
const JOURNAL = 'src/metadata/journal-store.ts';

export const CONTROLLER_MUTANTS: readonly Mutant[] = [
  {
    name: 'C1-partition-epoch-not-compared',
    rule: 'C1',
    what: 'A proposal is committed whatever partition epoch it was made in.',
    harm: 'An old proposal brings back whom the controller has taken out since.',
    harms: 'safety',
    patches: [
      {
        file: IN_SYNC,
        find: `  if (request.partitionEpoch < mine.partitionEpoch) {`,
        replace: `  if (request.partitionEpoch < 0) {`,
      },
    ],
  },
  {
    name: 'C1-no-epoch-compared',
    rule: 'C1',
    what: 'A proposal is committed whatever leader epoch and partition epoch it was made in.',
    harm: 'A leader that is over and leads again is taken at a word of its earlier leadership.',
    harms: 'safety',
    patches: [
      {
        file: IN_SYNC,
        find: `  if (request.leaderEpoch < mine.leaderEpoch) {`,
        replace: `  if (request.leaderEpoch < 0) {`,
      },
      {
        file: IN_SYNC,
        find: `  if (request.partitionEpoch < mine.partitionEpoch) {`,
        replace: `  if (request.partitionEpoch < 0) {`,
      },
    ],
  },
  {
    name: 'C1-member-epochs-not-compared',
    rule: 'C1',
    what: 'A member of a proposed ISR may have been started again since.',
    harm: 'A broker that lost its disk is in the ISR on the word of an older incarnation (KIP-903).',
    harms: 'safety',
    patches: [
      {
        file: IN_SYNC,
        find: `  if (broker.epoch !== epoch) {`,
        replace: `  if (broker.epoch !== epoch && epoch < 0) {`,
      },
    ],
  },
  {
    name: 'C1-fenced-member-taken-in',
    rule: 'C1',
    what: 'A member of a proposed ISR may be fenced.',
    harm: 'A broker that is away is in the ISR, where nobody expects it to be silent (KIP-841).',
    harms: 'safety',
    patches: [
      {
        file: IN_SYNC,
        find: `  if (broker.fenced) return \`broker \${id} is fenced\`;
`,
        replace: ``,
      },
    ],
  },
  {
    name: 'C2-fenced-broker-stays-in-the-isr',
    rule: 'C2',
    what: 'A broker that is fenced stays in every ISR, and leads on.',
    harm: 'Writes wait for a broker that is dead, and what it led has no leader.',
    harms: 'safety',
    patches: [
      {
        file: IN_SYNC,
        find: `    if (!state.isr.includes(broker)) continue;
    changeAndElect(draft, topic, state, membersAfter(state, without(state.isr, broker)), cause);`,
        replace: ``,
      },
    ],
  },
  {
    name: 'C2-leavers-not-eligible',
    rule: 'C2',
    what: 'Who leaves an ISR below the minimum is not remembered as eligible.',
    harm: 'When the last one goes nobody can lead, although others have everything.',
    harms: 'liveness',
    patches: [
      {
        file: IN_SYNC,
        find: `  const elr = held.filter((id) => !isr.includes(id) && !unclean.includes(id));`,
        replace: `  const elr: NodeId[] = [];`,
      },
    ],
  },
  {
    name: 'C2-earlier-leavers-forgotten',
    rule: 'C2',
    what: 'Only who leaves in this change is eligible; who was before is forgotten.',
    harm: 'The partition stays offline although an eligible replica is there.',
    harms: 'liveness',
    patches: [
      {
        file: IN_SYNC,
        find: `before.isr.includes(id) || before.elr.includes(id));`,
        replace: `before.isr.includes(id));`,
      },
    ],
  },
  {
    name: 'C2-leader-epoch-not-raised',
    rule: 'C2',
    what: 'A change of leader does not raise the leader epoch.',
    harm: 'Two brokers lead in one epoch.',
    harms: 'safety',
    patches: [
      {
        file: DRAFT,
        find: `before.leaderEpoch + (newLeader ? 1 : 0)`,
        replace: `before.leaderEpoch + (newLeader ? 0 : 0)`,
      },
      {
        file: INVARIANTS,
        find: `  assert(after.leader === before.leader || after.leaderEpoch > before.leaderEpoch, say);
`,
        replace: ``,
      },
    ],
  },
  {
    name: 'C3-elected-from-outside',
    rule: 'C3',
    what: 'Any whole replica may be elected, in the ISR or not.',
    harm: 'A replica without the newest committed records leads.',
    harms: 'safety',
    patches: [
      {
        file: ELECTIONS,
        find: `  const pool = state.isr.length > 0 ? state.isr : state.elr;`,
        replace: `  const pool = state.replicas;`,
      },
    ],
  },
  {
    name: 'C3-fenced-broker-elected',
    rule: 'C3',
    what: 'A fenced broker may be elected.',
    harm: 'Nobody leads until it comes back.',
    harms: 'safety',
    patches: [
      {
        file: ELECTIONS,
        find: `  if (broker === undefined || broker.fenced) return 'away';`,
        replace: `  if (broker === undefined) return 'away';`,
      },
    ],
  },
  {
    name: 'C3-unclean-although-forbidden',
    rule: 'C3',
    what: 'An unclean election needs no permission.',
    harm: 'Committed records are given up where the topic says that they must not be.',
    harms: 'safety',
    patches: [
      {
        file: ELECTIONS,
        find: `  if (!electorate.uncleanAllowed()) return null;
`,
        replace: ``,
      },
    ],
  },
  {
    name: 'C4-unfenced-broker-back-in-the-isr',
    rule: 'C4',
    what: 'A broker that is unfenced is put back into the ISR.',
    harm: 'It lacks what was committed while it was away, and is elected.',
    harms: 'safety',
    patches: [
      {
        file: REGISTRATION,
        find: `  if (unfence) {
`,
        replace: `  if (unfence) {
    for (const { topic, state } of draft.partitionsOf(id)) {
      if (state.leader === null || state.isr.includes(id)) continue;
      const change = {
        isr: [...state.isr, id],
        elr: without(state.elr, id),
        lastKnownElr: without(state.lastKnownElr, id),
      };
      draft.changePartition(topic, state, change, 'broker-unfenced');
    }
`,
      },
    ],
  },
  {
    name: 'C5-unclean-restart-stays-eligible',
    rule: 'C5',
    what: 'A registration that proves nothing leaves a broker among the eligible.',
    harm: 'A broker that lost its page cache or its disk is elected.',
    harms: 'safety',
    patches: [
      {
        file: REGISTRATION,
        find: `    const unclean = verdict.eligible ? [] : [id];
    const listed = state.elr.includes(id) && !verdict.eligible;`,
        replace: `    const unclean: NodeId[] = [];
    const listed = false;`,
      },
    ],
  },
  {
    name: 'C5-registering-is-not-heard',
    rule: 'C5',
    what: 'A broker that is being registered does not count as there.',
    harm: 'What a dead process had sent takes the place of its successor, which is refused from then on.',
    harms: 'liveness',
    patches: [
      {
        file: 'src/controller/broker-sessions.ts',
        find: `      if (registering === broker && !isSilent) return true;`,
        replace: `      if (registering === broker && isSilent && !isSilent) return true;`,
      },
    ],
  },
  {
    name: 'C5-replaced-comes-back',
    rule: 'C5',
    what: 'An incarnation that another has replaced is registered again.',
    harm: 'A broker with every record on its disk is no longer eligible, by the word of a dead process.',
    harms: 'liveness',
    patches: [
      {
        file: REGISTRATION,
        find: `  if (replaced.has(registration.incarnationId)) {`,
        replace: `  if (replaced.has(registration.incarnationId) && stored === undefined) {`,
      },
    ],
  },
  {
    name: 'C6-eligible-kept-at-the-minimum',
    rule: 'C6',
    what: 'The eligible outside of the ISR stay eligible when the ISR has reached the minimum.',
    harm: 'One of them is elected later without what was committed since (P5).',
    harms: 'safety',
    patches: [
      {
        file: IN_SYNC,
        find: `  if (isr.length >= before.minIsr) return { isr, elr: [], lastKnownElr: [] };
`,
        replace: ``,
      },
      {
        file: DRAFT,
        find: `      elr: inSync ? [] : inAssignmentOrder(before, changed.elr),
      lastKnownElr: inSync ? [] : inAssignmentOrder(before, changed.lastKnownElr),`,
        replace: `      elr: inAssignmentOrder(before, without(changed.elr, changed.isr, inSync)),
      lastKnownElr: inAssignmentOrder(before, without(changed.lastKnownElr, changed.isr, inSync)),`,
      },
      {
        file: DRAFT,
        find: `function replicaKey(`,
        replace: `function without(members: readonly NodeId[], others: readonly NodeId[], _: boolean): NodeId[] {
  return members.filter((id) => !others.includes(id));
}

function replicaKey(`,
      },
      {
        file: INVARIANTS,
        find: `    isr.length < minIsr || (elr.length === 0 && lastKnownElr.length === 0),`,
        replace: `    isr.length >= 0,`,
      },
    ],
  },
  {
    name: 'C6-last-known-eligible-forgotten',
    rule: 'C6',
    what: 'An eligible replica that lost data is not remembered at all.',
    harm: 'After a power cut of everybody nobody is asked how far it is, and the partition stays offline.',
    harms: 'liveness',
    patches: [
      {
        file: IN_SYNC,
        find: `  return { isr, elr, lastKnownElr };`,
        replace: `  return { isr, elr, lastKnownElr: lastKnownElr.filter((id) => id < 0) };`,
      },
    ],
  },
  {
    name: 'C6-recovery-waits-for-nobody',
    rule: 'C6',
    what: 'The first of the last known eligible to say where its log ends is elected.',
    harm: 'Another one, still starting, has more.',
    harms: 'safety',
    patches: [
      {
        file: ELECTIONS,
        find: `  if (ends.size < lastKnownElr.length) return null;`,
        replace: `  if (ends.size === 0) return null;`,
      },
    ],
  },
  {
    name: 'C6-recovery-elects-any',
    rule: 'C6',
    what: 'Of the last known eligible the first in order is elected, not the furthest.',
    harm: 'Records that another one still has are given up.',
    harms: 'safety',
    patches: [
      {
        file: ELECTIONS,
        find: `  const leader = firstStanding(state, furthest(ends), electorate);
  if (leader === null) return null;
  return { kind: 'recovery'`,
        replace: `  const leader = firstStanding(state, [...ends.keys()], electorate);
  if (leader === null) return null;
  return { kind: 'recovery'`,
      },
    ],
  },
  {
    name: 'C8-told-before-committed',
    rule: 'C8',
    what: 'Replies leave and brokers see events before the metadata store has committed them.',
    harm: 'A controller that dies has told what no journal holds.',
    harms: 'safety',
    patches: [
      {
        file: HOST,
        find: `{ events, reply, answer, durable: events.length === 0 };`,
        replace: `{ events, reply, answer, durable: true };`,
      },
      {
        file: HOST,
        find: `      if (events.length === 0) return;
      this.#options.store.append(`,
        replace: `      this.#commit();
      if (events.length === 0) return;
      this.#options.store.append(`,
      },
    ],
  },
  {
    name: 'C8-reply-ahead-of-what-it-rests-on',
    rule: 'C8',
    what: 'A reply that brings no event of its own does not wait for the decisions before it.',
    harm: 'A leader is told of an ISR that is not committed, and counts too few when the controller dies.',
    harms: 'safety',
    patches: [
      {
        file: HOST,
        find: `      if (events.length === 0 && this.#undecided.length === 0) {`,
        replace: `      if (events.length === 0) {`,
      },
    ],
  },
  {
    name: 'C8-journal-not-synced',
    rule: 'C8',
    what: 'The journal commits what is in the page cache.',
    harm: 'A power cut takes back elections that everybody has seen.',
    harms: 'safety',
    patches: [
      {
        file: JOURNAL,
        find: `    journal.write([frame], this.#position);
    await syncFile(journal);
`,
        replace: `    journal.write([frame], this.#position);
`,
      },
    ],
  },
  {
    name: 'C8-journal-name-not-synced',
    rule: 'C8',
    what: 'A new journal file is written to before its name is on the disk.',
    harm: 'A power cut takes the whole file with everything that was committed in it.',
    harms: 'safety',
    patches: [
      {
        file: JOURNAL,
        find: `    await syncFile(journal);
    await syncDirectory(this.#fileSystem, this.#directory);
    this.#journal?.close();`,
        replace: `    await syncFile(journal);
    this.#journal?.close();`,
      },
    ],
  },
  {
    name: 'C8-last-frame-not-written-again',
    rule: 'C8',
    what: 'A start after a failed sync trusts the last frame of the journal that it reads.',
    harm: 'Its pages look clean and are not on the disk; a power cut takes what was told since.',
    harms: 'safety',
    patches: [
      {
        file: 'src/metadata/journal-recovery.ts',
        find: `  file.write([journal.bytes.subarray(from, journal.end)], from);
`,
        replace: ``,
      },
    ],
  },
  {
    name: 'C8-older-journals-removed-first',
    rule: 'C8',
    what: 'What a snapshot covers is removed before the snapshot is there.',
    harm: 'A power cut in between leaves a journal without its beginning.',
    harms: 'safety',
    patches: [
      {
        file: JOURNAL,
        find: `      await this.#replace(snapshotName(nextOffset), encodeSnapshotFile(bytes, nextOffset));
      await this.#removeOld();`,
        replace: `      await this.#removeOld(nextOffset);
      await this.#replace(snapshotName(nextOffset), encodeSnapshotFile(bytes, nextOffset));`,
      },
      {
        file: JOURNAL,
        find: `  async #removeOld(): Promise<void> {
    const names = this.#fileSystem.list(this.#directory);
    const snapshots = sortedOffsets(names, 'snapshot');`,
        replace: `  async #removeOld(newest: number): Promise<void> {
    const names = this.#fileSystem.list(this.#directory);
    const snapshots = [...sortedOffsets(names, 'snapshot'), newest];`,
      },
      {
        // The snapshot before would stand in.
        file: JOURNAL,
        find: `const SNAPSHOTS_KEPT = 2;`,
        replace: `const SNAPSHOTS_KEPT = 1;`,
      },
    ],
  },
  {
    name: 'X6-no-sweep',
    rule: 'X6',
    what: 'Leaderless partitions are not looked at again.',
    harm: 'A partition whose replicas have said how far they are still waits for an election.',
    harms: 'liveness',
    patches: [
      {
        file: 'src/controller/controller.ts',
        find: `        electLeaderless(draft, 'sweep');
        return { kind: 'done' };`,
        replace: `        return { kind: 'done' };`,
      },
    ],
  },
  {
    name: 'X7-nobody-is-fenced',
    rule: 'X7',
    what: 'Neither a lost stream nor silence fences a broker.',
    harm: 'What a dead broker led has no leader until it is started again.',
    harms: 'liveness',
    patches: [
      {
        file: 'src/controller/broker-sessions.ts',
        find: `      if (now < at) continue;`,
        replace: `      if (now < at || cause !== null) continue;`,
      },
    ],
  },
  {
    name: 'X7-looked-at-before-the-inbox',
    rule: 'X7',
    what: 'A controller that was paused looks at the timers before it reads what has arrived.',
    harm: 'Everybody is fenced for a silence that was the controller’s own.',
    harms: 'liveness',
    patches: [
      {
        file: HOST,
        find: `      this.#once(0, () => this.#fenceSilent());`,
        replace: `      this.#fenceSilent();`,
      },
    ],
  },
  {
    name: 'X11-new-minimum-not-applied',
    rule: 'X11',
    what: 'A change of min.insync.replicas does not reach the partitions.',
    harm: 'Records are acknowledged on fewer disks than the topic says.',
    harms: 'safety',
    patches: [
      {
        file: IN_SYNC,
        find: `    if (minIsr === before.minIsr) continue;
    draft.changePartition(topic, before, { minIsr }, 'settings-changed');`,
        replace: ``,
      },
    ],
  },
  {
    name: 'X11-minimum-above-the-replicas',
    rule: 'X11',
    what: 'min.insync.replicas is taken as it is, also where there are fewer replicas.',
    harm: 'A partition with one replica never takes a write (P6).',
    harms: 'safety',
    patches: [
      {
        file: IN_SYNC,
        find: `    const minIsr = effectiveMinInsyncReplicas(config, before.replicas.length);`,
        replace: `    const minIsr = config.minInsyncReplicas;`,
      },
    ],
  },
  {
    name: 'X13-older-journal-serves',
    rule: 'X13',
    what: 'A controller whose journal ends below what brokers have applied is active all the same.',
    harm: 'Elections that were made and seen never happened; epochs are given out twice.',
    harms: 'safety',
    patches: [
      {
        file: REGISTRATION,
        find: `  if (registration.metadataOffset !== null && registration.metadataOffset >= committedOffset) {`,
        replace: `  if (registration.metadataOffset !== null && committedOffset < 0) {`,
      },
    ],
  },
];
