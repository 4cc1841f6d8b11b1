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
];
