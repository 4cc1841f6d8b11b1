/** Seeds that have found something, each with its story; every test run lives them again. */
export const TELLING: readonly { readonly seed: number; readonly story: string }[] = [
  {
    seed: 3,
    story:
      'A leader that was replaced answered NOT_LEADER_OR_FOLLOWER, a definite failure, to a batch that it had ' +
      'appended and that the next leader kept (S14). Such answers are LEADERSHIP_LOST now, which is indeterminate.',
  },
  {
    seed: 491,
    story:
      'Retention read the header of a cold segment that had rotted, and the broker died of it, again after each ' +
      'restart (crash). Whatever meets rot in a partition now takes that replica out of service to be repaired (X3).',
  },
  {
    seed: 592,
    story:
      'A registration of a broker’s last life came late and gave this life a second epoch; its links went on with the ' +
      'first, which leaders refuse, so it never followed again (L1). Links begin anew with the epoch, and it is recorded.',
  },
  {
    seed: 640,
    story:
      'Retention deleted what a slow follower was about to be sent, the feed read nothing there and waited for ever (L1). ' +
      'It now says that the position is out of range, and the follower begins again where the log does (F5).',
  },
  {
    seed: 926,
    story:
      'A cold read in several steps met retention in between and died of a segment that was no longer the log’s (crash). ' +
      'A file that a reader has pinned stays readable until it is done.',
  },
  {
    seed: 1145,
    story:
      'The error of a partition went to an iteration that nobody listened to any more, and the SDK’s consumer stood still ' +
      'in silence (L1). What still stands is told to every new iteration.',
  },
  {
    seed: 177,
    story:
      'A replica was away while the others compacted: they had dropped a tombstone before it came back, and it kept the ' +
      'value that was deleted (S24). Tombstones and markers stay now until every replica has them (G15).',
  },
  {
    seed: 43,
    story:
      'A producer that lingers could not get an id in time, and never asked again: what came next was not due when it ' +
      'looked, and no time wakes it for want of an id (L1). It asks while a batch lingers.',
  },
  {
    seed: 300,
    story:
      'A follower’s log start, which it takes from its leader, overtook a flush that was under way; the flush moved nothing ' +
      'then, so the leader never heard of it and, its window full, sent no more (L1). What it has not heard is a position.',
  },
  {
    seed: 1956,
    story:
      'A consumer paused a partition while the leader’s refusal stood behind what it had buffered, and the pause dropped ' +
      'both: nobody was told, and nobody asked again (L1). What nobody was told of does not stand.',
  },
  {
    seed: 740,
    story:
      'A process asked to be registered and died; what it had sent came when its successor had served and died too, and ' +
      'took its place (S25): no longer eligible, with every record on its disk. Who was replaced does not come back (C5).',
  },
  {
    seed: 1714,
    story:
      'What a dead process had sent came while its successor’s registration was being committed, and took its place (S25). ' +
      'Who is being registered counts as there (C5).',
  },
  {
    seed: 531,
    story:
      'A flush ended just before its follower dropped an epoch without records: what it said was of the older generation, ' +
      'and the cut said nothing new, so the follower waited for its disk for ever (L1). A cut always says what is durable.',
  },
  {
    seed: 14,
    story:
      'A process was killed while the last write of a segment was on its way and the next segment’s first had arrived: ' +
      'a hole in front of sound batches, and the replica uncertain though no disk was harmed (S25). Writes arrive in order.',
  },
];
