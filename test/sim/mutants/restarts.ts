/** X2 and the start after a stop: what a restart proves. */
import type { Mutant } from './mutant.ts';

const REGISTRATION = 'src/controller/registration.ts';

export const RESTART_MUTANTS: readonly Mutant[] = [
  {
    name: 'X2-restarted-broker-stays-in-the-isr',
    rule: 'X2',
    what: 'A clean registration does not take a broker out of its ISRs.',
    harm: 'A broker that is not there yet counts, and leads in an epoch that it has lost.',
    harms: 'safety',
    patches: [
      {
        file: REGISTRATION,
        find: `    if (!state.isr.includes(id) && !listed) continue;`,
        replace: `    if (verdict.eligible || (!state.isr.includes(id) && !listed)) continue;`,
      },
    ],
  },
  {
    name: 'X2-epoch-resumed',
    rule: 'X2',
    what: 'A leader that was started again goes on in its epoch.',
    harm: 'It streamed a record that it lost, and writes another one with the same offset and epoch.',
    harms: 'safety',
    patches: [
      {
        file: REGISTRATION,
        find: `    if (!state.isr.includes(id) && !listed) continue;`,
        replace: `    if (verdict.eligible || (!state.isr.includes(id) && !listed)) continue;`,
      },
      {
        file: 'src/replication/replica.ts',
        find: `    return latest === null || leaderEpoch > latest;`,
        replace: `    return latest === null || leaderEpoch >= latest;`,
      },
    ],
  },
  {
    name: 'X2-other-disk-taken-for-the-same',
    rule: 'X2',
    what: 'Neither the disk’s id nor the epoch in its mark file is compared.',
    harm: 'A broker with an empty disk keeps its place among the eligible.',
    harms: 'safety',
    patches: [
      {
        file: REGISTRATION,
        find: `  if (registration.diskId !== stored.diskId) {`,
        replace: `  if (registration.diskId !== stored.diskId && stored.id < 0) {`,
      },
      {
        file: REGISTRATION,
        find: `  if (marked === null) return stored.lastUnfencedEpoch === null;
  return marked <= stored.epoch && marked >= (stored.lastUnfencedEpoch ?? 0);`,
        replace: `  return marked === null || marked <= stored.epoch;`,
      },
    ],
  },
  {
    name: 'X2-older-mark-file-taken-for-the-newest',
    rule: 'X2',
    what: 'A mark file of an older incarnation than the last that served proves as much as its own.',
    harm: 'A disk that was put back from a copy is elected.',
    harms: 'safety',
    patches: [
      {
        file: REGISTRATION,
        find: `  return marked <= stored.epoch && marked >= (stored.lastUnfencedEpoch ?? 0);`,
        replace: `  return marked <= stored.epoch;`,
      },
    ],
  },
  {
    name: 'X2-boot-not-compared',
    rule: 'X2',
    what: 'A replica whose topic is kept in the page cache stays eligible when the machine was started again.',
    harm: 'What the power cut took was acknowledged, and the broker is elected.',
    harms: 'safety',
    patches: [
      {
        file: REGISTRATION,
        find: `durability === 'page-cache' && registration.bootId !== stored.bootId;`,
        replace: `durability === 'page-cache' && stored.id < 0;`,
      },
    ],
  },
  {
    name: 'X2-unfenced-before-the-mark',
    rule: 'X2',
    what: 'A broker asks to be unfenced before its mark file names the incarnation.',
    harm: 'A crash leaves the mark of the last one, and the broker is taken for one that lost its disk.',
    harms: 'liveness',
    patches: [
      {
        file: 'src/broker/broker.ts',
        find: `        readyToServe: this.#recordedEpoch !== null,`,
        replace: `        readyToServe: true,`,
      },
    ],
  },
  {
    name: 'X2-lost-replica-not-reported',
    rule: 'X2',
    what: 'A replica that the mark file names and the disk no longer holds is passed over in silence.',
    harm: 'It is taken for one that was always empty, and stays eligible.',
    harms: 'safety',
    patches: [
      {
        file: 'src/broker/replica-table.ts',
        find: `      if (this.#logs.has(key) || this.#options.directory.marks.markOf(key) === null) continue;`,
        replace: `      if (mark >= 0) continue;`,
      },
    ],
  },
  {
    name: 'S4-clean-stop-believed-twice',
    rule: 'S4',
    what: 'The mark of a clean stop is not taken away at the start.',
    harm: 'The start after the next crash trusts what is in the page cache alone.',
    harms: 'safety',
    patches: [
      {
        file: 'src/log/clean-stop.ts',
        find: `  if (removeIfPresent(fileSystem, path)) await syncDirectory(fileSystem, directory);
`,
        replace: ``,
      },
    ],
  },
];
