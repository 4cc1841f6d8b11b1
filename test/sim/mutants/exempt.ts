import type { Exemption } from './mutant.ts';

/** Guards that no mutant switches off: what is not there yet, and what another guard covers wholly. */
export const EXEMPT: readonly Exemption[] = [
  {
    rule: 'L1',
    guard: 'metadata older than what an AlterPartition reply has said is not applied',
    reason:
      'The controller sends the event before the reply that rests on it, and one stream keeps their order: a reply is never ahead.',
    noticedBy: 'unit tests of `replication/`; S2',
  },
  {
    rule: 'L2',
    guard: 'acks=all is refused before the append while the ISR is too small',
    reason:
      'L4 does not let such a record be committed either; without the refusal a producer waits for its deadline and is told something indefinite, which is true.',
    noticedBy: 'unit tests and scripts of `replication/`',
  },
  {
    rule: 'L2',
    guard: 'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
    reason:
      'What waits for the high watermark is answered in the step that moves it, and L4 moves it only while the committed ISR, which the maximal one contains, reaches the minimum.',
    noticedBy: 'unit tests of `replication/`; S12 where L4 is missing',
  },
  {
    rule: 'L3',
    guard: 'the sender of a position must be a replica',
    reason: 'Replicas never change before C7 is there, and nobody else has the partition.',
    noticedBy: 'unit tests of `replication/`',
  },
  {
    rule: 'L3',
    guard: 'an empty follower beyond the log is out of range (X9)',
    reason:
      'A log starts at or below a high watermark, and every leader that is elected cleanly ends at or above it.',
    noticedBy: 'unit tests of `replication/`',
  },
  {
    rule: 'L4',
    guard: 'the high watermark waits for whoever is about to join',
    reason:
      'Only progress depends on it: under writes that never pause a follower would always be one round trip short of joining.',
    noticedBy: 'L1 (every replica in sync) where the load never ends; unit tests',
  },
  {
    rule: 'L5',
    guard: 'the leader asks whether a follower is stopping or full before it proposes it',
    reason:
      'The controller asks again, and knows better. Switched off in both places the broker joins for a moment and leaves with its goodbye, or when its disk is full.',
    noticedBy: 'scripts of `controller/`; L2 (no hot loop) where proposal and refusal alternate',
  },
  {
    rule: 'L5',
    guard: 'a follower that hangs is not taken back before it stirs',
    reason:
      'Without it the follower joins and leaves in turns; it holds up writes for the lag time each time, and loses nothing.',
    noticedBy: 'unit tests of `replication/`',
  },
  {
    rule: 'L7',
    guard: 'a refusal that means “something else was committed” leaves the larger set',
    reason:
      'The event that was committed instead comes before the refusal on the same stream, and ends the proposal itself.',
    noticedBy: 'unit tests of `replication/`; S5',
  },
  {
    rule: 'L7',
    guard: 'a proposal that was sent on a stream that broke stays pending',
    reason:
      'The snapshot of the next stream says whether it was applied: what the old stream still carries is dropped once the broker has registered again.',
    noticedBy: 'unit tests of `replication/`; S5',
  },
  {
    rule: 'C1',
    guard: 'the sender leads; the members are replicas, once each; the leader is among them',
    reason:
      'A proposal of the current epochs is made by their leader, from the replicas, with itself. Others are made by nobody.',
    noticedBy: 'P2 and P3, which every image asserts; unit tests of `controller/`',
  },
  {
    rule: 'C1',
    guard: 'the sender’s own broker epoch, and that of every other message of a session',
    reason:
      'A session stream belongs to one incarnation, and a newer stream replaces it before its registration is answered; what an older one still carries is dropped by the host.',
    noticedBy: 'unit tests of `controller/` and `broker/`',
  },
  {
    rule: 'C1',
    guard: 'a proposal with newer epochs than the controller’s is answered with NOT_CONTROLLER',
    reason: 'Only a controller that lost part of its journal meets one, and X13 stops it earlier.',
    noticedBy: 'unit tests of `controller/`',
  },
  {
    rule: 'C1',
    guard: 'a leader that is recovering is alone in its ISR',
    reason: 'Leaders propose “recovered” with their first change; nobody proposes the other.',
    noticedBy: 'unit tests of `controller/`',
  },
  {
    rule: 'C2',
    guard: 'fencing and elections are one atomic batch',
    reason:
      'The events of one command are one append, and a frame of the journal is there whole or not at all.',
    noticedBy: '`test/fault/metadata-journal.test.ts`; S15',
  },
  {
    rule: 'C3',
    guard: 'the ISR comes before the ELR',
    reason:
      'A member that cannot lead has been fenced, and left the ISR with it. So there is a choice only where a leader stays.',
    noticedBy: 'unit tests of `controller/`',
  },
  {
    rule: 'C4',
    guard: 'a broker that is unfenced may lead what nobody leads',
    reason: 'The sweep (X6) does the same up to a second later.',
    noticedBy: 'scripts of `controller/`',
  },
  {
    rule: 'C5',
    guard: 'a second process with an id that is in use is refused',
    reason:
      'Both would need a data directory of their own under one id, which is an operator’s mistake that no fault of the simulator makes; the lock keeps them apart where they share one.',
    noticedBy: 'unit tests of `controller/`; `test/integration/bad-input-start.test.ts`',
  },
  {
    rule: 'C5',
    guard: 'a broker is unfenced only after it has applied its own registration',
    reason:
      'It asks for it only when its mark file is synced (X2), and the snapshot with its registration was on the same stream before.',
    noticedBy: 'unit tests of `controller/`',
  },
  {
    rule: 'C7',
    guard: 'reassignment of replicas',
    reason: 'Replicas cannot be reassigned yet.',
    noticedBy: 'nothing, there is nothing to notice',
  },
  {
    rule: 'C8',
    guard: 'the store refuses another controller’s epoch, brokers refuse an older one',
    reason:
      'The embedded store lies in a directory that one process has locked; the next controller opens it when that process is gone, and its streams with it.',
    noticedBy: 'unit tests of `metadata/` and `broker/`; S16',
  },
  {
    rule: 'C8',
    guard: 'damage in the journal is refused, not cut away',
    reason:
      'The simulator makes the disks of brokers rot, not the controller’s, of which there is one.',
    noticedBy: '`test/fault/metadata-journal.test.ts`',
  },
  {
    rule: 'F2',
    guard: 'a frame begins at the log’s end (F4)',
    reason:
      'Frames of one session come in order and without gaps, and those of others are dropped. One that did not fit would be refused by an assertion of `log/`.',
    noticedBy: '`crash` (G1)',
  },
  {
    rule: 'F3',
    guard: 'the cut comes before the high watermark is moved',
    reason:
      'A divergence carries no high watermark, a follower serves no reads, and both happen in one step.',
    noticedBy: 'scripts of `replication/`; R1',
  },
  {
    rule: 'F4',
    guard: 'the checksums of what a leader sends',
    reason:
      'The simulated streams carry bytes unharmed, as TCP and HTTP/2 do all but always; what rots on the leader’s disk is found when it is read there (X10).',
    noticedBy: 'unit tests of `record/` and `broker/`; the fuzzers',
  },
  {
    rule: 'F4',
    guard: 'a follower deletes nothing above its own high watermark',
    reason:
      'A frame says where the leader’s log starts and how far it is committed at one moment, and no log starts above its high watermark: retention and whoever deletes records end there.',
    noticedBy: '`test/unit/replication/replica.test.ts`',
  },
  {
    rule: 'F6',
    guard: 'a follower that is fenced waits for metadata',
    reason:
      'Trying again after each pause is refused again until the metadata comes, and harms nobody.',
    noticedBy: 'L2 (no hot loop); unit tests of `replication/`',
  },
  {
    rule: 'X1',
    guard: 'a durable mark is not raised while it is being lowered',
    reason: 'A cut voids the sync in flight, so nothing raises it meanwhile.',
    noticedBy: 'unit tests of `log/`',
  },
  {
    rule: 'X2',
    guard: 'nobody leads in an epoch that its log knows',
    reason:
      'A registration ends every epoch that the broker led. The guard is switched off together with that (`X2-epoch-resumed`).',
    noticedBy: 'S1, S6',
  },
  {
    rule: 'X2',
    guard: 'a mark file that cannot be read proves nothing',
    reason:
      'It names no epoch either, so the broker is unclean by that alone, and recovery calls its logs uncertain.',
    noticedBy: 'unit tests of `controller/` and `log/`',
  },
  {
    rule: 'X2',
    guard: 'a mark entry is synced before a replica’s first position',
    reason:
      'It tells an empty replica from a lost directory, and the simulator loses no directory whose name was synced.',
    noticedBy: '`test/fault/power-cut.test.ts`',
  },
  {
    rule: 'X3',
    guard: 'a damaged replica is not elected',
    reason:
      'It leaves ISR and ELR in the event that says so; elected all the same it does not lead, and nothing is lost.',
    noticedBy: 'L1 (leaders); unit tests of `controller/`',
  },
  {
    rule: 'X4',
    guard: 'the controller’s lease counts once the metadata that it vouches for is applied',
    reason:
      'That metadata comes in front of the answer on the same stream, and is applied at once.',
    noticedBy: 'unit tests of `broker/`',
  },
  {
    rule: 'X7',
    guard: 'a controller that loses half of its streams at once suspects itself',
    reason: 'Being hasty moves leaders twice, and loses nothing.',
    noticedBy: 'unit tests of `controller/`',
  },
  {
    rule: 'X8',
    guard: 'a follower was caught up when it reached the mark that was set earlier',
    reason:
      'Without it a follower that is always a round trip behind leaves the ISR and joins again, under writes that never pause.',
    noticedBy: 'unit tests of `replication/`',
  },
  {
    rule: 'X9',
    guard: 'positions of a session that is over are dropped',
    reason:
      'One that arrives late is judged as any other, opens a session whose frames the follower drops, and is replaced by the next position.',
    noticedBy: 'unit tests of `replication/`',
  },
  {
    rule: 'X10',
    guard: 'recovery drops epochs at or behind the end; reads compare epochs and offsets',
    reason:
      'A follower drops an empty epoch when its role begins, a leader’s next epoch replaces it. The simulator’s disks rot and tear, but never put a write in the wrong place.',
    noticedBy: '`test/fault/log-damage.test.ts`; S17',
  },
  {
    rule: 'X11',
    guard: 'ISR and minimum come as one value in a reply',
    reason: 'The event with both is on the same stream in front of the reply.',
    noticedBy: 'unit tests of `replication/`',
  },
  {
    rule: 'X12',
    guard: 'a full broker is not eligible and hands over what it leads',
    reason:
      'It refuses client appends below the reserve, which is what keeps the disk from filling up; who is in sync decides only how soon writes go on.',
    noticedBy: 'scripts of `controller/`; L1 after the disk was freed',
  },
  {
    rule: 'G14',
    guard: 'an emptied batch that is its producer’s last keeps its header',
    reason:
      'Snapshots of producers say the same, and a log reads its batches from the last one on. Only a log that lost its snapshots would forget.',
    noticedBy: '`test/fault/log-compaction.test.ts`',
  },
  {
    rule: 'G16',
    guard: 'compaction ends at the last stable offset',
    reason:
      'The compacted topic’s writers wait for each batch, so that what is not committed lies in the active segment, which nothing compacts.',
    noticedBy: '`test/fault/log-compaction.test.ts`',
  },
  {
    rule: 'T3',
    guard: 'a producer id is left behind when its epochs are used up',
    reason: 'it takes 32,766 transactions of one id, more than a simulated life has time for',
    noticedBy: 'test/unit/transaction, where the machine is told that it is at the last epoch',
  },
];
